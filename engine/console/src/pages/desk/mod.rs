//! What pages remember of the engine's events. One task follows them for all pages, so that
//! an open page costs the engine nothing per event.
//!
//! | part | remembers |
//! |---|---|
//! | [`Desk`] | all of it, and when each topic last changed |
//! | [`Topic`] | what an event makes out of date |
//! | [`Fresh`] | an answer that is made once for all pages that want it now |
//! | `rhythm` | which of it pages are told at once |
//! | `pulse` | how many accounts were settled, second by second |
//! | `course` | the phases, hooks and attempts of the last launches |

pub(super) mod course;
mod follow;
mod fresh;
pub(super) mod pulse;
mod rhythm;
mod topic;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use lariat_core::ids::LaunchId;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::live::Fragments;
use crate::Status;
use crate::server::Shared;
use course::{Attempt, Course};
pub(super) use fresh::Fresh;
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
    status: Fresh<Arc<Status>>,
    fragments: Fragments,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            engine: uuid::Uuid::new_v4().simple().to_string(),
            since: Timestamp::now(),
            versions: watch::Sender::default(),
            pulse: Mutex::default(),
            courses: Mutex::default(),
            status: Fresh::default(),
            fragments: Fragments::default(),
        }
    }
}

impl Desk {
    /// A desk that follows the events until the engine ends.
    pub(super) fn start(shared: &Shared) -> Arc<Self> {
        let desk = Arc::new(Self::default());
        // Routes are also listed where nothing runs.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (events, held) = (shared.service.events(), shared.service.held());
            runtime.spawn(follow::follow(desk.clone(), events, held, shared.ending.clone()));
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

    /// What had been told until now.
    pub(super) fn versions(&self) -> Versions {
        *self.versions.borrow()
    }

    /// What each instance of a launch works on now, while the launch is remembered.
    pub(super) fn at_work(&self, launch: LaunchId) -> HashMap<u32, Attempt> {
        let courses = self.courses.lock();
        let course = courses.iter().rev().find(|course| course.launch == launch);
        course.map(Course::at_work).unwrap_or_default()
    }

    /// How everything stands: pools that aren't open are counted anew each time, so that it is
    /// asked once for all pages that want it now.
    pub(super) async fn status(&self, shared: &Shared) -> Arc<Status> {
        let make = async { Arc::new(shared.service.status().await) };
        self.status.get(|| self.versions(), make).await
    }

    /// The fragments that were made last.
    pub(super) fn fragments(&self) -> &Fragments {
        &self.fragments
    }

    /// The launch and the instance that work on an account of a pool now.
    pub(super) fn holder(&self, pool: &str, account: &str) -> Option<(Course, u32)> {
        let courses = self.courses.lock();
        let mut running = courses.iter().rev().filter(|course| course.pool.as_deref() == Some(pool));
        running.find_map(|course| {
            let mut last = course.attempts.iter().rev();
            let held = last.find(|attempt| attempt.account.as_str() == account && attempt.ended.is_none())?;
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
