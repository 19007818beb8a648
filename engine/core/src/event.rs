//! What happens in an engine, as typed events on one bounded bus.
//!
//! Publishing never waits: a subscriber that is slower than the engine loses the
//! oldest events and is told how many.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use parking_lot::Mutex;
use plain_tokio::sync::broadcast;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::clock::SharedClock;
use crate::hook::HookPoint;
use crate::ids::{AccountId, GroupName, InstanceId, LaunchId, PoolName};
use crate::outcome::Disposition;

/// One event. Serialises to a flat object: `seq`, `ts`, `type`, and what applies.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    /// Counts the events of this engine, from 1, without gaps.
    pub seq: u64,
    /// When, in UTC.
    pub ts: Timestamp,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// Which launch an event belongs to.
#[derive(Debug, Clone, Serialize)]
pub struct LaunchRef {
    /// The launch.
    pub launch_id: LaunchId,
    /// Its group.
    pub group: GroupName,
}

/// Which bot an event belongs to.
#[derive(Debug, Clone, Serialize)]
pub struct BotRef {
    /// The bot's launch.
    #[serde(flatten)]
    pub launch: LaunchRef,
    /// The bot's instance.
    pub instance: InstanceId,
}

/// What happened.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type")]
#[allow(missing_docs)] // the fields carry the names that architecture and contract give them
pub enum EventKind {
    #[serde(rename = "engine.started")]
    EngineStarted { pid: u32, address: String },
    #[serde(rename = "launch.started")]
    LaunchStarted {
        #[serde(flatten)]
        launch: LaunchRef,
        #[serde(skip_serializing_if = "Option::is_none")]
        pool: Option<PoolName>,
    },
    #[serde(rename = "launch.finished")]
    LaunchFinished {
        #[serde(flatten)]
        launch: LaunchRef,
        outcome: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    #[serde(rename = "phase.started")]
    PhaseStarted {
        #[serde(flatten)]
        launch: LaunchRef,
        phase: &'static str,
    },
    #[serde(rename = "phase.finished")]
    PhaseFinished {
        #[serde(flatten)]
        launch: LaunchRef,
        phase: &'static str,
    },
    #[serde(rename = "phase.failed")]
    PhaseFailed {
        #[serde(flatten)]
        launch: LaunchRef,
        phase: &'static str,
        error: String,
    },
    #[serde(rename = "hook.answered")]
    HookAnswered {
        #[serde(flatten)]
        launch: LaunchRef,
        phase: &'static str,
        point: HookPoint,
        hook: String,
        generation: u64,
        outcome: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    #[serde(rename = "instance.acquired")]
    InstanceAcquired {
        #[serde(flatten)]
        bot: BotRef,
    },
    #[serde(rename = "instance.skipped")]
    InstanceSkipped {
        #[serde(flatten)]
        bot: BotRef,
        reason: String,
    },
    #[serde(rename = "instance.released")]
    InstanceReleased {
        #[serde(flatten)]
        bot: BotRef,
    },
    #[serde(rename = "bot.started")]
    BotStarted {
        #[serde(flatten)]
        bot: BotRef,
    },
    #[serde(rename = "bot.restarted")]
    BotRestarted {
        #[serde(flatten)]
        bot: BotRef,
        reason: String,
    },
    #[serde(rename = "bot.finished")]
    BotFinished {
        #[serde(flatten)]
        bot: BotRef,
        outcome: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    #[serde(rename = "bot.progress")]
    BotProgress {
        #[serde(flatten)]
        bot: BotRef,
        #[serde(skip_serializing_if = "Option::is_none")]
        account: Option<AccountId>,
        current: f64,
        total: f64,
    },
    #[serde(rename = "lease.granted")]
    LeaseGranted {
        #[serde(flatten)]
        bot: BotRef,
        pool: PoolName,
        account: AccountId,
        generation: u64,
    },
    #[serde(rename = "lease.settled")]
    LeaseSettled {
        #[serde(flatten)]
        bot: BotRef,
        pool: PoolName,
        account: AccountId,
        outcome: Disposition,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    #[serde(rename = "pool.refreshed")]
    PoolRefreshed {
        pool: PoolName,
        generation: u64,
        total: usize,
        added: usize,
        dropped: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    #[serde(rename = "pool.closed")]
    PoolClosed { pool: PoolName },
    #[serde(rename = "ledger.unavailable")]
    LedgerUnavailable { error: String },
    #[serde(rename = "ledger.available")]
    LedgerAvailable { down_ms: u64 },
    #[serde(rename = "definition.reloaded")]
    DefinitionReloaded {
        #[serde(skip_serializing_if = "Option::is_none")]
        pool: Option<PoolName>,
        #[serde(skip_serializing_if = "Option::is_none")]
        group: Option<GroupName>,
        #[serde(skip_serializing_if = "Option::is_none")]
        file: Option<String>,
        generation: u64,
    },
    #[serde(rename = "definition.stale")]
    DefinitionStale {
        #[serde(skip_serializing_if = "Option::is_none")]
        pool: Option<PoolName>,
        #[serde(skip_serializing_if = "Option::is_none")]
        group: Option<GroupName>,
        #[serde(skip_serializing_if = "Option::is_none")]
        file: Option<String>,
        error: String,
    },
    #[serde(rename = "definition.removed")]
    DefinitionRemoved {
        #[serde(skip_serializing_if = "Option::is_none")]
        pool: Option<PoolName>,
        #[serde(skip_serializing_if = "Option::is_none")]
        group: Option<GroupName>,
    },
    #[serde(rename = "extension.loaded")]
    ExtensionLoaded { extension: String, generation: u64 },
    #[serde(rename = "extension.failed")]
    ExtensionFailed {
        extension: String,
        /// The one that stays in force.
        #[serde(skip_serializing_if = "Option::is_none")]
        generation: Option<u64>,
        error: String,
    },
}

/// The bus. Cheap to clone; all clones are the same bus.
#[derive(Clone)]
pub struct EventBus {
    sender: broadcast::Sender<Arc<Event>>,
    shared: Arc<Shared>,
}

struct Shared {
    clock: SharedClock,
    seq: AtomicU64,
    order: Mutex<()>,
}

/// Events that a bus keeps for its slowest subscriber.
pub const DEFAULT_CAPACITY: usize = 65_536;

impl EventBus {
    /// A bus that keeps `capacity` events for its slowest subscriber.
    pub fn new(clock: SharedClock, capacity: usize) -> Self {
        let (sender, _) = broadcast::channel(capacity);
        Self { sender, shared: Arc::new(Shared { clock, seq: AtomicU64::new(0), order: Mutex::default() }) }
    }

    /// Tells all subscribers; never waits. Without subscribers it costs next to nothing.
    pub fn publish(&self, kind: EventKind) {
        // Under the lock, so that subscribers see the numbers in their order.
        let _order = self.shared.order.lock();
        let seq = self.shared.seq.fetch_add(1, Ordering::Relaxed) + 1;
        if self.sender.receiver_count() > 0 {
            let event = Event { seq, ts: self.shared.clock.now(), kind };
            // An error means that the last subscriber left in this moment.
            let _ = self.sender.send(Arc::new(event));
        }
    }

    /// Sees every event from now on.
    pub fn subscribe(&self) -> Subscription {
        Subscription(self.sender.subscribe())
    }
}

impl std::fmt::Debug for EventBus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EventBus(seq {})", self.shared.seq.load(Ordering::Relaxed))
    }
}

/// A subscriber's end of the bus.
#[derive(Debug)]
pub struct Subscription(broadcast::Receiver<Arc<Event>>);

/// What a subscriber gets.
#[derive(Debug, Clone)]
pub enum Received {
    /// The next event.
    Event(Arc<Event>),
    /// This many events were lost since the subscriber was too slow.
    Lost(u64),
}

impl Subscription {
    /// The next event; `None` when the bus is gone.
    pub async fn next(&mut self) -> Option<Received> {
        match self.0.recv().await {
            Ok(event) => Some(Received::Event(event)),
            Err(broadcast::error::RecvError::Lagged(count)) => Some(Received::Lost(count)),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }

    /// The next event; `None` when the bus is gone, or when `over` is cancelled and
    /// everything that was told before has been received.
    pub async fn next_until(&mut self, over: &CancellationToken) -> Option<Received> {
        loop {
            // Asked first: what is told between a look at the bus and one at `over` would
            // be lost otherwise.
            let is_over = over.is_cancelled();
            match self.try_next() {
                Some(received) => return Some(received),
                None if is_over => return None,
                None => {}
            }
            tokio::select! {
                biased;
                received = self.next() => return received,
                () = over.cancelled() => {}
            }
        }
    }

    /// The next event if there is one now.
    pub fn try_next(&mut self) -> Option<Received> {
        match self.0.try_recv() {
            Ok(event) => Some(Received::Event(event)),
            Err(broadcast::error::TryRecvError::Lagged(count)) => Some(Received::Lost(count)),
            Err(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    #[tokio::test]
    async fn a_slow_subscriber_loses_the_oldest_and_is_told() {
        let bus = EventBus::new(Arc::new(SystemClock), 4);
        let mut subscription = bus.subscribe();
        let pool = PoolName::new("P").unwrap();
        for _ in 0..10 {
            bus.publish(EventKind::PoolClosed { pool: pool.clone() });
        }
        assert!(matches!(subscription.next().await, Some(Received::Lost(6))));
        let Some(Received::Event(event)) = subscription.next().await else { panic!("no event") };
        assert_eq!(event.seq, 7);
    }

    #[tokio::test]
    async fn what_was_told_before_the_end_is_still_received() {
        let bus = EventBus::new(Arc::new(SystemClock), 64);
        let mut subscription = bus.subscribe();
        let (over, pool) = (CancellationToken::new(), PoolName::new("P").unwrap());
        for _ in 0..3 {
            bus.publish(EventKind::PoolClosed { pool: pool.clone() });
        }
        over.cancel();
        for seq in 1..=3 {
            let received = subscription.next_until(&over).await;
            assert!(matches!(received, Some(Received::Event(event)) if event.seq == seq));
        }
        assert!(subscription.next_until(&over).await.is_none());
    }

    #[test]
    fn an_event_is_one_flat_object() {
        let bot = BotRef {
            launch: LaunchRef { launch_id: LaunchId::random(), group: GroupName::new("G").unwrap() },
            instance: InstanceId(3),
        };
        let event = Event { seq: 1, ts: Timestamp::UNIX_EPOCH, kind: EventKind::BotStarted { bot } };
        let json = serde_json::to_value(&event).unwrap();
        assert_eq!(json["type"], "bot.started");
        assert_eq!(json["group"], "G");
        assert_eq!(json["instance"], 3);
        assert_eq!(json["ts"], "1970-01-01T00:00:00Z");
    }
}
