//! The right of one bot to one account.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::error::PoolError;
use super::runtime::Pool;
use crate::account::Account;
use crate::ids::LeaseToken;
use crate::ledger::Holder;
use crate::outcome::{Disposition, Outcome};

/// The exclusive, durable right to one account. [`Lease::settle`] consumes it, so that
/// it can't be settled twice; a lease that is dropped returns its account.
#[must_use = "a lease that is dropped returns its account"]
pub struct Lease {
    pub(super) account: Arc<Account>,
    pub(super) held: Option<Held>,
}

/// What the pool needs to settle a lease.
pub(super) struct Held {
    pub(super) pool: Arc<Pool>,
    pub(super) token: LeaseToken,
    pub(super) holder: Holder,
    /// Cancelled when somebody has taken the lease over.
    pub(super) lost: CancellationToken,
}

/// When a run began and how long it took.
#[derive(Debug, Clone, Copy)]
pub struct RunFacts {
    /// When it began.
    pub started: Timestamp,
    /// How long it took.
    pub elapsed: Duration,
}

impl Lease {
    /// The account.
    pub fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// Cancelled when it is known that somebody has taken the lease over, so that
    /// working on the account should end.
    pub fn lost(&self) -> CancellationToken {
        self.held.as_ref().map(|held| held.lost.clone()).unwrap_or_default()
    }

    /// Notes which generation of the routine works on it, if it isn't the one that the
    /// lease was asked for with.
    pub fn run_by(&mut self, generation: u64) {
        if let Some(held) = &mut self.held {
            held.holder.generation = generation;
        }
    }

    /// Ends the lease; what became of the account is durable when this returns, however
    /// long the ledger's store fails. `run` is `None` when the routine never ran.
    ///
    /// # Errors
    /// When the ledger is closed or rejects the record: the account stays leased until
    /// the engine starts anew.
    pub async fn settle(self, outcome: Outcome, run: Option<RunFacts>) -> Result<Disposition, PoolError> {
        self.settle_unless(&outcome, run, &CancellationToken::new()).await
    }

    /// As [`Lease::settle`], but stops waiting for a store that fails when `give_up` is
    /// cancelled.
    ///
    /// # Errors
    /// As for [`Lease::settle`], and the store's when giving up.
    pub async fn settle_unless(
        mut self,
        outcome: &Outcome,
        run: Option<RunFacts>,
        give_up: &CancellationToken,
    ) -> Result<Disposition, PoolError> {
        match self.held.take() {
            Some(held) => {
                let pool = held.pool.clone();
                pool.settle(&self.account, held, outcome, run, give_up).await
            }
            None => Ok(Disposition::Fenced),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(held) = self.held.take() else { return };
        let account = self.account.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let pool = held.pool.clone();
                let outcome = Outcome::Returned { reason: "the bot ended without an outcome".into() };
                if let Err(error) =
                    pool.settle(&account, held, &outcome, None, &CancellationToken::new()).await
                {
                    tracing::error!(account = %account.id, %error, "an abandoned lease couldn't be returned");
                }
            });
        }
        // Without a runtime the engine is going down; the next start returns the lease.
    }
}

impl std::fmt::Debug for Lease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lease({})", self.account.id)
    }
}
