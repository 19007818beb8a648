//! The one task that follows the events for all pages.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use lariat_core::event::{Event, EventKind, Received, Subscription};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::course::Course;
use super::rhythm::Rhythm;
use super::topic::Touched;
use super::{COURSES, Desk};

/// How often pages are told at most. All of them are told at once, so that what they ask for
/// then is made once for all.
const BREATH: Duration = Duration::from_millis(100);

pub(super) async fn follow(
    desk: Arc<Desk>,
    mut events: Subscription,
    mut held: watch::Receiver<u64>,
    ending: CancellationToken,
) {
    let mut rhythm = Rhythm::default();
    loop {
        let (touched, count) = tokio::select! {
            biased;
            Ok(()) = held.changed() => (Touched::by_holding(), 0),
            received = events.next_until(&ending) => match received {
                Some(received) => desk.take(received, &mut events),
                None => return,
            },
            () = std::future::ready(()), if rhythm.keeps() => (Touched::default(), 0),
        };
        let touched = rhythm.tell(touched, count);
        if !touched.is_empty() {
            desk.versions.send_modify(|versions| versions.count(touched));
        }
        tokio::select! {
            () = tokio::time::sleep(BREATH) => {}
            () = ending.cancelled() => {}
        }
    }
}

impl Desk {
    /// Notes what happened, and everything else that has happened by now; gives what that
    /// touched, and how many events it was.
    fn take(&self, first: Received, events: &mut Subscription) -> (Touched, usize) {
        let (mut courses, mut pulse) = (self.courses.lock(), self.pulse.lock());
        let (mut touched, mut next, mut count) = (Touched::default(), Some(first), 0);
        while let Some(received) = next {
            count += 1;
            match received {
                Received::Event(event) => {
                    if let EventKind::LeaseSettled { outcome, .. } = &event.kind {
                        pulse.count(event.ts, *outcome);
                    }
                    note(&mut courses, &event);
                    touched.add(Touched::by(&event.kind));
                }
                Received::Lost(_) => touched = Touched::all(),
            }
            next = events.try_next();
        }
        (touched, count)
    }
}

fn note(courses: &mut VecDeque<Course>, event: &Event) {
    if let EventKind::LaunchStarted { launch, pool } = &event.kind {
        if courses.len() >= COURSES {
            courses.pop_front();
        }
        courses.push_back(Course::begin(launch, pool.as_ref(), event.ts));
    } else if let Some(id) = super::course::launch_of(&event.kind)
        && let Some(course) = courses.iter_mut().rev().find(|course| course.launch == id)
    {
        course.note(event);
    }
}
