//! A pool on a ledger on SQLite does what pools promise: the stories of the core's tests, without
//! those that wait. `LARIAT_POOL_STORIES=10000` tells more, `SEED=…` the same again.
#![allow(clippy::unwrap_used)]

#[path = "../../core/tests/pool_story/mod.rs"]
mod pool_story;

use std::sync::Arc;

use lariat_core::clock::{SharedClock, SystemClock};
use lariat_core::test_support::dice::{fresh_seed, from_environment};
use lariat_store::{Durability, Store, StoreOptions};
use pool_story::teller::tell;

#[tokio::test]
async fn a_pool_on_sqlite_does_what_pools_promise() {
    let first = from_environment("SEED").unwrap_or_else(fresh_seed);
    let stories = from_environment("LARIAT_POOL_STORIES").unwrap_or(12);
    for seed in first..first + stories {
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions::new(folder.path().join("state.db")).durability(Durability::Fast);
        let store = Arc::new(Store::open(options).await.unwrap());
        let clock: SharedClock = Arc::new(SystemClock);
        tell(store.clone(), clock, seed, 120, true).await;
        store.close().await;
    }
}
