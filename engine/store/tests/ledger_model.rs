//! The ledger on SQLite keeps the promises, under random stories with crashes in them: an
//! engine that dies with requests on their way to the disk, and comes back.
//! `LARIAT_MODEL_STEPS=1000000` tells longer ones, `SEED=…` the same again (the moment of
//! a crash within a transaction is the machine's choice).
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use futures::poll;
use jiff::Timestamp;
use lariat_core::account::Account;
use lariat_core::clock::Clock;
use lariat_core::ids::{AccountId, PoolName};
use lariat_core::ledger::Ledger;
use lariat_core::records::{AccountSearch, Records as _};
use lariat_core::test_support::dice::{fresh_seed, from_environment};
use lariat_core::test_support::{
    ACCOUNTS, Answer, GHOST, ManualClock, Request, Row, Seen, Status, Subject, check, put,
};
use lariat_store::accounts::ImportAccount;
use lariat_store::{Durability, Store, StoreOptions};
use serde_json::Value;
use tokio::runtime::Runtime;

/// A store with the engine that has it open.
struct SqliteSubject {
    folder: tempfile::TempDir,
    clock: Arc<ManualClock>,
    life: Option<Life>,
}

/// One engine: everything of it ends with its runtime.
struct Life {
    runtime: Runtime,
    store: Store,
}

impl Life {
    fn begin(path: PathBuf, clock: Arc<ManualClock>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let options = StoreOptions::new(path).durability(Durability::Fast).clock(clock);
        let store = runtime.block_on(Store::open(options)).unwrap();
        Self { runtime, store }
    }
}

impl SqliteSubject {
    fn new() -> Self {
        let mut subject =
            Self { folder: tempfile::tempdir().unwrap(), clock: ManualClock::new(), life: None };
        subject.begin();
        let known = ACCOUNTS.iter().filter(|id| **id != GHOST);
        let rows =
            known.map(|id| ImportAccount { id: AccountId::new(id).unwrap(), fields: Default::default() });
        let life = subject.life();
        life.runtime.block_on(life.store.import(rows.collect())).unwrap();
        subject
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("state.db")
    }

    fn begin(&mut self) {
        self.life = Some(Life::begin(self.path(), self.clock.clone()));
    }

    fn life(&self) -> &Life {
        self.life.as_ref().unwrap()
    }
}

impl Subject for SqliteSubject {
    fn ask(&mut self, requests: Vec<Request>) -> Vec<Answer> {
        let life = self.life();
        life.runtime.block_on(join_all(requests.into_iter().map(|request| put(&life.store, request))))
    }

    fn crash(&mut self, turns: u32, requests: Vec<Request>) {
        let Life { runtime, store } = self.life.take().unwrap();
        runtime.block_on(async {
            let mut all = pin!(join_all(requests.into_iter().map(|request| put(&store, request))));
            for _ in 0..turns {
                if poll!(&mut all).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        });
        // Not one line of the engine runs after this but the transaction that its thread
        // is in the middle of, which happens or doesn't.
        drop(runtime);
        drop(store);
        wait_until_shut(self.folder.path());
        self.begin();
    }

    fn restart(&mut self) {
        let Life { runtime, store } = self.life.take().unwrap();
        runtime.block_on(store.close());
        drop(runtime);
        self.begin();
    }

    fn wait(&mut self, time: Duration) {
        self.clock.advance(time);
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn see(&mut self, pools: &[PoolName]) -> Seen {
        let life = self.life();
        life.runtime.block_on(async {
            let mut seen = Seen { histories: Default::default(), rows: None };
            for pool in pools {
                seen.histories.insert(pool.clone(), life.store.history(pool).await.unwrap());
            }
            let mut rows = BTreeMap::new();
            let mut take = |some: Vec<Account>| {
                rows.extend(some.iter().map(|account| (account.id.clone(), row(account))));
                ControlFlow::Continue(())
            };
            life.store.all_accounts(&AccountSearch::default(), &mut take).await.unwrap();
            seen.rows = Some(rows);
            seen
        })
    }
}

fn row(account: &Account) -> Row {
    let field = |name| account.get(name).unwrap();
    let status = match field("status").as_str().unwrap() {
        "available" => Status::Available,
        "in_use" => Status::InUse,
        "completed" => Status::Completed,
        "failed" => Status::Failed,
        "skipped" => Status::Skipped,
        other => panic!("the status {other}"),
    };
    Row {
        status,
        failures: u32::try_from(field("failure_count").as_i64().unwrap()).unwrap(),
        error: field("last_error").as_str().map(str::to_owned),
        completed: *field("completed_at") != Value::Null,
        cards: field("cards_found").as_i64().unwrap(),
    }
}

/// Waits until nobody in this process has a file of the folder open, as it is after the
/// death of a process.
fn wait_until_shut(folder: &Path) {
    let is_open = || {
        let mut files = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
        files.any(|file| std::fs::read_link(file.path()).is_ok_and(|path| path.starts_with(folder)))
    };
    while is_open() {
        std::thread::yield_now();
    }
}

#[test]
fn sqlite_keeps_the_promises() {
    let steps = from_environment("LARIAT_MODEL_STEPS").unwrap_or(6_000);
    check(steps, from_environment("SEED").unwrap_or_else(fresh_seed), SqliteSubject::new);
}
