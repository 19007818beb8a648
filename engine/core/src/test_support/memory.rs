//! The subject that is a ledger in memory. It outlives its engines, as a store's file does.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::join_all;
use jiff::Timestamp;

use super::clock::ManualClock;
use super::request::{Answer, Request, put};
use super::story::Subject;
use super::world::Seen;
use crate::clock::Clock;
use crate::ids::PoolName;
use crate::ledger::{Ledger, MemoryLedger};

/// A ledger in memory and its clock.
#[derive(Debug)]
pub struct MemorySubject {
    clock: Arc<ManualClock>,
    ledger: MemoryLedger,
}

impl MemorySubject {
    /// An empty one.
    pub fn new() -> Self {
        let clock = ManualClock::new();
        Self { ledger: MemoryLedger::new(clock.clone()), clock }
    }
}

impl Default for MemorySubject {
    fn default() -> Self {
        Self::new()
    }
}

/// A ledger in memory never waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("a ledger in memory never waits")
}

impl Subject for MemorySubject {
    fn ask(&mut self, requests: Vec<Request>) -> Vec<Answer> {
        now(join_all(requests.into_iter().map(|request| put(&self.ledger, request))))
    }

    /// The engine dies before it comes to the rest of the requests.
    fn crash(&mut self, turns: u32, requests: Vec<Request>) {
        for request in requests.into_iter().take(turns as usize) {
            now(put(&self.ledger, request));
        }
    }

    fn restart(&mut self) {}

    fn wait(&mut self, time: Duration) {
        self.clock.advance(time);
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn see(&mut self, pools: &[PoolName]) -> Seen {
        let histories = pools.iter().map(|pool| (pool.clone(), now(self.ledger.history(pool)).unwrap()));
        Seen { histories: histories.collect(), rows: None }
    }
}
