//! Accounts of which only the ledger knows what became: their settlement was given up
//! before its answer came, or the pool was reset before it came.

use std::collections::HashSet;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::runtime::Pool;
use crate::ids::AccountId;
use crate::ledger::OutcomeState;

/// What a pool must ask the ledger about before it goes by what it remembers.
#[derive(Debug, Default)]
pub(super) struct Uncertain {
    accounts: HashSet<AccountId>,
    resets: u64,
}

impl Uncertain {
    /// How often the pool was reset. A settlement that was asked for before a reset and
    /// answered after it was made in an order that only the ledger knows.
    pub(super) fn resets(&self) -> u64 {
        self.resets
    }

    /// The pool was reset, wholly or in part.
    pub(super) fn note_reset(&mut self) {
        self.resets += 1;
    }

    /// The failures of an account aren't known any more.
    pub(super) fn add(&mut self, account: AccountId) {
        self.accounts.insert(account);
    }
}

impl Pool {
    /// Asks the ledger how often an account has failed, if that isn't certain. Reads the
    /// pool's whole history, which is rare. Waits while the store fails; when `give_up` is
    /// cancelled meanwhile, the account is asked about again at its next lease.
    pub(super) async fn make_certain(self: &Arc<Self>, account: &AccountId, give_up: &CancellationToken) {
        let resets = {
            let state = self.state.lock();
            if !state.uncertain.accounts.contains(account) {
                return;
            }
            state.uncertain.resets
        };
        let history = || self.around.ledger.history(&self.name);
        let history = match self.around.health.insist(give_up, history).await {
            Ok(history) => history,
            Err(error) => {
                tracing::debug!(pool = %self.name, %account, %error, "couldn't ask how often an account has failed");
                return;
            }
        };
        let outcome = history.outcomes.iter().find(|outcome| outcome.account == *account);
        // One that is done and served again all the same, by `repeat_after`, begins anew.
        let failures = outcome.filter(|it| it.state == OutcomeState::Retry).map_or(0, |it| it.failures);
        let mut state = self.state.lock();
        if state.uncertain.resets == resets {
            state.uncertain.accounts.remove(account);
            state.roster.set_failures(account, failures);
        }
    }
}
