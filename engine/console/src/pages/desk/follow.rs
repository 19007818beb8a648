//! The one task that follows the events for all pages.

use std::sync::Arc;
use std::time::Duration;

use lariat_core::event::{Event, EventKind, Received, Subscription};
use tokio_util::sync::CancellationToken;

use super::course::Course;
use super::topic::Touched;
use super::{COURSES, Desk};

/// How often pages are told at most.
const BREATH: Duration = Duration::from_millis(50);

pub(super) async fn follow(desk: Arc<Desk>, mut events: Subscription, ending: CancellationToken) {
    loop {
        let Some(received) = events.next_until(&ending).await else { return };
        let mut touched = desk.take(received);
        while let Some(received) = events.try_next() {
            touched.add(desk.take(received));
        }
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
    fn take(&self, received: Received) -> Touched {
        match received {
            Received::Event(event) => {
                self.note(&event);
                Touched::by(&event.kind)
            }
            Received::Lost(_) => Touched::all(),
        }
    }

    fn note(&self, event: &Event) {
        if let EventKind::LeaseSettled { outcome, .. } = &event.kind {
            self.pulse.lock().count(event.ts, *outcome);
        }
        let mut courses = self.courses.lock();
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
}
