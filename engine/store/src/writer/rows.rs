//! The rows of a batch.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use lariat_core::ids::{AccountId, PoolName};
use lariat_core::ledger::{Attempt, Holder, SettleRequest, Total};
use lariat_core::outcome::{Disposition, RunResult};
use serde_json::Value;

use super::mirror::Held;
use crate::time::{whole_ms, whole_us};

/// A lease to grant unless the pool has settled the account.
pub(super) struct LeaseRow {
    pub(super) held: Held,
    /// Final outcomes that aren't younger are no obstacle.
    pub(super) since: i64,
}

/// A run that settles nothing.
pub(super) struct AttemptRow {
    /// What it would have settled.
    pub(super) settling: Option<(AccountId, PoolName)>,
    pub(super) outcome: &'static str,
    pub(super) error: Option<String>,
    pub(super) started: i64,
    pub(super) ended: i64,
    pub(super) result: Option<String>,
    pub(super) holder: Holder,
}

impl AttemptRow {
    /// A run without an account.
    pub(super) fn free(attempt: Attempt) -> Self {
        let started = attempt.started.as_millisecond();
        Self {
            settling: None,
            outcome: attempt.disposition.as_str(),
            error: attempt.error,
            started,
            ended: ended(started, attempt.elapsed),
            result: kept(&attempt.result),
            holder: attempt.holder,
        }
    }

    /// A run that came too late to settle; none when the routine never ran.
    pub(super) fn fenced(request: SettleRequest) -> Option<Self> {
        let started = request.started.map(Timestamp::as_millisecond)?;
        Some(Self {
            settling: Some((request.account, request.pool)),
            outcome: Disposition::Fenced.as_str(),
            error: request.error,
            started,
            ended: ended(started, request.elapsed),
            result: kept(&request.result),
            holder: request.holder,
        })
    }
}

/// When a run ended.
pub(super) fn ended(started: i64, elapsed: Duration) -> i64 {
    started.saturating_add(whole_ms(elapsed))
}

/// The result as JSON text, if it says anything.
pub(super) fn kept(result: &RunResult) -> Option<String> {
    (!result.is_empty()).then(|| serde_json::to_string(result).unwrap_or_default())
}

/// What the account's row takes of a result: cards_found, stars_total, keep_count
pub(super) fn cards_of(result: &RunResult) -> [Option<i64>; 3] {
    ["cards_found", "stars_total", "keep_count"].map(|name| result.get(name).and_then(Value::as_i64))
}

/// A value to keep, or to forget when there is none: extension, key, value as JSON text
pub(super) struct KeepRow(pub(super) String, pub(super) String, pub(super) Option<String>);

/// Facts of a pool that a batch gathers.
#[derive(Default)]
pub(super) struct PoolDelta {
    pub(super) last_refresh: Option<i64>,
    pub(super) runs: i64,
    pub(super) run_us: i64,
    pub(super) totals: BTreeMap<String, Total>,
}

impl PoolDelta {
    /// Counts a settlement.
    pub(super) fn count(&mut self, request: &SettleRequest) {
        if request.started.is_some() && request.disposition != Disposition::Returned {
            self.runs = self.runs.saturating_add(1);
            self.run_us = self.run_us.saturating_add(whole_us(request.elapsed));
        }
        if request.disposition == Disposition::Completed {
            Total::add_result(&mut self.totals, &request.result);
        }
    }
}
