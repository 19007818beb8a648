//! What can be told about a pool at a glance.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::ids::PoolName;
use crate::ledger::Total;

/// How many accounts are in which state. They always add up to the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// All accounts: selected by the last refresh, leased through the pool, or settled
    /// in it since its last reset.
    pub total: usize,
    /// Ready, or resting before another try.
    pub available: usize,
    /// Held by a bot of this pool or of another.
    pub in_use: usize,
    /// Done.
    pub completed: usize,
    /// Failed for good.
    pub failed: usize,
    /// Skipped.
    pub skipped: usize,
}

/// A pool's numbers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PoolStats {
    /// The pool.
    pub name: PoolName,
    /// Its definition's generation.
    pub generation: u64,
    /// The accounts by state.
    #[serde(flatten)]
    pub counts: Counts,
    /// Sums of the numeric results since the last reset.
    pub totals: BTreeMap<String, Total>,
    /// Runs since the last reset.
    pub runs: u64,
    /// How long a run takes on average, in milliseconds; `None` before the first.
    pub average_ms: Option<u64>,
    /// When the accounts were last selected.
    #[schemars(with = "Option<Moment>")]
    pub last_refresh: Option<Timestamp>,
    /// Why nothing is leased now, or why the last refresh failed, if it did; the accounts
    /// before it stay in force.
    pub error: Option<String>,
}

/// Runs and the time they took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RunTally {
    pub(crate) runs: u64,
    pub(crate) time: Duration,
}

impl RunTally {
    pub(crate) fn average_ms(self) -> Option<u64> {
        let millis = self.time.as_millis().checked_div(u128::from(self.runs))?;
        u64::try_from(millis).ok()
    }
}
