//! The rows of a batch. Each is written as a JSON array, and [`super::statements`] reads
//! its elements by their position here.

use lariat_core::ids::{AccountId, GroupName, InstanceId, LaunchId, LeaseToken, PoolName};
use lariat_core::ledger::{Attempt, Holder, LeaseRequest, SettleRequest};
use lariat_core::outcome::{Disposition, RunResult};
use serde::Serialize;
use serde_json::Value;

use crate::time::{whole_ms, whole_us};
use jiff::Timestamp;

/// launch, group, instance, routine, generation
#[derive(Serialize)]
pub(super) struct HolderRow(LaunchId, GroupName, InstanceId, String, u64);

impl From<Holder> for HolderRow {
    fn from(holder: Holder) -> Self {
        Self(holder.launch, holder.group, holder.instance, holder.routine, holder.generation)
    }
}

/// A lease to grant unless the pool has settled the account: account, token, pool,
/// since when a final outcome forbids it, expires at; then the holder
#[derive(Serialize)]
pub(super) struct LeaseRow(
    AccountId,
    LeaseToken,
    PoolName,
    i64,
    i64,
    LaunchId,
    GroupName,
    InstanceId,
    String,
    u64,
);

impl LeaseRow {
    pub(super) fn new(
        request: &LeaseRequest,
        token: LeaseToken,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Self {
        let now = now.as_millisecond();
        let forbidden_since = request.repeat_after.map_or(i64::MIN, |age| now.saturating_sub(whole_ms(age)));
        let Holder { launch, group, instance, routine, generation } = request.holder.clone();
        Self(
            request.account.clone(),
            token,
            request.pool.clone(),
            forbidden_since,
            expires_at.as_millisecond(),
            launch,
            group,
            instance,
            routine,
            generation,
        )
    }
}

/// A settlement: account, pool, outcome, failures, error, started, ended, result,
/// cards_found, stars_total, keep_count; then the holder
#[derive(Serialize)]
pub(super) struct SettleRow(
    AccountId,
    PoolName,
    &'static str,
    u32,
    Option<String>,
    Option<i64>,
    Option<i64>,
    Option<String>,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    LaunchId,
    GroupName,
    InstanceId,
    String,
    u64,
);

impl SettleRow {
    pub(super) fn new(request: SettleRequest) -> Self {
        let completed = request.disposition == Disposition::Completed;
        let column = |name| request.result.get(name).and_then(Value::as_i64).filter(|_| completed);
        let (cards, stars, keep) = (column("cards_found"), column("stars_total"), column("keep_count"));
        let started = request.started.map(Timestamp::as_millisecond);
        let Holder { launch, group, instance, routine, generation } = request.holder;
        Self(
            request.account,
            request.pool,
            request.disposition.as_str(),
            request.failures,
            request.error,
            started,
            started.map(|started| started.saturating_add(whole_ms(request.elapsed))),
            kept(request.result),
            cards,
            stars,
            keep,
            launch,
            group,
            instance,
            routine,
            generation,
        )
    }
}

/// A lease to prolong: account, token, expires at
#[derive(Serialize)]
pub(super) struct RenewRow(pub(super) AccountId, pub(super) LeaseToken, pub(super) i64);

/// A run that settles nothing: account, pool, outcome, error, started, ended, result,
/// holder
#[derive(Serialize)]
pub(super) struct AttemptRow(
    Option<AccountId>,
    Option<PoolName>,
    &'static str,
    Option<String>,
    i64,
    i64,
    Option<String>,
    HolderRow,
);

impl AttemptRow {
    /// A run without an account.
    pub(super) fn free(attempt: Attempt) -> Self {
        let started = attempt.started.as_millisecond();
        Self(
            None,
            None,
            attempt.disposition.as_str(),
            attempt.error,
            started,
            started.saturating_add(whole_ms(attempt.elapsed)),
            kept(attempt.result),
            attempt.holder.into(),
        )
    }

    /// A run that came too late to settle; none when the routine never ran.
    pub(super) fn fenced(request: SettleRequest) -> Option<Self> {
        let started = request.started?.as_millisecond();
        Some(Self(
            Some(request.account),
            Some(request.pool),
            Disposition::Fenced.as_str(),
            request.error,
            started,
            started.saturating_add(whole_ms(request.elapsed)),
            kept(request.result),
            request.holder.into(),
        ))
    }
}

/// The result as JSON text of its own: however deep it is nested, the row stays flat.
fn kept(result: RunResult) -> Option<String> {
    (!result.is_empty()).then(|| Value::Object(result).to_string())
}

/// What to add to a pool's facts: name, last refresh, runs, run time
#[derive(Serialize)]
pub(super) struct PoolRow(pub(super) PoolName, pub(super) Option<i64>, pub(super) i64, pub(super) i64);

/// What to add to one of a pool's totals: pool, name, value
#[derive(Serialize)]
pub(super) struct TotalRow(pub(super) PoolName, pub(super) String, pub(super) lariat_core::ledger::Total);

/// A value to keep, or to forget when there is none: extension, key, value as JSON text
#[derive(Serialize)]
pub(super) struct KeepRow(pub(super) String, pub(super) String, pub(super) Option<String>);

/// Facts of a pool that a batch gathers.
#[derive(Default)]
pub(super) struct PoolDelta {
    pub(super) last_refresh: Option<i64>,
    pub(super) runs: i64,
    pub(super) run_us: i64,
    pub(super) totals: std::collections::BTreeMap<String, lariat_core::ledger::Total>,
}

impl PoolDelta {
    /// Counts a settlement.
    pub(super) fn count(&mut self, request: &SettleRequest) {
        if request.started.is_some() && request.disposition != Disposition::Returned {
            self.runs = self.runs.saturating_add(1);
            self.run_us = self.run_us.saturating_add(whole_us(request.elapsed));
        }
        if request.disposition == Disposition::Completed {
            lariat_core::ledger::Total::add_result(&mut self.totals, &request.result);
        }
    }
}
