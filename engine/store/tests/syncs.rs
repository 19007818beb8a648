//! A disk that can't make a commit durable: nobody is told that it is, and work goes on
//! with a log that was begun anew. (One test, since failpoints belong to the process.)
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::sync::Arc;

use common::{Fixture, account, ask, end, pool};
use lariat_core::clock::Clock;
use lariat_core::failpoint;
use lariat_core::ledger::{LeaseDecision, Ledger, LedgerError};
use lariat_core::outcome::Disposition;
use lariat_store::accounts::ImportAccount;
use lariat_store::{Durability, Store};

const ACCOUNTS: usize = 200;
const BOTS: usize = 40;

fn rows() -> Vec<ImportAccount> {
    let row = |number| ImportAccount { id: account(&format!("a{number}")), fields: Default::default() };
    (0..ACCOUNTS).map(row).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_synced_is_told_to_nobody_and_asked_again() {
    let fixture = Fixture::new();
    let store = Arc::new(Store::open(fixture.options().durability(Durability::Full)).await.unwrap());
    let log = fixture.options().path.with_file_name("state.db-wal");
    let log_length = || std::fs::metadata(&log).unwrap().len();

    failpoint::arm("store.sync=error@1").unwrap();
    store.import(rows()).await.unwrap_err();
    let before = log_length();
    assert_eq!(store.import(rows()).await.unwrap().unchanged, ACCOUNTS as u64, "it stands");
    assert!(log_length() < before, "the log that wasn't synced is in the database now");

    failpoint::arm("store.sync=error@1-2").unwrap();
    let request = ask("a0", "one");
    for _ in 0..2 {
        let refused = store.lease(request.clone()).await;
        assert!(matches!(&refused, Err(LedgerError::Store(why)) if why.contains("durable")), "{refused:?}");
    }
    let LeaseDecision::Granted { token } = store.lease(request.clone()).await.unwrap() else {
        panic!("its own lease is held from it")
    };
    let mut settle = end("a0", "one", token, Disposition::Completed, fixture.clock.now());
    settle.holder = request.holder;
    store.settle(settle).await.unwrap();

    // Those that are committed behind a failed sync fail with it.
    failpoint::arm("store.sync=error@4-6").unwrap();
    let bots = (0..BOTS).map(|bot| {
        let (store, clock) = (store.clone(), fixture.clock.clone());
        tokio::spawn(async move {
            let mut refused = 0;
            for number in (1..ACCOUNTS).filter(|number| number % BOTS == bot) {
                let request = ask(&format!("a{number}"), "one");
                let token = loop {
                    match store.lease(request.clone()).await {
                        Ok(LeaseDecision::Granted { token }) => break token,
                        Err(LedgerError::Store(_)) => refused += 1,
                        other => panic!("{other:?}"),
                    }
                };
                let mut settle =
                    end(&format!("a{number}"), "one", token, Disposition::Completed, clock.now());
                settle.holder = request.holder;
                while let Err(error) = store.settle(settle.clone()).await {
                    assert!(matches!(error, LedgerError::Store(_)), "{error}");
                    refused += 1;
                }
            }
            refused
        })
    });
    let mut refused = 0;
    for bot in futures::future::join_all(bots).await {
        refused += bot.unwrap();
    }
    failpoint::arm("").unwrap();
    assert!(refused >= 3, "{refused}");
    let history = store.history(&pool("one")).await.unwrap();
    assert_eq!((history.outcomes.len(), history.leases.len()), (ACCOUNTS, 0));
    assert_eq!(history.runs, ACCOUNTS as u64, "each is counted once");
    store.close().await;
}
