//! What pages remember of the engine's events. One task follows them for all pages, so that
//! an open page costs the engine nothing per event.
//!
//! | part | remembers |
//! |---|---|
//! | [`Desk`] | all of it, and when each topic last changed |
//! | [`Topic`] | what an event makes out of date |
//! | `glance` | the engine's status, asked once for all pages that want it now |
//! | `pulse` | how many accounts were settled, second by second |
//! | `course` | the phases, hooks and attempts of the last launches |

pub(super) mod course;
mod follow;
mod glance;
pub(super) mod pulse;
mod topic;

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::Status;
use crate::server::Shared;
use course::Course;
use pulse::Pulse;
pub(super) use topic::Versions;

/// Launches whose course is kept.
const COURSES: usize = 50;

/// What pages remember.
pub(super) struct Desk {
    engine: String,
    since: Timestamp,
    versions: watch::Sender<Versions>,
    pulse: Mutex<Pulse>,
    courses: Mutex<VecDeque<Course>>,
    glance: glance::Glance,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            engine: uuid::Uuid::new_v4().simple().to_string(),
            since: Timestamp::now(),
            versions: watch::Sender::default(),
            pulse: Mutex::default(),
            courses: Mutex::default(),
            glance: Default::default(),
        }
    }
}

impl Desk {
    /// A desk that follows the events until the engine ends.
    pub(super) fn start(shared: &Shared) -> Arc<Self> {
        let desk = Arc::new(Self::default());
        // Routes are also listed where nothing runs.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(follow::follow(desk.clone(), shared.service.events(), shared.ending.clone()));
        }
        desk
    }

    /// Another one after each start of the engine: open pages notice.
    pub(super) fn engine(&self) -> &str {
        &self.engine
    }

    /// Since when it follows.
    pub(super) fn since(&self) -> Timestamp {
        self.since
    }

    /// Which topics changed, from now on.
    pub(super) fn changes(&self) -> watch::Receiver<Versions> {
        self.versions.subscribe()
    }

    /// The settlements of the last minutes.
    pub(super) fn pulse(&self) -> Pulse {
        self.pulse.lock().clone()
    }

    /// The course of a launch, while it is remembered.
    pub(super) fn course(&self, id: &str) -> Option<Course> {
        self.courses.lock().iter().find(|course| course.id == id).cloned()
    }

    /// How everything stands: not longer ago than a blink.
    pub(super) async fn status(&self, shared: &Shared) -> Arc<Status> {
        self.glance.status(&shared.service).await
    }

    /// The launch and the instance that work on an account of a pool now.
    pub(super) fn holder(&self, pool: &str, account: &str) -> Option<(Course, u32)> {
        let courses = self.courses.lock();
        let mut running = courses.iter().rev().filter(|course| course.pool.as_deref() == Some(pool));
        running.find_map(|course| {
            let mut last = course.attempts.iter().rev();
            let held = last.find(|attempt| attempt.account == account && attempt.ended.is_none())?;
            Some((course.without_attempts(), held.instance))
        })
    }

    /// The last launches, newest first, without their attempts.
    pub(super) fn recent(&self, group: Option<&str>) -> Vec<Course> {
        let courses = self.courses.lock();
        let wanted = courses.iter().rev().filter(|course| group.is_none_or(|group| course.group == group));
        wanted.map(Course::without_attempts).collect()
    }
}
