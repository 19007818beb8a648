//! A transaction that fails changes nothing, neither in the database nor in what the
//! writer believes of it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::pin::pin;
use std::time::Duration;

use common::{Fixture, ask, end, field, lease, pool};
use lariat_core::clock::Clock;
use lariat_core::kv::KeyValueStore;
use lariat_core::ledger::{LeaseDecision, Ledger, LedgerError, Renewal};
use lariat_core::outcome::Disposition;
use lariat_core::test_support::GatedClock;
use lariat_store::Store;
use lariat_store::accounts::ImportAccount;
use serde_json::json;
use sqlx::{Connection, SqliteConnection};

/// Makes every outcome of the account `bad` fail, from outside.
async fn sabotage(fixture: &Fixture, sql: &'static str) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(fixture.options().path);
    let mut conn = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}

#[tokio::test]
async fn a_failed_batch_leaves_no_trace() {
    let fixture = Fixture::new();
    let clock = GatedClock::new();
    let store = Store::open(fixture.options().clock(clock.clone())).await.unwrap();
    let accounts = ["good", "bad", "new"]
        .map(|id| ImportAccount { id: common::account(id), fields: Default::default() });
    store.import(accounts.to_vec()).await.unwrap();
    let good = lease(&store, "good", "one").await;
    let bad = lease(&store, "bad", "one").await;
    sabotage(
        &fixture,
        "CREATE TRIGGER boom BEFORE INSERT ON outcomes WHEN NEW.account = 'bad' \
         BEGIN SELECT RAISE(ABORT, 'boom'); END",
    )
    .await;

    let settle = |id, token| end(id, "one", token, Disposition::Completed, fixture.clock.now());
    // The writer has begun another batch when these four are asked, so that they share one.
    clock.shut();
    let other = pool("other");
    let mut before = pin!(store.record_refresh(&other));
    assert!(futures::poll!(before.as_mut()).is_pending());
    clock.wait_for_somebody();
    let (_, settled, spoiled, granted, kept, ()) = futures::join!(
        before,
        store.settle(settle("good", good)),
        store.settle(settle("bad", bad)),
        store.lease(ask("new", "one")),
        store.set("ext", "key", json!(1)),
        async { clock.open() },
    );
    for error in [settled.unwrap_err(), spoiled.unwrap_err(), granted.unwrap_err()] {
        assert!(matches!(&error, LedgerError::Rejected(why) if why.contains("boom")), "{error}");
    }
    kept.unwrap_err();

    assert_eq!(field(&store, "good", "status").await, "in_use");
    assert_eq!(field(&store, "new", "status").await, "available");
    assert!(store.history(&pool("one")).await.unwrap().outcomes.is_empty());
    assert_eq!(store.get("ext", "key").await.unwrap(), None);
    assert!(matches!(store.lease(ask("good", "one")).await.unwrap(), LeaseDecision::Held { .. }));
    let newer = lease(&store, "new", "one").await;
    assert!(newer > bad);
    store.settle(settle("good", good)).await.unwrap();
    store.settle(settle("bad", bad)).await.unwrap_err();
    store.settle(settle("new", newer)).await.unwrap();

    sabotage(&fixture, "DROP TRIGGER boom").await;
    store.settle(settle("bad", bad)).await.unwrap();
    assert_eq!(field(&store, "bad", "status").await, "completed");
}

#[tokio::test]
async fn heartbeats_count_while_the_disk_fails() {
    let fixture = Fixture::new();
    let store = fixture.open().await;
    let token = lease(&store, "a", "one").await;
    sabotage(
        &fixture,
        "CREATE TRIGGER boom BEFORE UPDATE ON leases BEGIN SELECT RAISE(ABORT, 'boom'); END; \
         CREATE TRIGGER bang BEFORE DELETE ON leases BEGIN SELECT RAISE(ABORT, 'bang'); END",
    )
    .await;
    fixture.clock.advance(Duration::from_secs(500));
    let renewal = Renewal { account: common::account("a"), token, ttl: Duration::from_secs(600) };
    store.renew(vec![renewal]).await.unwrap_err();
    let settle = || end("a", "one", token, Disposition::Completed, fixture.clock.now());
    store.settle(settle()).await.unwrap_err();
    fixture.clock.advance(Duration::from_secs(200));
    store.settle(settle()).await.unwrap_err();
    assert!(matches!(store.lease(ask("a", "two")).await.unwrap(), LeaseDecision::Held { .. }));
    sabotage(&fixture, "DROP TRIGGER boom; DROP TRIGGER bang").await;
    assert!(matches!(store.lease(ask("a", "two")).await.unwrap(), LeaseDecision::Held { .. }));
    store.settle(settle()).await.unwrap();
}

#[tokio::test]
async fn a_failed_rescue_keeps_the_leases() {
    let fixture = Fixture::new();
    let store = fixture.open().await;
    let token = lease(&store, "a", "one").await;
    sabotage(&fixture, "CREATE TRIGGER boom BEFORE DELETE ON leases BEGIN SELECT RAISE(ABORT, 'boom'); END")
        .await;
    store.rescue().await.unwrap_err();
    assert!(matches!(store.lease(ask("a", "two")).await.unwrap(), LeaseDecision::Held { .. }));
    sabotage(&fixture, "DROP TRIGGER boom").await;
    assert_eq!(store.rescue().await.unwrap()[0].token, token);
}
