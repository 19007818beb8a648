//! Wall-clock time. Waiting always goes through `tokio::time`, which tests pause, so
//! that an hour of virtual time passes in a moment; the wall clock must follow it.
//!
//! A wall clock may be set, forwards or back. Whoever measures an age within the process
//! takes [`Clock::monotonic`], which only ever moves on.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;

/// How a [`Timestamp`] is described in schemas: the crate of the one doesn't know the other.
#[derive(Debug)]
pub struct Moment;

impl JsonSchema for Moment {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date-time"})
    }
}

/// Tells the wall-clock time.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Now, in UTC.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment; never jumps when somebody sets the wall clock. A
    /// clock that nobody sets need not say more than `now`.
    fn monotonic(&self) -> Duration {
        Duration::try_from(self.now().as_duration()).unwrap_or_default()
    }
}

/// A clock that is shared by everything in an engine.
pub type SharedClock = Arc<dyn Clock>;

static STARTED: LazyLock<std::time::Instant> = LazyLock::new(std::time::Instant::now);

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Duration {
        STARTED.elapsed()
    }
}

/// A clock that starts at a given time and moves with tokio's, paused or not.
#[derive(Debug, Clone, Copy)]
pub struct VirtualClock {
    start: Timestamp,
    since: tokio::time::Instant,
}

impl VirtualClock {
    /// A clock that shows `start` now.
    pub fn starting_at(start: Timestamp) -> Self {
        Self { start, since: tokio::time::Instant::now() }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.start.checked_add(self.since.elapsed()).unwrap_or(Timestamp::MAX)
    }

    fn monotonic(&self) -> Duration {
        self.since.elapsed()
    }
}
