//! What a store keeps for people to look at: the account table, and the record of
//! every run. Leases and outcomes are the [`ledger`](crate::ledger)'s.
//!
//! | part | holds |
//! |---|---|
//! | [`Records`] | the trait that a store implements |
//! | `accounts` | accounts found page by page, counted, taken in, reset |
//! | `attempts` | runs found page by page |
//! | [`Searched`] | how far a search came that isn't made for ever |
//! | [`MemoryRecords`] | a store without a file |

mod accounts;
mod attempts;
mod memory;
mod searched;

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use async_trait::async_trait;

use crate::account::Account;
use crate::ids::AccountId;

pub use accounts::{
    AccountCounts, AccountPage, AccountSearch, AccountStatus, ImportAccount, ImportReport, PassedOver,
    UnknownStatus,
};
pub use attempts::{AttemptPage, AttemptRecord, AttemptSearch};
pub use memory::MemoryRecords;
pub use searched::Searched;

/// Takes some accounts; `Break` when they are enough.
pub type Take<'a> = &'a mut (dyn FnMut(Vec<Account>) -> ControlFlow<()> + Send);

/// The account table and the record of runs.
#[async_trait]
pub trait Records: Send + Sync {
    /// The accounts that a search finds, from a place on.
    ///
    /// # Errors
    /// When the store can't be read.
    async fn find_accounts(&self, search: &AccountSearch) -> Result<AccountPage, RecordsError>;

    /// Gives all accounts that a search lets through, whatever its limit, as they were at one
    /// moment: some at a time, in the order of their ids, until enough were taken.
    ///
    /// # Errors
    /// When the store can't be read.
    async fn all_accounts(&self, search: &AccountSearch, take: Take<'_>) -> Result<(), RecordsError>;

    /// One account.
    ///
    /// # Errors
    /// When the store can't be read.
    async fn account(&self, id: &AccountId) -> Result<Option<Account>, RecordsError>;

    /// How many accounts there are, by status. Reads the whole table.
    ///
    /// # Errors
    /// When the store can't be read.
    async fn count_accounts(&self) -> Result<AccountCounts, RecordsError>;

    /// Takes accounts into the table; those that don't fit are passed over and told.
    ///
    /// # Errors
    /// When the store can't be written; then some may be in: importing again completes it.
    async fn import_accounts(&self, accounts: Vec<ImportAccount>) -> Result<ImportReport, RecordsError>;

    /// Makes the rows of these accounts, or of all, available again; gives how many.
    ///
    /// # Errors
    /// When the store can't be written; then nothing was changed.
    async fn reset_accounts(&self, ids: Option<Vec<AccountId>>) -> Result<u64, RecordsError>;

    /// Those of these accounts that a bot holds now.
    ///
    /// # Errors
    /// When the store can't be read.
    async fn held_accounts(&self, ids: &[AccountId]) -> Result<BTreeSet<AccountId>, RecordsError>;

    /// The runs that a search finds, newest first, from a place on.
    ///
    /// # Errors
    /// When the store can't be read.
    async fn find_attempts(&self, search: &AttemptSearch) -> Result<AttemptPage, RecordsError>;

    /// One run by its number.
    ///
    /// # Errors
    /// When the store can't be read.
    async fn attempt(&self, id: i64) -> Result<Option<AttemptRecord>, RecordsError>;
}

/// Why a store couldn't do as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the store failed: {0}")]
pub struct RecordsError(pub String);
