//! The wall clock. It follows tokio's paused clock while an engine lives, and goes on from
//! there when the next one starts.

use jiff::Timestamp;
use lariat_core::clock::{Clock, VirtualClock};
use parking_lot::Mutex;

#[derive(Debug)]
pub struct Wall(Mutex<Hand>);

#[derive(Debug, Clone, Copy)]
enum Hand {
    Still(Timestamp),
    Moving(VirtualClock),
}

impl Wall {
    pub fn new() -> Self {
        Self(Mutex::new(Hand::Still(Timestamp::from_second(1_780_000_000).unwrap())))
    }

    /// Follows the clock of the runtime that this is called in.
    pub fn start(&self) {
        let now = self.now();
        *self.0.lock() = Hand::Moving(VirtualClock::starting_at(now));
    }

    /// Stands still, so much later.
    pub fn stop(&self, later: std::time::Duration) {
        let now = self.now();
        *self.0.lock() = Hand::Still(now.checked_add(later).unwrap());
    }
}

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        match *self.0.lock() {
            Hand::Still(at) => at,
            Hand::Moving(clock) => clock.now(),
        }
    }
}
