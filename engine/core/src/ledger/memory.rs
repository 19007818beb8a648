//! A ledger in memory, for tests and experiments: every promise but durability.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use parking_lot::Mutex;

use super::{
    AccountOutcome, Attempt, Holder, KeptSelection, LeaseDecision, LeaseRequest, Ledger, LedgerError,
    LiveLease, OutcomeState, PoolHistory, Renewal, ResetReport, SettleRequest, Total,
};
use crate::clock::SharedClock;
use crate::ids::{AccountId, LeaseToken, PoolName};
use crate::outcome::Disposition;

/// The ledger.
#[derive(Debug)]
pub struct MemoryLedger {
    clock: SharedClock,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last_token: i64,
    /// With the end of each, by the monotonic clock.
    leases: BTreeMap<AccountId, (LiveLease, Duration)>,
    /// Each settlement by its lease: one that is asked for again, since its answer was lost,
    /// is answered as before, whatever became of the account since.
    settled: BTreeMap<LeaseToken, (AccountId, Holder, Option<Timestamp>)>,
    outcomes: BTreeMap<(PoolName, AccountId), AccountOutcome>,
    pools: BTreeMap<PoolName, PoolFacts>,
}

#[derive(Debug, Default)]
struct PoolFacts {
    totals: BTreeMap<String, Total>,
    runs: u64,
    run_time: Duration,
    last_refresh: Option<Timestamp>,
    selection: Option<KeptSelection>,
}

impl MemoryLedger {
    /// An empty ledger.
    pub fn new(clock: SharedClock) -> Self {
        Self { clock, state: Mutex::default() }
    }

    fn after(&self, ttl: Duration) -> Duration {
        self.clock.monotonic().saturating_add(ttl)
    }
}

#[async_trait]
impl Ledger for MemoryLedger {
    async fn lease(&self, request: LeaseRequest) -> Result<LeaseDecision, LedgerError> {
        let now = self.clock.now();
        let mut state = self.state.lock();
        if let Some((held, deadline)) = state.leases.get(&request.account)
            && let Some(left) = deadline.checked_sub(self.clock.monotonic()).filter(|left| !left.is_zero())
            && !(held.pool == request.pool && held.holder == request.holder)
        {
            let expires_at = now.checked_add(left).unwrap_or(Timestamp::MAX);
            return Ok(LeaseDecision::Held { pool: held.pool.clone(), expires_at });
        }
        if let Some(outcome) = state.outcomes.get(&(request.pool.clone(), request.account.clone()))
            && let OutcomeState::Final(done) = outcome.state
            && !request
                .repeat_after
                .is_some_and(|age| outcome.settled_at.checked_add(age).is_ok_and(|due| due <= now))
        {
            return Ok(LeaseDecision::Settled { state: done, at: outcome.settled_at });
        }
        state.last_token += 1;
        let token = LeaseToken(state.last_token);
        let lease =
            LiveLease { account: request.account.clone(), pool: request.pool, holder: request.holder, token };
        state.leases.insert(request.account, (lease, self.after(request.ttl)));
        Ok(LeaseDecision::Granted { token })
    }

    async fn settle(&self, request: SettleRequest) -> Result<(), LedgerError> {
        let now = self.clock.now();
        let mut state = self.state.lock();
        let held = state.leases.get(&request.account).is_some_and(|(lease, _)| lease.token == request.token);
        let mark = (request.account.clone(), request.holder.clone(), request.started);
        if !held && state.settled.get(&request.token) == Some(&mark) {
            return Ok(());
        }
        if !held {
            return Err(LedgerError::Fenced { account: request.account });
        }
        state.leases.remove(&request.account);
        state.settled.insert(request.token, mark);
        let kept = match request.disposition.final_state() {
            Some(done) => Some(OutcomeState::Final(done)),
            None => (request.disposition == Disposition::Retried).then_some(OutcomeState::Retry),
        };
        if let Some(kept) = kept {
            let outcome = AccountOutcome {
                account: request.account.clone(),
                state: kept,
                failures: request.failures,
                settled_at: now,
            };
            state.outcomes.insert((request.pool.clone(), request.account), outcome);
        }
        let facts = state.pools.entry(request.pool).or_default();
        if request.started.is_some() && request.disposition != Disposition::Returned {
            facts.runs += 1;
            facts.run_time += request.elapsed;
        }
        if request.disposition == Disposition::Completed {
            Total::add_result(&mut facts.totals, &request.result);
        }
        Ok(())
    }

    async fn renew(&self, renewals: Vec<Renewal>) -> Result<Vec<AccountId>, LedgerError> {
        let mut state = self.state.lock();
        let mut lost = Vec::new();
        for renewal in renewals {
            match state.leases.get_mut(&renewal.account) {
                Some((lease, deadline)) if lease.token == renewal.token => {
                    *deadline = self.after(renewal.ttl)
                }
                _ => lost.push(renewal.account),
            }
        }
        Ok(lost)
    }

    async fn record_attempt(&self, _: Attempt) -> Result<(), LedgerError> {
        Ok(())
    }

    async fn history(&self, pool: &PoolName) -> Result<PoolHistory, LedgerError> {
        let state = self.state.lock();
        let mut history = PoolHistory {
            outcomes: state
                .outcomes
                .iter()
                .filter(|((of, _), _)| of == pool)
                .map(|(_, outcome)| outcome.clone())
                .collect(),
            leases: state
                .leases
                .values()
                .filter(|(lease, _)| lease.pool == *pool)
                .map(|(lease, _)| lease.clone())
                .collect(),
            ..PoolHistory::default()
        };
        if let Some(facts) = state.pools.get(pool) {
            history.totals = facts.totals.clone();
            history.runs = facts.runs;
            history.run_time = facts.run_time;
            history.last_refresh = facts.last_refresh;
        }
        Ok(history)
    }

    async fn record_refresh(&self, pool: &PoolName) -> Result<(), LedgerError> {
        let now = self.clock.now();
        self.state.lock().pools.entry(pool.clone()).or_default().last_refresh = Some(now);
        Ok(())
    }

    async fn keep_selection(&self, pool: &PoolName, selection: KeptSelection) -> Result<(), LedgerError> {
        self.state.lock().pools.entry(pool.clone()).or_default().selection = Some(selection);
        Ok(())
    }

    async fn kept_selection(&self, pool: &PoolName) -> Result<Option<KeptSelection>, LedgerError> {
        Ok(self.state.lock().pools.get(pool).and_then(|facts| facts.selection.clone()))
    }

    async fn reset(&self, pool: &PoolName, only: Option<Vec<AccountId>>) -> Result<ResetReport, LedgerError> {
        let mut state = self.state.lock();
        let before = state.outcomes.len();
        state.outcomes.retain(|(of, account), _| {
            of != pool || only.as_ref().is_some_and(|only| !only.contains(account))
        });
        let forgotten = before - state.outcomes.len();
        if only.is_none() {
            let facts = state.pools.entry(pool.clone()).or_default();
            *facts = PoolFacts {
                last_refresh: facts.last_refresh,
                selection: facts.selection.take(),
                ..PoolFacts::default()
            };
        }
        Ok(ResetReport { forgotten: forgotten as u64, made_available: 0 })
    }

    async fn rescue(&self) -> Result<Vec<LiveLease>, LedgerError> {
        let leases = std::mem::take(&mut self.state.lock().leases);
        Ok(leases.into_values().map(|(lease, _)| lease).collect())
    }
}
