//! Accounts come in the order that SQLite itself would give them in, whoever sorts them:
//! the engine does where it can, and leaves a query with a LIMIT to SQLite.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod sql_support;

use serde_json::json;

use sql_support::{Fixture, ids, unpack};

/// Values of every kind: `cards_found` takes them as they are, `last_error` as texts and blobs.
const VALUES: [&str; 22] = [
    "NULL",
    "0",
    "-7",
    "3",
    "3.0",
    "3.5",
    "-3.5",
    "-3",
    "9007199254740993",
    "9007199254740992.0",
    "9223372036854775807",
    "9.3e18",
    "-9223372036854775807",
    "-9.3e18",
    "1e999",
    "'a'",
    "'A'",
    "'ab'",
    "'ü'",
    "''",
    "x'00ff'",
    "x'41'",
];

async fn filled() -> Fixture {
    let mut fixture = Fixture::new().await;
    fixture.store("DELETE FROM accounts").await;
    for (n, found) in VALUES.iter().enumerate() {
        for (m, error) in VALUES.iter().enumerate() {
            // In no order, so that ties can't be broken by chance.
            let id = (n * 22 + m) * 7919 % 484;
            let row = format!(
                "INSERT INTO accounts (id, cards_found, last_error, pack_count) VALUES ('a{id:03}', {found}, {error}, {})",
                id % 5
            );
            fixture.store(&row).await;
        }
    }
    fixture
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_is_sqlites_own() {
    let fixture = filled().await;
    for order in [
        "cards_found, id",
        "cards_found DESC, last_error, id DESC",
        "cards_found NULLS LAST, last_error DESC NULLS FIRST, id",
        "last_error, cards_found DESC, pack_count, id",
        "pack_count DESC, id",
        "accounts.pack_count, cards_found DESC NULLS LAST, id",
        "id DESC",
        "rowid DESC",
    ] {
        for columns in ["id", "*", "id, cards_found AS x, pack_count AS last_error_too", "id, last_error"] {
            let query = format!("SELECT {columns} FROM accounts WHERE id <> 'a007' ORDER BY {order}");
            let found = fixture.ids(&query).await;
            assert_eq!(found.len(), 483);
            assert_eq!(found, fixture.ids(&format!("{query} LIMIT -1")).await, "{query}");
        }
    }
    // The word means what the query calls by it.
    let query = "SELECT id, -0 AS pack_count FROM accounts ORDER BY pack_count, id";
    assert_eq!(fixture.ids(query).await, fixture.ids(&format!("{query} LIMIT -1")).await);
    let query = "SELECT id, failure_count, cards_found AS pack_count FROM accounts ORDER BY pack_count, id";
    assert_eq!(fixture.ids(query).await, fixture.ids(&format!("{query} LIMIT -1")).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_to_order_by_is_no_field() {
    let mut fixture = filled().await;
    let selection = fixture.select("SELECT id, pack_count FROM accounts ORDER BY cards_found").await.unwrap();
    assert!(unpack(&selection).iter().all(|account| account.fields().count() == 1));
    // Nor does it keep a secret of its name out.
    fixture.store("INSERT INTO account_secrets VALUES ('a001', 'last_error', 'hunter2')").await;
    let selection =
        fixture.select("SELECT id FROM accounts WHERE id = 'a001' ORDER BY last_error").await.unwrap();
    assert_eq!(unpack(&selection)[0].reveal().get("last_error"), Some(&json!("hunter2")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_builders_order_is_the_same() {
    let fixture = filled().await;
    let sort = json!([{"field": "cards_found", "direction": "desc"}, {"field": "last_error"}]);
    let built = ids(&fixture.fetch(json!({"query": {"sort": sort}})).await.unwrap());
    let limited = ids(&fixture.fetch(json!({"query": {"sort": sort, "limit": 1000}})).await.unwrap());
    assert_eq!((built.len(), &built), (484, &limited));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_order_is_told_as_it_was_written() {
    let fixture = filled().await;
    for (query, place) in [
        ("SELECT id FROM accounts ORDER BY no_such", "line 1, column 34"),
        ("SELECT id,\n no_such FROM accounts ORDER BY pack_count", "line 2, column 2"),
    ] {
        let error = fixture.select(query).await.unwrap_err().to_string();
        assert!(error.contains("no such column: no_such") && error.contains(place), "{query}: {error}");
    }
    let error = fixture
        .select("SELECT id FROM accounts WHERE id IN (SELECT value FROM kv) ORDER BY id")
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("refused by the query guard") && error.contains("reading table kv"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_that_become_the_same_count_once_in_any_order() {
    let mut fixture = filled().await;
    fixture.store("INSERT INTO accounts (id, pack_count) VALUES (x'61', 9), ('61', 8)").await;
    for query in ["SELECT id FROM accounts", "SELECT last_error AS id FROM accounts"] {
        let sorted =
            fixture.select(&format!("{query} ORDER BY pack_count DESC, cards_found, rowid")).await.unwrap();
        let mut once = ids(&sorted);
        once.sort();
        once.dedup();
        assert_eq!(once.len(), sorted.accounts.len(), "{query}");
        assert!(
            sorted.warnings.iter().any(|told| told.contains("the id came before")),
            "{query}: {:?}",
            sorted.warnings
        );
    }
}
