//! The account table: what imports bring, and what leases and settlements make of it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::ops::ControlFlow;

use common::{Fixture, account, accounts, end, field, latest_runs, lease, pool, result};
use lariat_core::clock::Clock;
use lariat_core::ledger::Ledger;
use lariat_core::outcome::Disposition;
use lariat_core::records::{AccountSearch, Records as _};
use lariat_store::Store;
use lariat_store::accounts::{AccountCounts, AccountStatus, ImportAccount, ImportReport};
use serde_json::{Value, json};

fn row(id: &str, fields: Value) -> ImportAccount {
    ImportAccount { id: account(id), fields: fields.as_object().unwrap().clone() }
}

async fn import(store: &Store, rows: Vec<ImportAccount>) -> (u64, u64, u64) {
    let ImportReport { added, updated, unchanged, .. } = store.import(rows).await.unwrap();
    (added, updated, unchanged)
}

async fn settle(fixture: &Fixture, store: &Store, id: &str, disposition: Disposition) {
    let token = lease(store, id, "one").await;
    assert_eq!(field(store, id, "status").await, "in_use");
    let mut end = end(id, "one", token, disposition, fixture.clock.now());
    end.result = result(json!({"cards_found": 5, "stars_total": 2.5, "keep_count": 1, "packs_opened": 9}));
    store.settle(end).await.unwrap();
}

#[tokio::test]
async fn a_settlement_shows_in_the_row() {
    let fixture = Fixture::new();
    let store = fixture.open().await;
    import(&store, ["a", "b", "c", "d", "e"].map(|id| row(id, json!({"pack_count": 3}))).to_vec()).await;
    for (id, disposition, status, failures, error) in [
        ("a", Disposition::Completed, "completed", 0, Value::Null),
        ("b", Disposition::Failed, "failed", 1, json!("no button")),
        ("c", Disposition::Retried, "available", 1, json!("no button")),
        ("d", Disposition::Skipped, "skipped", 0, Value::Null),
        ("e", Disposition::Returned, "available", 0, Value::Null),
    ] {
        settle(&fixture, &store, id, disposition).await;
        assert_eq!(field(&store, id, "status").await, status, "{id}");
        assert_eq!(field(&store, id, "failure_count").await, failures, "{id}");
        assert_eq!(field(&store, id, "last_error").await, error, "{id}");
        let completed = disposition == Disposition::Completed;
        let at = fixture.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        assert_eq!(field(&store, id, "completed_at").await, if completed { json!(at) } else { Value::Null });
        assert_eq!(field(&store, id, "cards_found").await, if completed { 5 } else { 0 });
        assert_eq!(field(&store, id, "stars_total").await, 0, "not whole: {id}");
        assert_eq!(field(&store, id, "keep_count").await, i32::from(completed));
        assert_eq!(field(&store, id, "pack_count").await, 3);
    }
    let counts = AccountCounts { total: 5, available: 2, in_use: 0, completed: 1, failed: 1, skipped: 1 };
    assert_eq!(store.count_accounts().await.unwrap(), counts);
}

#[tokio::test]
async fn a_return_restores_what_the_account_was() {
    let fixture = Fixture::new();
    let store = fixture.open().await;
    import(&store, vec![row("a", json!({"status": "failed", "failure_count": 2, "last_error": "old"}))])
        .await;
    settle(&fixture, &store, "a", Disposition::Returned).await;
    assert_eq!(field(&store, "a", "status").await, "failed");
    assert_eq!(field(&store, "a", "last_error").await, "old");
    // Through a lease that was taken over, and through a rescue.
    lease(&store, "a", "one").await;
    fixture.clock.advance(std::time::Duration::from_secs(601));
    settle(&fixture, &store, "a", Disposition::Retried).await;
    assert_eq!(field(&store, "a", "status").await, "failed");
    assert_eq!(field(&store, "a", "failure_count").await, 3);
    lease(&store, "a", "one").await;
    store.rescue().await.unwrap();
    assert_eq!(field(&store, "a", "status").await, "failed");
}

#[tokio::test]
async fn a_reset_makes_settled_accounts_available() {
    let fixture = Fixture::new();
    let store = fixture.open().await;
    import(&store, ["a", "b", "c", "other"].map(|id| row(id, json!({}))).to_vec()).await;
    for id in ["a", "b", "c"] {
        settle(&fixture, &store, id, Disposition::Failed).await;
    }
    lease(&store, "c", "two").await;
    let report = store.reset(&pool("one"), None).await.unwrap();
    assert_eq!((report.forgotten, report.made_available), (3, 2));
    assert_eq!(field(&store, "a", "status").await, "available");
    assert_eq!(field(&store, "a", "failure_count").await, 0);
    assert_eq!(field(&store, "a", "last_error").await, Value::Null);
    assert_eq!(field(&store, "c", "status").await, "in_use");
    store.rescue().await.unwrap();
    assert_eq!(field(&store, "c", "status").await, "available");

    settle(&fixture, &store, "a", Disposition::Skipped).await;
    assert_eq!(store.reset_accounts(Some(vec![account("a")])).await.unwrap(), 1);
    assert_eq!(field(&store, "a", "status").await, "available");
    assert_eq!(store.reset_accounts(None).await.unwrap(), 4);
}

