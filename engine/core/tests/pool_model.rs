//! A pool on a ledger in memory does what pools promise. `LARIAT_POOL_STORIES=10000` tells more
//! stories, `SEED=…` the same again.
#![allow(clippy::unwrap_used)]

mod pool_story;

use std::sync::Arc;

use lariat_core::ledger::MemoryLedger;
use lariat_core::test_support::dice::{fresh_seed, from_environment};
use pool_story::teller::{paused_clock, tell};

#[test]
fn a_pool_does_what_pools_promise() {
    let first = from_environment("SEED").unwrap_or_else(fresh_seed);
    let stories = from_environment("LARIAT_POOL_STORIES").unwrap_or(150);
    for seed in first..first + stories {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(async {
            let clock = paused_clock();
            tell(Arc::new(MemoryLedger::new(clock.clone())), clock, seed, 120, false).await;
        });
    }
}
