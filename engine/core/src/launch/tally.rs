//! What became of the accounts of one launch.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::AccountId;
use crate::launch::trouble::Troubles;
use crate::ledger::Total;
use crate::outcome::{Disposition, RunResult};

/// Settlements by what became of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct AccountTally {
    /// Done.
    pub completed: u64,
    /// Failed for good.
    pub failed: u64,
    /// Skipped.
    pub skipped: u64,
    /// Back in the pool untouched.
    pub returned: u64,
    /// Failed, and back in the pool for another try.
    pub retried: u64,
    /// Lost to somebody else; their result wasn't counted.
    pub fenced: u64,
    /// Leased, but not given: the pool's source refused or couldn't be asked.
    pub refused: u64,
}

impl AccountTally {
    /// Counts one settlement.
    pub fn add(&mut self, disposition: Disposition) {
        *match disposition {
            Disposition::Completed => &mut self.completed,
            Disposition::Failed => &mut self.failed,
            Disposition::Skipped => &mut self.skipped,
            Disposition::Returned => &mut self.returned,
            Disposition::Retried => &mut self.retried,
            Disposition::Fenced => &mut self.fenced,
        } += 1;
    }

    /// Accounts that the launch is done with.
    pub fn settled(&self) -> u64 {
        self.completed + self.failed + self.skipped
    }
}

/// Counts and sums of a launch so far.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Settlements.
    pub accounts: AccountTally,
    /// Sums of the numeric results.
    pub totals: BTreeMap<String, Total>,
    /// Why runs failed.
    pub(crate) failures: Troubles,
    /// Why accounts couldn't be claimed.
    pub(crate) refusals: Troubles,
}

impl Tally {
    /// Counts one settlement and adds up its result.
    pub fn add(&mut self, disposition: Disposition, result: Option<&RunResult>) {
        self.accounts.add(disposition);
        self.add_result(disposition, result);
    }

    /// Counts an account that couldn't be claimed.
    pub(crate) fn refuse(&mut self, account: &AccountId, reason: &str) {
        self.accounts.refused += 1;
        self.refusals.add(reason, Some(account));
    }

    /// Adds up the result of a run without an account.
    pub fn add_result(&mut self, disposition: Disposition, result: Option<&RunResult>) {
        if let Some(result) = result.filter(|_| disposition == Disposition::Completed) {
            Total::add_result(&mut self.totals, result);
        }
    }
}