#[tokio::test]
async fn an_import_again_updates_data_and_leaves_what_the_engine_keeps() {
    let fixture = Fixture::new();
    let store = fixture.open().await;
    let first = json!({
        "pack_count": "12", "xml_path": "a.xml", "status": "skipped", "failure_count": 1,
        "device": "pixel", "level": 7, "password": "hunter2",
    });
    assert_eq!(import(&store, vec![row("a", first.clone()), row("b", json!({}))]).await, (2, 0, 0));
    assert_eq!(field(&store, "a", "status").await, "skipped");
    assert_eq!(field(&store, "a", "pack_count").await, 12);
    assert_eq!(field(&store, "a", "level").await, 7);
    assert_eq!(import(&store, vec![row("a", first)]).await, (0, 0, 1));

    settle(&fixture, &store, "a", Disposition::Completed).await;
    let again =
        json!({"pack_count": 20, "status": "available", "failure_count": 0, "cards_found": 0, "level": 8});
    assert_eq!(import(&store, vec![row("a", again)]).await, (0, 1, 0));
    for (name, value) in [
        ("status", json!("completed")),
        ("failure_count", json!(1)),
        ("cards_found", json!(5)),
        ("pack_count", json!(20)),
        ("xml_path", json!("a.xml")),
        ("level", json!(8)),
        ("device", json!("pixel")),
    ] {
        assert_eq!(field(&store, "a", name).await, value, "{name}");
    }
    // A new secret alone is a change too.
    assert_eq!(import(&store, vec![row("a", json!({"password": "hunter3"}))]).await, (0, 1, 0));
    let secrets = store.secrets(&[account("a"), account("b")]).await.unwrap();
    assert_eq!(secrets[&account("a")]["password"].reveal(), "hunter3");
    assert_eq!(secrets.len(), 1);
}

#[tokio::test]
async fn an_account_that_doesnt_fit_is_told_and_passed_over_and_the_others_are_taken() {
    let fixture = Fixture::new();
    let store = fixture.open().await;
    for (field, value) in [
        ("status", json!("done")),
        ("failure_count", json!(-1)),
        ("pack_count", json!("many")),
        ("xml_path", json!([])),
    ] {
        let rows = vec![row("good", json!({})), row("a", json!({field: value}))];
        let passed_over = store.import(rows).await.unwrap().passed_over;
        let words = &passed_over[0].message;
        assert_eq!((passed_over.len(), &passed_over[0].id), (1, &account("a")));
        assert!(words.contains(field) && !words.contains("many"), "{words}");
    }
    let long = "x".repeat(600_000);
    let passed_over = store.import(vec![row("a", json!({"note": long}))]).await.unwrap().passed_over;
    assert!(passed_over[0].message.contains("bytes"), "{passed_over:?}");
    assert_eq!(store.count_accounts().await.unwrap().total, 1);
}

#[tokio::test]
async fn secrets_are_kept_apart_wherever_they_come_from_and_a_mask_is_none() {
    let fixture = Fixture::new();
    let store = fixture.open().await;
    let fields =
        json!({"password": "one", "passwords": ["two"], "custom_metadata": {"token": "three", "n": 1}});
    import(&store, vec![row("a", fields)]).await;
    assert_eq!(field(&store, "a", "n").await, 1);
    import(&store, vec![row("a", json!({"password": "***", "token": "***"}))]).await;
    let account = store.get_account(&account("a")).await.unwrap().unwrap();
    let revealed = account.reveal();
    assert_eq!((&revealed["password"], &revealed["passwords"]), (&json!("one"), &json!("[\"two\"]")));
    assert_eq!(revealed["token"], "three");
    assert!(!json!(account).to_string().contains("three"));
}

#[tokio::test]
async fn an_account_that_is_leased_already_is_imported_in_use() {
    let fixture = Fixture::new();
    let store = fixture.open().await;
    let token = lease(&store, "a", "files").await;
    import(&store, vec![row("a", json!({"status": "failed"})), row("b", json!({"status": "in_use"}))]).await;
    assert_eq!(field(&store, "a", "status").await, "in_use");
    assert_eq!(field(&store, "b", "status").await, "available");
    store.settle(end("a", "files", token, Disposition::Returned, fixture.clock.now())).await.unwrap();
    assert_eq!(field(&store, "a", "status").await, "available");
}

