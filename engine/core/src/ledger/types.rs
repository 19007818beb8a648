//! What is said to a ledger, and what it answers.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, GroupName, InstanceId, LaunchId, LeaseToken, PoolName};
use crate::outcome::{Disposition, FinalState, RunResult};

/// Who holds a lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The launch.
    pub launch: LaunchId,
    /// Its group.
    pub group: GroupName,
    /// The bot's instance.
    pub instance: InstanceId,
    /// The routine's name.
    pub routine: String,
    /// The routine's generation.
    pub generation: u64,
}

/// Asks for one account.
#[derive(Debug, Clone)]
pub struct LeaseRequest {
    /// Which.
    pub account: AccountId,
    /// Through which pool.
    pub pool: PoolName,
    /// For whom.
    pub holder: Holder,
    /// How long the lease lives without being renewed.
    pub ttl: Duration,
    /// The pool's `repeat_after`: a final outcome older than this is no obstacle.
    pub repeat_after: Option<Duration>,
}

/// The answer to a [`LeaseRequest`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeaseDecision {
    /// It is the caller's, and durable.
    Granted {
        /// To be shown at the settlement.
        token: LeaseToken,
    },
    /// Somebody else holds it.
    Held {
        /// Through which pool.
        pool: PoolName,
        /// When that lease ends if it isn't renewed.
        expires_at: Timestamp,
    },
    /// This pool has settled it for good.
    Settled {
        /// As what.
        state: FinalState,
        /// When.
        at: Timestamp,
    },
}

/// Ends a lease.
#[derive(Debug, Clone)]
pub struct SettleRequest {
    /// The lease's token.
    pub token: LeaseToken,
    /// The lease's account.
    pub account: AccountId,
    /// The lease's pool.
    pub pool: PoolName,
    /// The lease's holder.
    pub holder: Holder,
    /// What becomes of the account. Never [`Disposition::Fenced`].
    pub disposition: Disposition,
    /// Failures in this pool since its last reset, this one included.
    pub failures: u32,
    /// The error or the reason.
    pub error: Option<String>,
    /// The routine's result, when it completed.
    pub result: RunResult,
    /// When the run began; `None` when the routine never ran.
    pub started: Option<Timestamp>,
    /// How long it ran.
    pub elapsed: Duration,
}

/// Prolongs a lease.
#[derive(Debug, Clone)]
pub struct Renewal {
    /// The lease's account.
    pub account: AccountId,
    /// The lease's token.
    pub token: LeaseToken,
    /// From now, how long.
    pub ttl: Duration,
}

/// One run of a routine without an account.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Whose run it was.
    pub holder: Holder,
    /// How it ended.
    pub disposition: Disposition,
    /// The error or the reason.
    pub error: Option<String>,
    /// The routine's result.
    pub result: RunResult,
    /// When it began.
    pub started: Timestamp,
    /// How long it ran.
    pub elapsed: Duration,
}

/// What a pool remembers of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeState {
    /// Not served again.
    Final(FinalState),
    /// Failed and back in the pool.
    Retry,
}

/// The last outcome of an account in a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountOutcome {
    /// The account.
    pub account: AccountId,
    /// What became of it.
    pub state: OutcomeState,
    /// Failures in this pool since its last reset.
    pub failures: u32,
    /// When.
    pub settled_at: Timestamp,
}

/// A lease that somebody holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveLease {
    /// The account.
    pub account: AccountId,
    /// Through which pool.
    pub pool: PoolName,
    /// By whom.
    pub holder: Holder,
    /// The lease's token.
    pub token: LeaseToken,
}

/// What is known of a pool.
#[derive(Debug, Clone, Default)]
pub struct PoolHistory {
    /// The outcomes since the last reset.
    pub outcomes: Vec<AccountOutcome>,
    /// The leases through it.
    pub leases: Vec<LiveLease>,
    /// Sums of the numeric results since the last reset.
    pub totals: BTreeMap<String, Total>,
    /// Runs since the last reset, for the average duration.
    pub runs: u64,
    /// How long these runs took, all together.
    pub run_time: Duration,
    /// The last refresh, by any process.
    pub last_refresh: Option<Timestamp>,
}

/// A sum that stays a whole number while everything added to it is one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Total {
    /// Whole so far.
    Int(i64),
    /// Not whole.
    Float(f64),
}

impl Default for Total {
    fn default() -> Self {
        Self::Int(0)
    }
}

impl Total {
    /// The sum; a whole number that would overflow goes on as a floating-point one.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn plus(self, other: Self) -> Self {
        let float = |total| match total {
            Self::Int(int) => int as f64,
            Self::Float(float) => float,
        };
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => {
                a.checked_add(b).map_or_else(|| Self::Float(float(self) + float(other)), Self::Int)
            }
            _ => Self::Float(float(self) + float(other)),
        }
    }

    /// The numeric entries of a result.
    pub fn of_result(result: &RunResult) -> impl Iterator<Item = (&str, Self)> {
        result.iter().filter_map(|(name, value)| {
            let total = match value.as_i64() {
                Some(int) => Self::Int(int),
                None => Self::Float(value.as_f64()?),
            };
            Some((name.as_str(), total))
        })
    }

    /// Adds the numeric entries of a result to sums.
    pub fn add_result(sums: &mut BTreeMap<String, Self>, result: &RunResult) {
        for (name, value) in Self::of_result(result) {
            match sums.get_mut(name) {
                Some(sum) => *sum = sum.plus(value),
                None => {
                    sums.insert(name.to_owned(), value);
                }
            }
        }
    }
}

/// What a reset did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResetReport {
    /// Accounts whose outcome in the pool was forgotten.
    pub forgotten: u64,
    /// Accounts whose row in the account table is available again.
    pub made_available: u64,
}

/// Why a ledger couldn't do as asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LedgerError {
    /// The lease had been taken over.
    #[error("fenced: the lease of account {account} was taken over; its result was not counted")]
    Fenced {
        /// Whose lease it was.
        account: AccountId,
    },
    /// The store failed, for as long as what the message names isn't put right.
    #[error("the store failed: {0}")]
    Store(String),
    /// The store works and doesn't take what it was given.
    #[error("the store rejected a record: {0}")]
    Rejected(String),
    /// The store is shut.
    #[error("the store is closed")]
    Closed,
}
