//! How a routine's run ends, and what that makes of the account.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a routine reports; numbers in it add up in the pool's totals.
pub type RunResult = Map<String, Value>;

/// How a routine says that its run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The account is done, with this result.
    Completed(RunResult),
    /// It didn't work; the pool decides whether the account is tried again.
    Failed {
        /// What went wrong, in the routine's words.
        reason: String,
    },
    /// The account isn't for this pool's bots; not a failure.
    Skipped {
        /// Why.
        reason: String,
    },
    /// The account goes back untouched and nothing is counted.
    Returned {
        /// Why.
        reason: String,
    },
}

impl Outcome {
    /// The routine's result, if it completed.
    pub const fn result(&self) -> Option<&RunResult> {
        match self {
            Self::Completed(result) => Some(result),
            Self::Failed { .. } | Self::Skipped { .. } | Self::Returned { .. } => None,
        }
    }
}

/// What a settlement made of the account, in the words of the `outcome` of
/// `lease.settled` events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Disposition {
    /// Done for good.
    Completed,
    /// Failed for good.
    Failed,
    /// Failed, counted, and back in the pool.
    Retried,
    /// Skipped for good.
    Skipped,
    /// Back in the pool, nothing counted.
    Returned,
    /// The lease had been taken over: nothing was changed by this settlement.
    Fenced,
}

impl Disposition {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Completed, Self::Failed, Self::Retried, Self::Skipped, Self::Returned, Self::Fenced];

    /// The lower-case word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Retried => "retried",
            Self::Skipped => "skipped",
            Self::Returned => "returned",
            Self::Fenced => "fenced",
        }
    }

    /// Whether the pool never serves the account again (until a reset or `repeat_after`).
    pub const fn final_state(self) -> Option<FinalState> {
        match self {
            Self::Completed => Some(FinalState::Completed),
            Self::Failed => Some(FinalState::Failed),
            Self::Skipped => Some(FinalState::Skipped),
            Self::Retried | Self::Returned | Self::Fenced => None,
        }
    }
}

/// An outcome after which a pool doesn't serve the account again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FinalState {
    /// Completed.
    Completed,
    /// Failed for good.
    Failed,
    /// Skipped.
    Skipped,
}

impl From<FinalState> for Disposition {
    fn from(state: FinalState) -> Self {
        match state {
            FinalState::Completed => Self::Completed,
            FinalState::Failed => Self::Failed,
            FinalState::Skipped => Self::Skipped,
        }
    }
}
