//! One pool that floods the writer doesn't starve another: requests are served in the
//! order in which they come.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use common::{Fixture, end, lease};
use lariat_core::clock::Clock;
use lariat_core::ledger::Ledger;
use lariat_core::outcome::Disposition;

#[tokio::test]
async fn a_flood_from_one_pool_does_not_starve_another() {
    const FLOOD: u64 = 2_000;
    const CYCLES: u64 = 20;
    let fixture = Fixture::new();
    let store = Arc::new(fixture.open().await);
    let (over, served) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut flood = tokio::task::JoinSet::new();
    for bot in 0..FLOOD {
        let (store, over, served, clock) =
            (store.clone(), over.clone(), served.clone(), fixture.clock.clone());
        flood.spawn(async move {
            let id = format!("flood-{bot}");
            while !over.load(Ordering::SeqCst) {
                let token = lease(&*store, &id, "flood").await;
                let settle = end(&id, "flood", token, Disposition::Returned, clock.now());
                store.settle(settle).await.unwrap();
                served.fetch_add(2, Ordering::SeqCst);
            }
        });
    }
    while served.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    for _ in 0..CYCLES {
        let before = served.load(Ordering::SeqCst);
        let token = lease(&*store, "quiet", "quiet").await;
        let settle = end("quiet", "quiet", token, Disposition::Returned, fixture.clock.now());
        store.settle(settle).await.unwrap();
        // Each of the two requests waits for those before it, and a bot of the flood has
        // one at a time.
        let meanwhile = served.load(Ordering::SeqCst) - before;
        assert!(meanwhile <= 8 * FLOOD, "{meanwhile} went first");
    }
    over.store(true, Ordering::SeqCst);
    while let Some(done) = flood.join_next().await {
        done.unwrap();
    }
}
