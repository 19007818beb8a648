//! Selecting the accounts anew: when asked, and by itself when an interval is set.

use std::collections::HashSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::error::PoolError;
use super::merge::Incoming;
use super::renewing::renew_leases;
use super::runtime::{Pool, Spec};
use super::serving::ring;
use super::stats::Counts;
use crate::account::AccountRow;
use crate::definition::PoolDefinition;
use crate::event::EventKind;
use crate::failpoint::{self, Site};
use crate::ids::AccountId;
use crate::ledger::{KeptSelection, LedgerError, LiveLease};
use crate::source::{Selection, SourceError};

/// How often at most a selection is kept: a pool that refreshes every moment would
/// write little else.
const KEEP_EVERY: Duration = Duration::from_secs(60);

/// What a refresh did.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RefreshReport {
    /// The accounts by state, after it.
    #[serde(flatten)]
    pub counts: Counts,
    /// Accounts that are new in the pool.
    pub added: usize,
    /// Accounts that aren't selected any more.
    pub dropped: usize,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
    /// What was passed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Selects from a source, with the definition's `include` and `exclude` applied.
pub(super) async fn select(spec: &Spec) -> Result<Selection, SourceError> {
    let injected = failpoint::hit(Site::SourceFetch).await;
    injected.map_err(|injected| SourceError::Unavailable(injected.to_string()))?;
    let mut selection = spec.source.fetch().await?;
    let definition = &spec.definition;
    if !definition.include.is_empty() {
        let selected: HashSet<&str> = selection.accounts.iter().map(AccountRow::id).collect();
        let missing: Vec<AccountId> =
            definition.include.iter().filter(|id| !selected.contains(id.as_str())).cloned().collect();
        let mut known = spec.source.lookup(&missing).await?;
        for id in missing {
            let at = known.iter().position(|row| row.id() == id.as_str());
            selection.accounts.push(at.map_or_else(|| AccountRow::bare(id), |at| known.swap_remove(at)));
        }
    }
    if !definition.exclude.is_empty() {
        let exclude: HashSet<&str> = definition.exclude.iter().map(AccountId::as_str).collect();
        selection.accounts.retain(|row| !exclude.contains(row.id()));
    }
    Ok(selection)
}

/// Reads what the ledger remembers of a pool into its state; gives the leases that are
/// held through it.
pub(super) async fn recall(pool: &Arc<Pool>) -> Result<Vec<LiveLease>, LedgerError> {
    let history = pool.around.ledger.history(&pool.name).await?;
    let due = pool.due();
    let mut state = pool.state.lock();
    state.roster.recall(history.outcomes, due);
    state.totals = history.totals;
    state.tally.runs = history.runs;
    state.tally.time = history.run_time;
    state.last_refresh = history.last_refresh;
    Ok(history.leases)
}

impl Pool {
    /// Tells when an account that was settled may be served again, by the rule in force.
    pub(super) fn due(&self) -> impl Fn(Timestamp) -> Option<Instant> + use<> {
        let repeat_after = self.definition().pool_config.repeat_after.non_zero();
        let (wall, now) = (self.around.clock.now(), Instant::now());
        move |settled_at| {
            let age = Duration::try_from(wall.duration_since(settled_at)).unwrap_or(Duration::ZERO);
            repeat_after.map(|after| now + after.saturating_sub(age))
        }
    }

    /// Has what was settled come back by the `repeat_after` in force now, and not by the one
    /// in force when it was settled.
    pub(super) async fn redate(self: &Arc<Self>) {
        let since = self.state.lock().roster.begin_refresh();
        let history = || self.around.ledger.history(&self.name);
        let history = match self.around.health.insist(&self.closed, history).await {
            Ok(history) => history,
            Err(error) => {
                tracing::debug!(pool = %self.name, %error, "couldn't ask when accounts were settled");
                return;
            }
        };
        let due = self.due();
        let mut state = self.state.lock();
        state.roster.redate(since, Instant::now(), history.outcomes, due);
        state.roster.promote(Instant::now());
        // Sets their alarm, too.
        self.serve_waiters(&mut state);
    }

    /// Selects the accounts anew and merges them in: leases and outcomes stay, what is
    /// new is added, what is gone is dropped.
    ///
    /// # Errors
    /// When the source gave nothing; the pool then keeps what it has.
    pub async fn refresh(self: &Arc<Self>) -> Result<RefreshReport, PoolError> {
        let _one_at_a_time = self.refreshing.lock().await;
        self.refresh_by(self.spec()).await
    }

