//! The record of runs as it is asked and answers.

use jiff::Timestamp;

use super::Searched;
use crate::ids::{AccountId, GroupName, LaunchId, PoolName};
use crate::ledger::Holder;
use crate::outcome::{Disposition, RunResult};

/// One run of a routine.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptRecord {
    /// Its number; later runs have larger ones.
    pub id: i64,
    /// Whose run it was.
    pub holder: Holder,
    /// On which account; none without a pool.
    pub account: Option<AccountId>,
    /// Through which pool.
    pub pool: Option<PoolName>,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// How it ended.
    pub outcome: Disposition,
    /// The error or the reason.
    pub error: Option<String>,
    /// The routine's result.
    pub result: RunResult,
}

/// Which runs are wanted, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttemptSearch {
    /// Only those of this group.
    pub group: Option<GroupName>,
    /// Only those through this pool.
    pub pool: Option<PoolName>,
    /// Only those on this account.
    pub account: Option<AccountId>,
    /// Only those of this launch.
    pub launch: Option<LaunchId>,
    /// Only those that ended so.
    pub outcome: Option<Disposition>,
    /// Only those with a smaller number.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

impl AttemptSearch {
    /// Whether runs must be looked at that aren't wanted.
    pub const fn looks_around(&self) -> bool {
        let chooses =
            self.group.is_some() || self.pool.is_some() || self.launch.is_some() || self.outcome.is_some();
        chooses && self.account.is_none()
    }

    /// Whether a run is wanted, whatever the limit.
    pub fn takes(&self, run: &AttemptRecord) -> bool {
        fn fits<T: PartialEq>(wanted: &Option<T>, has: Option<&T>) -> bool {
            wanted.as_ref().is_none_or(|wanted| has == Some(wanted))
        }
        fits(&self.group, Some(&run.holder.group))
            && fits(&self.pool, run.pool.as_ref())
            && fits(&self.account, run.account.as_ref())
            && fits(&self.launch, Some(&run.holder.launch))
            && fits(&self.outcome, Some(&run.outcome))
            && self.before.is_none_or(|before| run.id < before)
    }
}

/// Some of the runs that a search finds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AttemptPage {
    /// The runs, newest first. May be fewer than the search's limit, or none, though there
    /// are more behind `next`: a page isn't looked for for ever.
    pub attempts: Vec<AttemptRecord>,
    /// Where to go on (`before`); none at the end.
    pub next: Option<i64>,
    /// How far the search came, where some runs aren't wanted. Those of one account are
    /// found without a look at the others.
    pub searched: Option<Searched>,
}
