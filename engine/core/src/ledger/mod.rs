//! The ledger: the durable record of leases and outcomes, and the only authority on
//! who holds what. This is the trait; `lariat-store` keeps it in SQLite,
//! [`MemoryLedger`] in memory for tests and experiments.
//!
//! The promises (the README has them for users):
//! an answer is given only after what it says is durable; an account is held by at
//! most one holder, whatever the pool; a settlement with an outdated token changes
//! nothing.

mod health;
mod kept;
mod memory;
mod types;

use async_trait::async_trait;

use crate::ids::{AccountId, PoolName};

pub use health::{LedgerHealth, Outage};
pub use kept::{AccountIds, KeptSelection};
pub use memory::MemoryLedger;
pub use types::{
    AccountOutcome, Attempt, Holder, LeaseDecision, LeaseRequest, LedgerError, LiveLease, OutcomeState,
    PoolHistory, Renewal, ResetReport, SettleRequest, Total,
};

/// The durable record of leases and outcomes.
///
/// All methods may be called from many tasks at once; an implementation is free to
/// make many calls durable with one sync. A call whose future is dropped may still
/// have its effect.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Leases one account, unless somebody holds it or the pool has settled it. To the
    /// same holder and pool it is granted anew, with a new token: that one asks since the
    /// answer to an earlier request was lost.
    ///
    /// # Errors
    /// Only when the ledger itself failed; a refusal is a [`LeaseDecision`].
    async fn lease(&self, request: LeaseRequest) -> Result<LeaseDecision, LedgerError>;

    /// Ends a lease: the lease, the pool's outcome, the account's row, the pool's
    /// totals and the attempt change together or not at all. A lease that nobody renewed
    /// for its `ttl` can still be settled as long as nobody has taken it over. The same
    /// run's settlement may be asked for again when its answer was lost.
    ///
    /// # Errors
    /// [`LedgerError::Fenced`] when the token isn't the newest of this account, so
    /// that the lease is no longer the caller's.
    async fn settle(&self, request: SettleRequest) -> Result<(), LedgerError>;

    /// Prolongs leases; gives back the accounts whose lease was lost.
    ///
    /// # Errors
    /// Only when the ledger itself failed.
    async fn renew(&self, renewals: Vec<Renewal>) -> Result<Vec<AccountId>, LedgerError>;

    /// Records a run without an account.
    ///
    /// # Errors
    /// Only when the ledger itself failed.
    async fn record_attempt(&self, attempt: Attempt) -> Result<(), LedgerError>;

    /// What is known of a pool: outcomes since its last reset, leases, totals.
    ///
    /// # Errors
    /// Only when the ledger itself failed.
    async fn history(&self, pool: &PoolName) -> Result<PoolHistory, LedgerError>;

    /// Remembers that a pool was refreshed now.
    ///
    /// # Errors
    /// Only when the ledger itself failed.
    async fn record_refresh(&self, pool: &PoolName) -> Result<(), LedgerError>;

    /// Keeps what a refresh selected, in its order, for whoever opens the pool later
    /// and doesn't want it selected anew; one selection a pool, the last one.
    ///
    /// # Errors
    /// Only when the ledger itself failed.
    async fn keep_selection(&self, pool: &PoolName, selection: KeptSelection) -> Result<(), LedgerError>;

    /// What [`Ledger::keep_selection`] kept last.
    ///
    /// # Errors
    /// Only when the ledger itself failed.
    async fn kept_selection(&self, pool: &PoolName) -> Result<Option<KeptSelection>, LedgerError>;

    /// Forgets a pool's outcomes and totals, and makes the accounts it had settled
    /// available again; leases stay. With `only`, for these accounts alone.
    ///
    /// # Errors
    /// Only when the ledger itself failed.
    async fn reset(&self, pool: &PoolName, only: Option<Vec<AccountId>>) -> Result<ResetReport, LedgerError>;

    /// Returns every lease of this store's earlier engines, which are dead when this
    /// is called: the caller holds the store's lock.
    ///
    /// # Errors
    /// Only when the ledger itself failed.
    async fn rescue(&self) -> Result<Vec<LiveLease>, LedgerError>;
}
