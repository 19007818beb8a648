//! What ends a query that doesn't end by itself: the deadline, a dropped fetch, or
//! temporary files that grow too large. SQLite asks every few thousand instructions.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::sql::failure::Failure;
use crate::sql::limits::GuardLimits;
use crate::sql::spill::temporary_bytes;

/// How often the temporary files are measured.
const MEASURE_EVERY: Duration = Duration::from_millis(200);

/// Watches one fetch.
#[derive(Debug)]
pub(super) struct Watch {
    start: Instant,
    limits: GuardLimits,
    stopped: AtomicBool,
    measured_ms: AtomicU64,
    breach: OnceLock<Failure>,
}

impl Watch {
    pub(super) fn new(limits: &GuardLimits) -> Arc<Self> {
        Arc::new(Self {
            start: Instant::now(),
            limits: *limits,
            stopped: AtomicBool::new(false),
            measured_ms: AtomicU64::new(0),
            breach: OnceLock::new(),
        })
    }

    /// Whether the query may go on; the first reason against it is kept.
    pub(super) fn go_on(&self) -> bool {
        let Some(breach) = self.look() else { return true };
        let _ = self.breach.set(breach);
        false
    }

    fn look(&self) -> Option<Failure> {
        if self.stopped.load(Ordering::Relaxed) {
            return Some(Failure::Unavailable("the fetch was stopped".to_owned()));
        }
        let elapsed = self.start.elapsed();
        if elapsed >= self.limits.deadline {
            return Some(self.late());
        }
        let now = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let every = u64::try_from(MEASURE_EVERY.as_millis()).unwrap_or(u64::MAX);
        if now < self.measured_ms.load(Ordering::Relaxed).saturating_add(every) {
            return None;
        }
        self.measured_ms.store(now, Ordering::Relaxed);
        (temporary_bytes() > self.limits.temporary_bytes).then(|| {
            Failure::Refused(format!(
                "the temporary files of queries grew beyond {} MiB; sort or join fewer rows",
                self.limits.temporary_bytes >> 20
            ))
        })
    }

    /// The failure of a query that took too long.
    pub(super) fn late(&self) -> Failure {
        Failure::Refused(format!(
            "the query didn't end within its deadline of {:?}; narrow it with WHERE or LIMIT, end its recursion, or add an index",
            self.limits.deadline
        ))
    }

    /// Why SQLite was interrupted.
    pub(super) fn reason(&self) -> Failure {
        self.breach
            .get()
            .cloned()
            .unwrap_or_else(|| Failure::Unavailable("the query was interrupted".to_owned()))
    }

    /// How long until the deadline.
    pub(super) fn left(&self) -> Duration {
        self.limits.deadline.saturating_sub(self.start.elapsed())
    }
}

/// Stops a query when the future that waits for it is dropped.
pub(super) struct StopOnDrop(pub(super) Arc<Watch>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stopped.store(true, Ordering::Relaxed);
    }
}
