//! The last events. Listeners have no buffers of their own: each reads on from where it
//! is, so that one that doesn't read costs nothing, and misses what the ring has
//! forgotten meanwhile.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use lariat_core::event::{Event, Received, Subscription};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Wanted;

/// The last events of an engine.
pub struct History {
    /// Tells this engine's numbers from those of the one before it.
    run: String,
    capacity: usize,
    ring: Mutex<Ring>,
    newest: watch::Sender<u64>,
    source: Mutex<Option<Subscription>>,
}

#[derive(Default)]
struct Ring {
    events: VecDeque<Arc<Event>>,
    counts: Counts,
}

/// How many events there were, by type; and how many the history itself missed.
#[derive(Debug, Clone, Default)]
pub(in crate::server) struct Counts {
    pub(in crate::server) by_type: BTreeMap<String, u64>,
    pub(in crate::server) settled: BTreeMap<String, u64>,
    pub(in crate::server) missed: u64,
}

/// What comes next for somebody who has seen everything before a number.
#[derive(Debug)]
pub enum Found {
    /// The next event.
    Event(Arc<Event>),
    /// This many are forgotten already; the next one is this.
    Lost(u64, u64),
    /// Nothing yet.
    Nothing,
}

impl History {
    /// Events that are remembered.
    pub const CAPACITY: usize = 16_384;

    /// A history of what this subscription will tell.
    pub fn new(source: Subscription, capacity: usize) -> Self {
        Self {
            run: uuid::Uuid::new_v4().simple().to_string().chars().take(8).collect(),
            capacity: capacity.max(1),
            ring: Mutex::default(),
            newest: watch::Sender::new(0),
            source: Mutex::new(Some(source)),
        }
    }

    /// Remembers what happens, until `over` is cancelled. Called once.
    pub async fn record(&self, over: &CancellationToken) {
        let source = self.source.lock().take();
        let Some(mut source) = source else { return };
        while let Some(first) = source.next_until(over).await {
            let mut next = Some(first);
            let mut ring = self.ring.lock();
            let mut newest = None;
            while let Some(received) = next {
                newest = ring.take(received, self.capacity).or(newest);
                next = source.try_next();
            }
            drop(ring);
            if let Some(newest) = newest {
                self.newest.send_replace(newest);
            }
        }
    }

    /// What distinguishes this engine's numbers.
    pub(super) fn run(&self) -> &str {
        &self.run
    }

    /// The number of the last event, and how to hear of the next.
    pub(super) fn newest(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// The number of the oldest event that is remembered.
    pub(super) fn oldest(&self) -> Option<u64> {
        self.ring.lock().events.front().map(|event| event.seq)
    }

    pub(in crate::server) fn counts(&self) -> Counts {
        self.ring.lock().counts.clone()
    }

    /// What comes at or after `seq`.
    pub fn at(&self, seq: u64) -> Found {
        let ring = self.ring.lock();
        let place = ring.events.partition_point(|event| event.seq < seq);
        match ring.events.get(place) {
            Some(event) if event.seq == seq => Found::Event(event.clone()),
            Some(event) => Found::Lost(event.seq - seq, event.seq),
            None => Found::Nothing,
        }
    }

    /// The last `limit` events that are wanted, as they are told, the newest first.
    pub(in crate::server) fn recent(&self, limit: usize, wanted: &Wanted) -> Vec<Value> {
        // Not made into JSON under the lock that the engine's events wait for.
        let events: Vec<Arc<Event>> = self.ring.lock().events.iter().rev().cloned().collect();
        let told = events.iter().filter_map(|event| serde_json::to_value(&**event).ok());
        told.filter(|event| wanted.takes(event)).take(limit).collect()
    }

    /// What is made of the last events, the newest first; at most `limit` that something is
    /// made of.
    pub(crate) fn latest<T>(&self, limit: usize, mut make: impl FnMut(&Event) -> Option<T>) -> Vec<T> {
        let events: Vec<Arc<Event>> = self.ring.lock().events.iter().rev().cloned().collect();
        events.iter().filter_map(|event| make(event)).take(limit).collect()
    }
}

impl Ring {
    fn take(&mut self, received: Received, capacity: usize) -> Option<u64> {
        match received {
            Received::Event(event) => {
                self.counts.count(&event);
                let seq = event.seq;
                if self.events.len() >= capacity {
                    self.events.pop_front();
                }
                self.events.push_back(event);
                Some(seq)
            }
            Received::Lost(count) => {
                self.counts.missed += count;
                None
            }
        }
    }
}

impl Counts {
    fn count(&mut self, event: &Event) {
        use lariat_core::event::EventKind::{LeaseGranted, LeaseSettled};
        // The two of every account aren't made into JSON to know their names.
        let name = match &event.kind {
            LeaseGranted { .. } => "lease.granted".to_owned(),
            LeaseSettled { outcome, .. } => {
                let outcome = serde_json::to_value(outcome).ok();
                let outcome = outcome.as_ref().and_then(Value::as_str).unwrap_or("unknown");
                *self.settled.entry(outcome.to_owned()).or_default() += 1;
                "lease.settled".to_owned()
            }
            kind => {
                let told = serde_json::to_value(kind).unwrap_or_default();
                told.get("type").and_then(Value::as_str).unwrap_or("unknown").to_owned()
            }
        };
        *self.by_type.entry(name).or_default() += 1;
    }
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "History({} events)", self.ring.lock().events.len())
    }
}
