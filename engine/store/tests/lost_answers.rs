//! A commit that reports an error and stands: whoever asks again is answered as if it had
//! been told. (One test, since failpoints belong to the process.)
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{Fixture, account, ask, end, field, latest_runs, pool};
use lariat_core::clock::Clock;
use lariat_core::failpoint;
use lariat_core::ledger::{LeaseDecision, Ledger};
use lariat_core::outcome::Disposition;
use lariat_store::accounts::ImportAccount;
use serde_json::json;

#[tokio::test]
async fn who_asks_again_is_answered_as_before() {
    let fixture = Fixture::new();
    let store = fixture.open().await;
    let row = ImportAccount { id: account("a"), fields: Default::default() };
    store.import(vec![row]).await.unwrap();
    let request = ask("a", "one");

    failpoint::arm("store.lease.done=error@1").unwrap();
    store.lease(request.clone()).await.unwrap_err();
    assert_eq!(store.history(&pool("one")).await.unwrap().leases.len(), 1, "it stands");
    assert!(matches!(store.lease(ask("a", "one")).await.unwrap(), LeaseDecision::Held { .. }), "to others");
    let LeaseDecision::Granted { token } = store.lease(request.clone()).await.unwrap() else {
        panic!("its own lease is held from it")
    };

    failpoint::arm("store.settle.done=error@1-2").unwrap();
    let mut settle = end("a", "one", token, Disposition::Completed, fixture.clock.now());
    settle.holder = request.holder;
    settle.result = common::result(json!({"n": 1}));
    store.settle(settle.clone()).await.unwrap_err();
    for _ in 0..2 {
        store.settle(settle.clone()).await.unwrap();
    }
    failpoint::arm("").unwrap();

    // Whatever became of the account meanwhile.
    let other = ask("a", "two");
    let LeaseDecision::Granted { token } = store.lease(other.clone()).await.unwrap() else {
        panic!("it is free")
    };
    store.settle(settle.clone()).await.unwrap();
    let mut others = end("a", "two", token, Disposition::Completed, fixture.clock.now());
    others.holder = other.holder;
    store.settle(others).await.unwrap();
    store.settle(settle.clone()).await.unwrap();
    let history = store.history(&pool("one")).await.unwrap();
    assert_eq!((history.outcomes.len(), history.runs, history.leases.len()), (1, 1, 0));
    assert_eq!(history.totals["n"], lariat_core::ledger::Total::Int(1), "counted once");
    assert_eq!(latest_runs(&store, Some("a"), 10).await.len(), 2, "each noted once");
    assert_eq!(field(&store, "a", "status").await, json!("completed"));
}
