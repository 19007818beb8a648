//! The record of runs: found page by page, shown with what was logged, tried again.
//!
//! A run is tried again by making its account available: its row in the account table is
//! reset, and its pool forgets what became of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use lariat_core::clock::Moment;
use lariat_core::ids::{AccountId, GroupName, InstanceId, LaunchId, PoolName};
use lariat_core::outcome::{Disposition, RunResult};
use lariat_core::records::{AttemptRecord, AttemptSearch, Records};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Service;
use super::accounts::{MOST_ROWS, Page};
use super::error::{Code, ServiceError};

/// Most accounts that are made available again at once.
const MOST_RETRIED: usize = 10_000;

/// One run of a routine.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Its number; later runs have larger ones.
    pub id: i64,
    /// Its launch.
    pub launch_id: LaunchId,
    /// When it began.
    #[schemars(with = "Moment")]
    pub started: Timestamp,
    /// When it ended.
    #[schemars(with = "Moment")]
    pub ended: Timestamp,
    /// How it ended.
    pub outcome: Disposition,
    /// The error or the reason.
    pub error: Option<String>,
    /// The routine's result.
    pub result: RunResult,
    /// Its account; none without a pool.
    pub account: Option<AccountId>,
    /// Its pool.
    pub pool: Option<PoolName>,
    /// Its group.
    pub group: GroupName,
    /// What it ran on.
    pub instance: InstanceId,
    /// The routine.
    pub routine: String,
    /// The routine's generation.
    pub generation: u64,
}

impl From<AttemptRecord> for Run {
    fn from(run: AttemptRecord) -> Self {
        let AttemptRecord { id, holder, account, pool, started, ended, outcome, error, result } = run;
        let (launch_id, group, instance) = (holder.launch, holder.group, holder.instance);
        let (routine, generation) = (holder.routine, holder.generation);
        Self {
            id,
            launch_id,
            started,
            ended,
            outcome,
            error,
            result,
            account,
            pool,
            group,
            instance,
            routine,
            generation,
        }
    }
}

/// A run with what was logged meanwhile.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RunShown {
    /// The run.
    #[serde(flatten)]
    pub run: Run,
    /// What was logged of it, as far as log files are kept.
    pub log: RunLog,
}

/// What was logged of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct RunLog {
    /// The lines, the oldest first: `timestamp`, `level`, `message`, and whatever else they say.
    pub lines: Vec<Map<String, Value>>,
    /// Whether there were more.
    pub cut: bool,
}

/// Which runs are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RunFilter {
    /// Only those of this group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupName>,
    /// Only those through this pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool: Option<PoolName>,
    /// Only those on this account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// Only those of this launch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launch: Option<LaunchId>,
    /// Only those that ended so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Disposition>,
}

impl RunFilter {
    /// The search for `limit` of them, from a place on.
    pub fn search(self, before: Option<i64>, limit: u32) -> AttemptSearch {
        let Self { group, pool, account, launch, outcome } = self;
        AttemptSearch { group, pool, account, launch, outcome, before, limit }
    }
}

/// Which runs are to be tried again.
#[derive(Debug, Clone)]
pub enum Again {
    /// Those of these numbers.
    Ids(Vec<i64>),
    /// Those that a filter lets through, which must say something. An account with which
    /// something else happened since isn't touched.
    Filter(RunFilter),
}

/// What came of trying runs again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Retried {
    /// Accounts that are available again; or that would be, if only that was asked.
    pub accounts: u64,
    /// Accounts that a bot holds: nothing was done to them.
    pub in_use: u64,
    /// Accounts that had another run since, which ended otherwise: nothing was done to them.
    pub superseded: u64,
    /// Why some are available, but not served again by their pool.
    pub problems: Vec<String>,
}

/// An account in the pool that served it.
type Served = (PoolName, AccountId);

