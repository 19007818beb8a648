//! What an account's row says of it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What an account's row says of it, whatever the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// Nobody has it, and nothing final happened to it.
    Available,
    /// A bot holds it.
    InUse,
    /// Completed last.
    Completed,
    /// Failed last.
    Failed,
    /// Skipped last.
    Skipped,
}

impl AccountStatus {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Available, Self::InUse, Self::Completed, Self::Failed, Self::Skipped];

    /// The word in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::InUse => "in_use",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

impl fmt::Display for AccountStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text isn't a status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} isn't a status; there are available, in_use, completed, failed and skipped")]
pub struct UnknownStatus(String);

impl FromStr for AccountStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| UnknownStatus(text.to_owned()))
    }
}
