//! The account table as it is asked and answers.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Searched;
use crate::account::Account;
use crate::ids::AccountId;

/// What an account's row says of it, whatever the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
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

/// Which accounts are wanted, in the order of their ids: with a text from the first id on that
/// doesn't come before it, so that those which begin with it are found at once, and then from
/// the first id of all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountSearch {
    /// Only those with this status.
    pub status: Option<AccountStatus>,
    /// Only those with this text in their id, path or metadata, in any case of ASCII
    /// letters.
    pub text: Option<String>,
    /// Only those that come behind this id.
    pub after: Option<AccountId>,
    /// At most so many.
    pub limit: u32,
}

impl AccountSearch {
    /// The text where the search begins; empty where that is the first id.
    pub fn begin(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }

    /// Whether the search comes to this id only after the last id of all.
    pub fn is_around(&self, id: &AccountId) -> bool {
        id.as_str() < self.begin()
    }

    /// Whether some accounts aren't wanted, wherever they are.
    pub const fn chooses(&self) -> bool {
        self.status.is_some() || self.text.is_some()
    }
}

/// Some of the accounts that a search finds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AccountPage {
    /// The accounts in the order of the search. May be fewer than the search's limit, or
    /// none, though there are more behind `next`: a page isn't looked for for ever.
    pub accounts: Vec<Account>,
    /// Where to go on; none at the end.
    pub next: Option<AccountId>,
    /// How far the search came, where some accounts aren't wanted.
    pub searched: Option<Searched>,
}

/// How many accounts there are, by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountCounts {
    /// All.
    pub total: u64,
    /// Nobody has them.
    pub available: u64,
    /// Leased.
    pub in_use: u64,
    /// Completed last.
    pub completed: u64,
    /// Failed last.
    pub failed: u64,
    /// Skipped last.
    pub skipped: u64,
}

impl AccountCounts {
    /// Adds accounts of a status.
    pub fn add(&mut self, status: AccountStatus, count: u64) {
        self.total += count;
        *match status {
            AccountStatus::Available => &mut self.available,
            AccountStatus::InUse => &mut self.in_use,
            AccountStatus::Completed => &mut self.completed,
            AccountStatus::Failed => &mut self.failed,
            AccountStatus::Skipped => &mut self.skipped,
        } += count;
    }
}

/// An account from outside.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportAccount {
    /// What it is known by.
    pub id: AccountId,
    /// Its fields. Those named like a column of the table go there, texts under a
    /// secret's name are kept apart, all others become metadata.
    pub fields: Map<String, Value>,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Accounts that weren't there before.
    pub added: u64,
    /// Accounts of which something is different now.
    pub updated: u64,
    /// Accounts that already were as they came.
    pub unchanged: u64,
    /// Accounts that can't be taken, and why; the others were.
    pub passed_over: Vec<PassedOver>,
}

/// An account that can't be taken into the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassedOver {
    /// Which.
    pub id: AccountId,
    /// What is wrong with which field, and what is accepted.
    pub message: String,
}