impl Service {
    /// Some runs, newest first.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn attempts(&self, mut search: AttemptSearch) -> Result<Page<Run>, ServiceError> {
        search.limit = search.limit.clamp(1, MOST_ROWS);
        let page = self.records()?.find_attempts(&search).await?;
        Ok(Page {
            items: page.attempts.into_iter().map(Run::from).collect(),
            next: page.next.map(|before| before.to_string()),
            searched: page.searched,
        })
    }

    /// One run, with its log.
    ///
    /// # Errors
    /// When there is none of that number, any more.
    pub async fn attempt(&self, id: i64) -> Result<RunShown, ServiceError> {
        let run = known(&*self.records()?, id).await?;
        let log = self.keeper.log_of(&run).await;
        Ok(RunShown { run: run.into(), log })
    }

    /// Makes the accounts of these runs available again, also to the pools that served
    /// them; with `dry_run`, only says how many that would be. Accounts that a bot holds
    /// are left alone.
    ///
    /// # Errors
    /// When there is no such run, the filter says nothing or finds more than can be done at
    /// once, or the store failed.
    pub async fn retry(&self, again: Again, dry_run: bool) -> Result<Retried, ServiceError> {
        let records = self.records()?;
        let mut done = Retried::default();
        let mut served = match again {
            Again::Ids(ids) => by_id(&*records, ids).await?,
            Again::Filter(filter) => {
                let found = by_filter(&*records, &filter).await?;
                let before = found.len();
                let still = still(&*records, found, &filter).await?;
                done.superseded = count(before - still.len());
                still
            }
        };
        let ids: BTreeSet<AccountId> = served.iter().map(|(_, account)| account.clone()).collect();
        let ids: Vec<AccountId> = ids.into_iter().collect();
        let held = records.held_accounts(&ids).await?;
        let before = served.len();
        served.retain(|(_, account)| !held.contains(account));
        done.in_use = count(before - served.len());
        done.accounts = count(served.len());
        if dry_run || served.is_empty() {
            return Ok(done);
        }
        // The rows first: a pool selects anew when it is reset.
        let free = ids.into_iter().filter(|id| !held.contains(id)).collect();
        records.reset_accounts(Some(free)).await?;
        let mut pools: BTreeMap<PoolName, Vec<AccountId>> = BTreeMap::new();
        for (pool, account) in served {
            pools.entry(pool).or_default().push(account);
        }
        for (pool, accounts) in pools {
            if let Err(error) = self.orchestrator.pool_manager().reset(&pool, Some(accounts)).await {
                done.problems.push(error.to_string());
            }
        }
        Ok(done)
    }
}

async fn known(records: &dyn Records, id: i64) -> Result<AttemptRecord, ServiceError> {
    let missing =
        || ServiceError::new(Code::NotFound, format!("there is no run {id}; old ones are forgotten"));
    records.attempt(id).await?.ok_or_else(missing)
}

async fn by_id(records: &dyn Records, ids: Vec<i64>) -> Result<BTreeSet<Served>, ServiceError> {
    if ids.len() > MOST_RETRIED {
        return Err(too_many());
    }
    let mut served = BTreeSet::new();
    for id in ids {
        let run = known(records, id).await?;
        served.extend(run.pool.zip(run.account));
    }
    Ok(served)
}

async fn by_filter(records: &dyn Records, filter: &RunFilter) -> Result<BTreeSet<Served>, ServiceError> {
    if *filter == RunFilter::default() {
        let told = "say which runs: by group, pool, account, launch or outcome";
        return Err(ServiceError::new(Code::Invalid, told));
    }
    let (mut served, mut before) = (BTreeSet::new(), None);
    loop {
        let page = records.find_attempts(&filter.clone().search(before, MOST_ROWS)).await?;
        served.extend(page.attempts.into_iter().filter_map(|run| run.pool.zip(run.account)));
        if served.len() > MOST_RETRIED {
            return Err(too_many());
        }
        match page.next {
            None => return Ok(served),
            next => before = next,
        }
    }
}

/// Those of which the last run is still one that was meant.
async fn still(
    records: &dyn Records,
    served: BTreeSet<Served>,
    filter: &RunFilter,
) -> Result<BTreeSet<Served>, ServiceError> {
    let meant = filter.clone().search(None, 1);
    let mut still = BTreeSet::new();
    for (pool, account) in served {
        let of =
            RunFilter { pool: Some(pool.clone()), account: Some(account.clone()), ..RunFilter::default() };
        let last = records.find_attempts(&of.search(None, 1)).await?.attempts;
        if last.iter().all(|run| meant.takes(run)) {
            still.insert((pool, account));
        }
    }
    Ok(still)
}

fn too_many() -> ServiceError {
    let told = format!("more than {MOST_RETRIED} accounts; say more narrowly which");
    ServiceError::new(Code::Refused, told)
}

fn count(accounts: usize) -> u64 {
    u64::try_from(accounts).unwrap_or(u64::MAX)
}
