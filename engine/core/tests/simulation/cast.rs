//! Sources whose lists change, and routines that do all that routines do.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lariat_core::account::{Account, AccountRow};
use lariat_core::definition::PoolDefinition;
use lariat_core::ids::{AccountId, InstanceId, LaunchId, PoolName};
use lariat_core::outcome::{Outcome, RunResult};
use lariat_core::routine::{Routine, RoutineError, RoutineInfo, RoutineRun};
use lariat_core::source::{AccountSource, Claim, PoolType, Selection, SourceError};
use lariat_core::test_support::Dice;
use parking_lot::Mutex;

use crate::truth::Truth;

/// What the pools select, by name, and how often asking fails (of 100).
#[derive(Default)]
pub struct Lists {
    pub selected: Mutex<BTreeMap<PoolName, Vec<AccountId>>>,
    pub trouble: Mutex<u64>,
}

pub struct ListType {
    pub lists: Arc<Lists>,
    pub dice: Arc<Mutex<Dice>>,
}

struct List {
    lists: Arc<Lists>,
    dice: Arc<Mutex<Dice>>,
    pool: PoolName,
}

#[async_trait]
impl PoolType for ListType {
    fn name(&self) -> &str {
        "list"
    }
    async fn open(&self, definition: &PoolDefinition) -> Result<Arc<dyn AccountSource>, SourceError> {
        let (lists, dice) = (self.lists.clone(), self.dice.clone());
        Ok(Arc::new(List { lists, dice, pool: definition.name.clone() }))
    }
}

impl List {
    fn fails(&self) -> bool {
        let trouble = *self.lists.trouble.lock();
        self.dice.lock().percent(trouble)
    }
}

#[async_trait]
impl AccountSource for List {
    async fn fetch(&self) -> Result<Selection, SourceError> {
        let selected = self.lists.selected.lock().get(&self.pool).cloned().unwrap_or_default();
        let pause = self.dice.lock().between(0, 900);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        if self.fails() {
            return Err(SourceError::Unavailable("the list is gone".into()));
        }
        Ok(Selection { accounts: selected.into_iter().map(AccountRow::bare).collect(), warnings: vec![] })
    }

    async fn claim(&self, _: &Account) -> Result<Claim, SourceError> {
        match self.fails() {
            true if self.dice.lock().percent(50) => Ok(Claim::Refused("taken elsewhere".into())),
            true => Err(SourceError::Unavailable("nobody answers".into())),
            false => Ok(Claim::Granted),
        }
    }
}

/// Does what a routine may do; only what is good when the storm is over.
pub struct Anything {
    pub info: RoutineInfo,
    pub truth: Arc<Mutex<Truth>>,
    pub dice: Arc<Mutex<Dice>>,
    pub calm: Arc<Mutex<bool>>,
}

/// Notes the end of a run, also of one that is dropped.
struct Running {
    truth: Arc<Mutex<Truth>>,
    account: AccountId,
    launch: LaunchId,
    instance: InstanceId,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.truth.lock().ends(&self.account, self.launch, self.instance);
    }
}

#[async_trait]
impl Routine for Anything {
    fn info(&self) -> &RoutineInfo {
        &self.info
    }

    async fn run(&self, run: RoutineRun) -> Result<Outcome, RoutineError> {
        let _running = run.account.as_ref().map(|account| {
            self.truth.lock().begins(&account.id, run.launch, run.instance);
            let (truth, account) = (self.truth.clone(), account.id.clone());
            Running { truth, account, launch: run.launch, instance: run.instance }
        });
        let (how, pause) = {
            let mut dice = self.dice.lock();
            let calm = *self.calm.lock();
            let weights = [60, 16, 6, 6, 4, 2, 2, 1];
            let how = if calm { 0 } else { dice.weighted(&weights) };
            (how, dice.between(50, if calm { 500 } else { 20_000 }))
        };
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let reason = || "for a reason".to_owned();
        match how {
            0 => {
                run.progress.report(1.0, 1.0);
                Ok(Outcome::Completed(RunResult::from_iter([("n".to_owned(), 1.into())])))
            }
            1 => Ok(Outcome::Failed { reason: reason() }),
            2 => Ok(Outcome::Skipped { reason: reason() }),
            3 => Ok(Outcome::Returned { reason: reason() }),
            4 => Err(RoutineError::Raised { message: reason(), traceback: None }),
            // A panic, without the noise.
            5 => std::panic::resume_unwind(Box::new("the routine panicked")),
            6 => {
                run.stopping.cancelled().await;
                Ok(Outcome::Failed { reason: reason() })
            }
            _ => std::future::pending().await,
        }
    }
}