#[tokio::test]
async fn accounts_are_listed_found_and_exported_with_their_secrets_masked() {
    let fixture = Fixture::new();
    let store = fixture.open().await;
    let mut rows: Vec<_> = (0..12_000).map(|n| row(&format!("n{n:05}"), json!({"pack_count": n}))).collect();
    rows.push(row("Zoë 100%", json!({"note": "Ünïcode'\"", "token": "t0p", "status": "failed", "id": "x"})));
    // The same account twice in one import: the later fields win.
    rows.push(row("n00000", json!({"pack_count": 7})));
    assert_eq!(import(&store, rows).await, (12_001, 0, 0));

    let ids = |accounts: &[lariat_core::account::Account]| {
        accounts.iter().map(|account| account.id.to_string()).collect::<Vec<_>>()
    };
    let mut first = Vec::new();
    let mut take = |some| {
        first = some;
        ControlFlow::Break(())
    };
    let from = AccountSearch { after: Some(account("Zoë 100%")), ..AccountSearch::default() };
    store.all_accounts(&from, &mut take).await.unwrap();
    assert!(first.len() < 12_000 && ids(&first[..2]) == ["n00000", "n00001"], "no more than is taken");
    assert_eq!(first[0].get("pack_count"), Some(&json!(7)));
    for filter in [
        AccountSearch { status: Some(AccountStatus::Failed), ..AccountSearch::default() },
        AccountSearch { text: Some("100%".into()), ..AccountSearch::default() },
        AccountSearch { text: Some("NÏCODE".to_lowercase()), ..AccountSearch::default() },
    ] {
        let found = accounts(&store, &filter).await;
        assert_eq!(ids(&found), ["Zoë 100%"], "{filter:?}");
        assert_eq!(found[0].masked()["token"], "***");
        assert_eq!(found[0].reveal()["token"], "t0p");
    }
    let all = accounts(&store, &AccountSearch::default()).await;
    assert_eq!(all.len(), 12_001);
    assert!(all.is_sorted_by(|a, b| a.id < b.id));
    assert!(store.get_account(&account("nobody")).await.unwrap().is_none());
}

#[tokio::test]
async fn runs_are_remembered_with_those_that_came_too_late() {
    let fixture = Fixture::new();
    let store = fixture.open().await;
    let old = lease(&store, "a", "one").await;
    fixture.clock.advance(std::time::Duration::from_secs(601));
    settle_unknown(&fixture, &store).await;
    let mut late = end("a", "one", old, Disposition::Completed, fixture.clock.now());
    late.result = result(json!({"packs": [1, {"deep": "\u{0}"}]}));
    store.settle(late.clone()).await.unwrap_err();

    let runs = latest_runs(&store, Some("a"), 10).await;
    assert_eq!(
        runs.iter().map(|run| run.outcome).collect::<Vec<_>>(),
        [Disposition::Fenced, Disposition::Retried]
    );
    assert_eq!(runs[0].result, late.result);
    assert_eq!(runs[0].holder, late.holder);
    assert_eq!(runs[1].error.as_deref(), Some("no button"));
    assert_eq!(runs[1].ended.duration_since(runs[1].started), jiff::SignedDuration::from_secs(2));
    assert_eq!(latest_runs(&store, None, 1).await, runs[..1]);
}

async fn settle_unknown(fixture: &Fixture, store: &Store) {
    let token = lease(store, "a", "one").await;
    store.settle(end("a", "one", token, Disposition::Retried, fixture.clock.now())).await.unwrap();
}

#[tokio::test]
async fn a_result_of_any_depth_harms_nobody() {
    let fixture = Fixture::new();
    let store = fixture.open().await;
    let deep = (0..1_200).fold(json!(1), |inner, _| json!([inner]));
    let (a, b) = (lease(&store, "a", "one").await, lease(&store, "b", "one").await);
    let mut odd = end("a", "one", a, Disposition::Completed, fixture.clock.now());
    odd.result = result(json!({"deep": deep, "huge": 1e308}));
    let (odd, even) = futures::join!(
        store.settle(odd),
        store.settle(end("b", "one", b, Disposition::Completed, fixture.clock.now())),
    );
    odd.unwrap();
    even.unwrap();
    let runs = latest_runs(&store, Some("a"), 1).await;
    assert!(runs[0].result["text"].as_str().unwrap().contains("[[[[1]]]]"));
}
