//! A clock that moves when it is told to.

use std::sync::atomic::{AtomicI64, Ordering};
// The standard ones: shuttle, which the tests of interleavings put in parking_lot's place,
// has no such condition.
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::Clock;

/// A clock that moves when it is told to.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows some moment of 2026.
    pub fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(1_780_000_000_000)))
    }

    /// Moves it forward, by whole milliseconds.
    pub fn advance(&self, duration: Duration) {
        self.0.fetch_add(i64::try_from(duration.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// A clock that keeps whoever looks at it while it is shut: so a test knows what another
/// thread has done, and what it hasn't begun.
#[derive(Debug, Default)]
pub struct GatedClock {
    /// Whether it is shut, and how many wait.
    gate: Mutex<(bool, usize)>,
    changed: Condvar,
}

impl GatedClock {
    /// A clock that is open.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Keeps whoever looks from now on.
    pub fn shut(&self) {
        self.gate.lock().unwrap().0 = true;
    }

    /// Waits until somebody is kept.
    pub fn wait_for_somebody(&self) {
        drop(self.changed.wait_while(self.gate.lock().unwrap(), |(_, waiting)| *waiting == 0).unwrap());
    }

    /// Lets all go on.
    pub fn open(&self) {
        self.gate.lock().unwrap().0 = false;
        self.changed.notify_all();
    }
}

impl Clock for GatedClock {
    fn now(&self) -> Timestamp {
        let mut gate = self.gate.lock().unwrap();
        gate.1 += 1;
        self.changed.notify_all();
        gate = self.changed.wait_while(gate, |(shut, _)| *shut).unwrap();
        gate.1 -= 1;
        Timestamp::from_millisecond(1_780_000_000_000).unwrap()
    }
}
