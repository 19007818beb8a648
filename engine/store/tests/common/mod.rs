//! What the store's tests share.
#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use lariat_core::account::Account;
use lariat_core::ids::{AccountId, GroupName, InstanceId, LaunchId, LeaseToken, PoolName};
use lariat_core::ledger::{Holder, LeaseDecision, LeaseRequest, Ledger, SettleRequest};
use lariat_core::outcome::{Disposition, RunResult};
use lariat_core::records::{AccountSearch, AttemptRecord, AttemptSearch, Records as _};
pub use lariat_core::test_support::ManualClock;
use lariat_store::{Durability, Store, StoreOptions};
use serde_json::{Value, json};

/// A store in a folder of its own.
pub struct Fixture {
    pub folder: tempfile::TempDir,
    pub clock: Arc<ManualClock>,
}

impl Fixture {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), clock: ManualClock::new() }
    }

    pub fn options(&self) -> StoreOptions {
        StoreOptions::new(self.folder.path().join(".lariat/state.db"))
            .durability(Durability::Fast)
            .clock(self.clock.clone())
    }

    pub async fn open(&self) -> Store {
        Store::open(self.options()).await.unwrap()
    }
}

pub fn account(id: &str) -> AccountId {
    AccountId::new(id).unwrap()
}

pub fn pool(name: &str) -> PoolName {
    PoolName::new(name).unwrap()
}

pub fn holder() -> Holder {
    Holder {
        launch: LaunchId::random(),
        group: GroupName::new("Farmers").unwrap(),
        instance: InstanceId(3),
        routine: "OpenPacks".into(),
        generation: 1,
    }
}

pub fn ask(id: &str, from: &str) -> LeaseRequest {
    LeaseRequest {
        account: account(id),
        pool: pool(from),
        holder: holder(),
        ttl: Duration::from_secs(600),
        repeat_after: None,
    }
}

/// A settlement of a run of two seconds.
pub fn end(id: &str, of: &str, token: LeaseToken, disposition: Disposition, now: Timestamp) -> SettleRequest {
    let failed = matches!(disposition, Disposition::Failed | Disposition::Retried);
    SettleRequest {
        token,
        account: account(id),
        pool: pool(of),
        holder: holder(),
        disposition,
        failures: u32::from(failed),
        error: failed.then(|| "no button".to_owned()),
        result: RunResult::new(),
        started: Some(now),
        elapsed: Duration::from_secs(2),
    }
}

pub fn result(value: Value) -> RunResult {
    value.as_object().unwrap().clone()
}

/// Leases an account that is free.
pub async fn lease(ledger: &dyn Ledger, id: &str, from: &str) -> LeaseToken {
    match ledger.lease(ask(id, from)).await.unwrap() {
        LeaseDecision::Granted { token } => token,
        other => panic!("{id} from {from}: {other:?}"),
    }
}

/// A field of an account's row.
pub async fn field(store: &Store, id: &str, name: &str) -> Value {
    store
        .get_account(&account(id))
        .await
        .unwrap()
        .unwrap()
        .get(name)
        .cloned()
        .unwrap_or(json!("no such field"))
}

/// The latest runs, newest first; of one account, or of all.
pub async fn latest_runs(store: &Store, of: Option<&str>, most: u32) -> Vec<AttemptRecord> {
    let search = AttemptSearch { account: of.map(account), limit: most, ..AttemptSearch::default() };
    store.find_attempts(&search).await.unwrap().attempts
}

/// All accounts that a search lets through.
pub async fn accounts(store: &Store, search: &AccountSearch) -> Vec<Account> {
    let mut all = Vec::new();
    let mut take = |some: Vec<Account>| {
        all.extend(some);
        ControlFlow::Continue(())
    };
    store.all_accounts(search, &mut take).await.unwrap();
    all
}