    /// Selects by `spec` and puts it in force, if it isn't; a spec whose source gives
    /// nothing isn't. Whoever calls this holds `refreshing`.
    pub(super) async fn refresh_by(self: &Arc<Self>, spec: Arc<Spec>) -> Result<RefreshReport, PoolError> {
        let began = Instant::now();
        let number = self.state.lock().roster.begin_refresh();
        let selection = match select(&spec).await {
            Ok(selection) => selection,
            Err(error) => {
                let error = self.source_error(error);
                self.refresh_failed(&error, spec.generation);
                return Err(error);
            }
        };
        for warning in &selection.warnings {
            tracing::warn!(pool = %self.name, "{warning}");
        }
        if let Err(error) = self.remember(&spec.definition, &selection).await {
            tracing::debug!(pool = %self.name, %error, "couldn't refresh");
            return Err(self.ledger_error(error));
        }
        let mut incoming = Incoming::new(selection.accounts);
        while self.state.lock().roster.look_up(&mut incoming) {
            // Bots lease and settle in between.
            tokio::task::yield_now().await;
        }
        let (merged, counts) = {
            let mut state = self.state.lock();
            // Together: what is served is always in the order of the definition in force.
            *self.spec.lock() = spec.clone();
            let merged = state.roster.merge_found(number, &mut incoming);
            state.last_refresh = Some(self.around.clock.now());
            state.error = None;
            self.serve_waiters(&mut state);
            (merged, state.roster.counts())
        };
        drop(incoming);
        self.around.events.publish(EventKind::PoolRefreshed {
            pool: self.name.clone(),
            generation: spec.generation,
            total: counts.total,
            added: merged.added,
            dropped: merged.dropped,
            error: None,
        });
        Ok(RefreshReport {
            counts,
            added: merged.added,
            dropped: merged.dropped,
            elapsed_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            warnings: selection.warnings,
        })
    }

    /// Lets the ledger know of a refresh, and now and then of what it selected.
    async fn remember(&self, definition: &PoolDefinition, selection: &Selection) -> Result<(), LedgerError> {
        self.around.ledger.record_refresh(&self.name).await?;
        let now = Instant::now();
        let due = self.kept.lock().is_none_or(|kept| now.duration_since(kept) >= KEEP_EVERY);
        if due {
            let accounts = selection.accounts.iter().map(AccountRow::id).collect();
            let kept = KeptSelection { at: self.around.clock.now(), by: definition.selecting(), accounts };
            // For those who come later, who can do without it.
            match self.around.ledger.keep_selection(&self.name, kept).await {
                Ok(()) => *self.kept.lock() = Some(now),
                Err(error) => tracing::debug!(pool = %self.name, %error, "couldn't keep the selection"),
            }
        }
        Ok(())
    }

    pub(super) fn refresh_failed(&self, error: &PoolError, generation: u64) {
        let error = match error {
            PoolError::Source { error, .. } => error.to_string(),
            other => other.to_string(),
        };
        let (total, before) = {
            let mut state = self.state.lock();
            state.error = Some(error.clone());
            (state.roster.counts().total, state.last_refresh)
        };
        if before.is_some() {
            tracing::warn!(pool = %self.name, %error, "couldn't refresh; the accounts selected before stay in force");
        }
        let pool = self.name.clone();
        let error = Some(error);
        self.around.events.publish(EventKind::PoolRefreshed {
            pool,
            generation,
            total,
            added: 0,
            dropped: 0,
            error,
        });
    }

    /// Starts what a pool does by itself, until it is closed or dropped: refreshing at
    /// its interval, renewing its leases, and serving who waits when an account is due.
    pub(super) fn start_chores(self: &Arc<Self>) {
        tokio::spawn(refresh_by_itself(Arc::downgrade(self)));
        tokio::spawn(renew_leases(Arc::downgrade(self)));
        tokio::spawn(ring(Arc::downgrade(self)));
    }
}

/// Refreshes at the pool's interval, counted from when it was set.
async fn refresh_by_itself(pool: Weak<Pool>) {
    let around = pool.upgrade().map(|pool| (pool.closed.clone(), pool.redefined.subscribe()));
    let Some((closed, mut redefined)) = around else { return };
    let mut since = Instant::now();
    let mut every = pool.upgrade().and_then(|pool| interval(&pool));
    loop {
        let due = async {
            match every {
                Some(every) => tokio::time::sleep_until(since + every).await,
                None => std::future::pending().await,
            }
        };
        let is_due = tokio::select! {
            biased;
            () = closed.cancelled() => return,
            changed = redefined.changed() => if changed.is_ok() { false } else { return },
            () = due => true,
        };
        let Some(pool) = pool.upgrade() else { return };
        if is_due {
            // A failure is logged, kept in the statistics and told as an event.
            let _ = pool.refresh().await;
            since = Instant::now();
        }
        let now = interval(&pool);
        if now != every {
            (every, since) = (now, Instant::now());
        }
    }
}

fn interval(pool: &Pool) -> Option<Duration> {
    pool.definition().pool_config.refresh_interval.non_zero()
}
