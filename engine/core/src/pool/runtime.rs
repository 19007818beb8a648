//! A pool instance: what it is made of, and what it tells.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::error::PoolError;
use super::renewing::Holdings;
use super::roster::Roster;
use super::serving::Picked;
use super::stats::{PoolStats, RunTally};
use super::uncertain::Uncertain;
use super::waiters::Waiters;
use crate::clock::SharedClock;
use crate::definition::{Defined, DefinitionStore, PoolDefinition};
use crate::event::{EventBus, EventKind};
use crate::ids::PoolName;
use crate::ledger::{Ledger, LedgerError, LedgerHealth, Outage, Total};
use crate::source::{AccountSource, SourceError};

/// What a pool works with.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) definitions: Arc<dyn DefinitionStore>,
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) health: LedgerHealth,
    pub(super) events: EventBus,
    pub(super) clock: SharedClock,
}

impl Surroundings {
    /// A source's error with its place in the definition's file.
    pub(super) fn located(&self, pool: &PoolName, error: SourceError) -> SourceError {
        match error {
            SourceError::Invalid(problems) => SourceError::Invalid(self.definitions.locate(pool, problems)),
            other => other,
        }
    }

    /// The same as the pool's.
    pub(super) fn source_error(&self, pool: &PoolName, error: SourceError) -> PoolError {
        PoolError::Source { pool: pool.clone(), error: self.located(pool, error) }
    }
}

/// A definition and the source that was opened for it.
pub(super) struct Spec {
    pub(super) definition: Arc<PoolDefinition>,
    pub(super) generation: u64,
    pub(super) source: Arc<dyn AccountSource>,
}

/// A pool instance. Two groups that name one pool share one of these.
pub struct Pool {
    pub(super) name: PoolName,
    pub(super) spec: Mutex<Arc<Spec>>,
    pub(super) around: Surroundings,
    pub(super) state: Mutex<State>,
    /// Told when the next resting account is due at another time than before.
    pub(super) alarm: Arc<Notify>,
    pub(super) refreshing: tokio::sync::Mutex<()>,
    /// When a selection was last kept in the ledger.
    pub(super) kept: Mutex<Option<Instant>>,
    /// Counts the definitions that were put in force, for the chores.
    pub(super) redefined: watch::Sender<u64>,
    /// The last generation that was tried.
    pub(super) tried: Mutex<u64>,
    pub(super) closed: CancellationToken,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) roster: Roster,
    pub(super) waiters: Waiters<Picked>,
    pub(super) holdings: Holdings,
    pub(super) uncertain: Uncertain,
    /// When the alarm rings.
    pub(super) alarm: Option<Instant>,
    pub(super) totals: BTreeMap<String, Total>,
    pub(super) tally: RunTally,
    pub(super) last_refresh: Option<Timestamp>,
    pub(super) error: Option<String>,
    /// Whether its end is told once the last of its leases has ended.
    pub(super) draining: bool,
}

impl Pool {
    pub(super) fn new(
        defined: &Defined<PoolDefinition>,
        source: Arc<dyn AccountSource>,
        around: Surroundings,
    ) -> Arc<Self> {
        let spec = Spec { definition: defined.definition.clone(), generation: defined.generation, source };
        Arc::new(Self {
            name: defined.definition.name.clone(),
            spec: Mutex::new(Arc::new(spec)),
            around,
            state: Mutex::default(),
            alarm: Arc::default(),
            refreshing: tokio::sync::Mutex::default(),
            kept: Mutex::default(),
            redefined: watch::channel(0).0,
            tried: Mutex::new(defined.generation),
            closed: CancellationToken::new(),
        })
    }

    /// The pool's name.
    pub fn name(&self) -> &PoolName {
        &self.name
    }

    /// The definition in force.
    pub fn definition(&self) -> Arc<PoolDefinition> {
        self.spec().definition.clone()
    }

    /// The generation of the definition in force.
    pub fn generation(&self) -> u64 {
        self.spec().generation
    }

    pub(super) fn spec(&self) -> Arc<Spec> {
        self.spec.lock().clone()
    }

    /// The pool's numbers now.
    pub fn stats(self: &Arc<Self>) -> PoolStats {
        let (generation, outage) = (self.generation(), self.around.health.outage());
        let mut state = self.state.lock();
        self.look_up_due(&mut state);
        PoolStats {
            name: self.name.clone(),
            generation,
            counts: state.roster.counts(),
            totals: state.totals.clone(),
            runs: state.tally.runs,
            average_ms: state.tally.average_ms(),
            last_refresh: state.last_refresh,
            error: outage.map(|outage| outage.error).or_else(|| state.error.clone()),
        }
    }

    /// Since when nothing is leased, and why, while the ledger can't be written.
    pub fn outage(&self) -> Option<Outage> {
        self.around.health.outage()
    }

    /// Whether a bot that asked now would get nothing and need not wait.
    pub fn is_exhausted(self: &Arc<Self>) -> bool {
        let mut state = self.state.lock();
        self.look_up_due(&mut state);
        state.roster.ready().next().is_none() && !state.roster.is_pending()
    }

    /// Serves nothing any more; leases that are out can still be settled.
    pub(super) fn close(&self) {
        self.closed.cancel();
        self.around.events.publish(EventKind::PoolClosed { pool: self.name.clone() });
    }

    /// As `close`, and tells so once the last lease has ended.
    pub(super) fn drain(&self) {
        self.state.lock().draining = true;
        self.closed.cancel();
        self.drained();
    }

    /// Tells that the pool is closed, if it drains and nothing is held any more.
    pub(super) fn drained(&self) {
        let told = {
            let mut state = self.state.lock();
            let over = state.draining && state.holdings.is_empty();
            over && std::mem::take(&mut state.draining)
        };
        if told {
            self.around.events.publish(EventKind::PoolClosed { pool: self.name.clone() });
        }
    }

    pub(super) fn source_error(&self, error: SourceError) -> PoolError {
        self.around.source_error(&self.name, error)
    }

    pub(super) fn ledger_error(&self, error: LedgerError) -> PoolError {
        PoolError::Ledger { pool: self.name.clone(), error }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // Whoever waits for the alarm sees that there is no pool any more.
        self.alarm.notify_one();
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pool({:?})", self.name)
    }
}
