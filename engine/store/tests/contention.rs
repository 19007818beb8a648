//! Many bots on many threads want the same few accounts: each has one holder at a time, and
//! whatever is counted is counted once.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use common::{Fixture, ask, end, pool, result};
use lariat_core::clock::Clock;
use lariat_core::ledger::{LeaseDecision, Ledger, Total};
use lariat_core::outcome::Disposition;
use lariat_core::test_support::Dice;
use lariat_core::test_support::dice::{fresh_seed, from_environment};
use serde_json::json;

const ACCOUNTS: [&str; 5] = ["a", "b", "c", "d", "e"];
const POOLS: [&str; 3] = ["one", "two", "three"];
const BOTS: u64 = 24;
const TURNS: u64 = 120;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_account_has_one_holder_however_many_threads_ask() {
    let seed = from_environment("SEED").unwrap_or_else(fresh_seed);
    eprintln!("SEED={seed}");
    let fixture = Fixture::new();
    let store = Arc::new(fixture.open().await);
    // Who holds an account as the bots know it: 0 is nobody.
    let holders: Arc<[AtomicU64; 5]> = Arc::default();
    let granted = Arc::new(AtomicU64::new(0));
    let bots = (1..=BOTS).map(|bot| {
        let (store, holders, granted) = (store.clone(), holders.clone(), granted.clone());
        let (clock, mut dice) = (fixture.clock.clone(), Dice::new(seed + bot));
        tokio::spawn(async move {
            let mut last_token = 0;
            for _ in 0..TURNS {
                let (at, of) = (dice.below(ACCOUNTS.len()), *dice.pick(&POOLS));
                let LeaseDecision::Granted { token } = store.lease(ask(ACCOUNTS[at], of)).await.unwrap()
                else {
                    continue;
                };
                assert_eq!(holders[at].swap(bot, Ordering::SeqCst), 0, "{} is held twice", ACCOUNTS[at]);
                assert!(token.0 > last_token, "the token {} again", token.0);
                last_token = token.0;
                granted.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                assert_eq!(holders[at].swap(0, Ordering::SeqCst), bot);
                // Returned, but run: so that the accounts stay in play, and all is counted.
                let mut settle = end(ACCOUNTS[at], of, token, Disposition::Retried, clock.now());
                settle.result = result(json!({"n": 1}));
                store.settle(settle).await.unwrap();
            }
        })
    });
    for ended in futures::future::join_all(bots).await {
        ended.unwrap();
    }
    let mut runs = 0;
    for name in POOLS {
        let history = store.history(&pool(name)).await.unwrap();
        assert!(history.leases.is_empty());
        assert_eq!(
            history.totals.get("n").copied().unwrap_or_default(),
            Total::Int(0),
            "only completed runs add up"
        );
        runs += history.runs;
    }
    assert_eq!(runs, granted.load(Ordering::SeqCst));
    assert!(runs > TURNS);
    store.close().await;
}
