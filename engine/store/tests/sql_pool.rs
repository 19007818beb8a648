//! The `sql` pool type: what it selects, in which order, and what it says when it can't.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod sql_support;

use std::time::Duration;

use lariat_core::account::Field;
use lariat_core::definition::Problem;
use lariat_core::ids::AccountId;
use lariat_core::source::{PoolType, SourceError};
use serde_json::{Value, json};
use sql_support::{Fixture, create, ids, pool, unpack};
use sqlx::Executor;
use sqlx::sqlite::SqliteJournalMode;

fn problems(fixture: &Fixture, definition: Value) -> Vec<String> {
    fixture.pool_type().problems(&pool(definition)).iter().map(ToString::to_string).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pools_of_the_mission() {
    let fixture = Fixture::new().await;
    let premium = json!({"query": {
    "select": "SELECT id, xml_path, pack_count, last_modified, status, failure_count, last_error
                   FROM accounts
                   WHERE status IN (?, ?) AND pack_count >= ? AND failure_count < ?
                   ORDER BY pack_count DESC
                   LIMIT ?",
    "parameters": [
        {"name": "status_available", "value": "available", "type": "string"},
        {"name": "status_skipped", "value": "skipped", "type": "string"},
        {"name": "min_packs", "value": 10, "type": "int"},
        {"name": "max_failures", "value": 3, "type": "int"},
        {"name": "limit", "value": 100, "type": "int"},
    ]}});
    assert_eq!(ids(&fixture.fetch(premium).await.unwrap()), ["a2", "a1", "a5"]);
    let fresh = "SELECT id, pack_count FROM accounts
        WHERE status = 'available' AND datetime(last_modified) >= datetime('now', '-7 days') ORDER BY last_modified DESC";
    assert_eq!(fixture.ids(fresh).await, ["a1"]);
    let retry = "SELECT id, failure_count, last_error FROM accounts
        WHERE failure_count BETWEEN 1 AND 2 AND last_error NOT LIKE '%banned%' ORDER BY failure_count ASC, id";
    assert_eq!(fixture.ids(retry).await, ["a2", "a4"]);
    let built = json!({"query": {
        "filters": [{"field": "pack_count", "operator": ">=", "value": 10},
                    {"field": "status", "operator": "in", "values": ["available", "skipped"]}],
        "sort": [{"field": "pack_count", "direction": "desc"}], "limit": 2}});
    assert_eq!(ids(&fixture.fetch(built).await.unwrap()), ["a2", "a1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fetch_asks_anew() {
    let mut fixture = Fixture::new().await;
    let source = fixture
        .open(json!({"query": {"select": "SELECT id FROM accounts WHERE pack_count > 20 ORDER BY id"}}))
        .await
        .unwrap();
    assert_eq!(ids(&source.fetch().await.unwrap()), ["a2", "a4"]);
    fixture.store("UPDATE accounts SET pack_count = 99 WHERE id = 'a1'").await;
    assert_eq!(ids(&source.fetch().await.unwrap()), ["a1", "a2", "a4"]);
    // Nothing is left open: the log can be emptied, which a reader would prevent.
    fixture.store("PRAGMA wal_checkpoint(TRUNCATE)").await;
    assert_eq!(std::fs::metadata(fixture.file("state.db-wal")).unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_the_query_holds_for_many_rows() {
    let mut fixture = Fixture::new().await;
    fixture
        .store(
            "INSERT INTO accounts (id, pack_count) WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT 50000)
             SELECT printf('n%05d', i), (i * 7919) % 50000 + 1000 FROM n",
        )
        .await;
    let found = fixture
        .select("SELECT id, pack_count FROM accounts WHERE pack_count >= 1000 ORDER BY pack_count DESC")
        .await;
    let packs: Vec<i64> =
        unpack(&found.unwrap()).iter().map(|a| a.get("pack_count").unwrap().as_i64().unwrap()).collect();
    assert!(packs.iter().copied().eq((1000..51_000).rev()));
    let found = fixture
        .select("SELECT * FROM (SELECT id, pack_count AS p FROM accounts WHERE id LIKE 'n%' ORDER BY pack_count) LIMIT 40000")
        .await;
    let packs: Vec<i64> =
        unpack(&found.unwrap()).iter().map(|a| a.get("p").unwrap().as_i64().unwrap()).collect();
    assert!(packs.iter().copied().eq(1000..41_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn values_keep_their_types() {
    let fixture = Fixture::new().await;
    let text = "it's \"quoted\" \\ back\n\ttab\u{1} 帳號 🦬";
    let query = json!({"query": {
    "select": "SELECT 'a' AS id, 9223372036854775807 AS largest, -9223372036854775807 - 1 AS smallest,
            0.1 AS tenth, 1e300 AS huge, 2.0 AS whole_real, 1e999 AS inf, -1e999 AS neg, NULL AS none, '' AS empty,
            ? AS text, 'a' || char(0) || 'b' AS nul, x'00ff10' AS blob, x'' AS no_blob, 1 = 1 AS yes,
            '{\"a\":1}' AS json, typeof(?) AS f, typeof(?) AS b, typeof(?) AS n, typeof(?) AS t, typeof(?) AS i, 'x' AS \"a \"\"b\"\" c\"",
    "parameters": [
        {"name": "text", "value": text, "type": "string"}, {"name": "f", "value": 3, "type": "float"},
        {"name": "b", "value": true, "type": "bool"}, {"name": "n", "value": null, "type": "int"},
        {"name": "t", "value": "2026-01-01T00:00:00Z", "type": "timestamp"}, {"name": "i", "value": -3, "type": "int"},
    ]}});
    let selection = fixture.fetch(query).await.unwrap();
    let account = &unpack(&selection)[0];
    for (name, value) in [
        ("largest", json!(i64::MAX)),
        ("smallest", json!(i64::MIN)),
        ("tenth", json!(0.1)),
        ("huge", json!(1e300)),
        ("whole_real", json!(2.0)),
        ("inf", json!("Inf")),
        ("neg", json!("-Inf")),
        ("none", Value::Null),
        ("empty", json!("")),
        ("text", json!(text)),
        ("nul", json!("a\0b")),
        ("blob", json!("00ff10")),
        ("no_blob", json!("")),
        ("yes", json!(1)),
        ("json", json!("{\"a\":1}")),
        ("f", json!("real")),
        ("b", json!("integer")),
        ("n", json!("null")),
        ("t", json!("text")),
        ("i", json!("integer")),
        ("a \"b\" c", json!("x")),
    ] {
        assert_eq!(account.get(name), Some(&value), "{name}");
    }
    assert!(account.get("whole_real").unwrap().is_f64());
    assert_eq!(account.fields().count(), 21);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_id_once_and_none_without() {
    let fixture = Fixture::new().await;
    let sql = "SELECT column1 AS id, column2 AS n FROM (VALUES
        (7, 1), ('b', 2), (NULL, 3), ('', 4), ('  ', 5), ('b', 6), (7, 7), ('7', 8), (1.5, 9), (x'beef', 10),
        ('tab' || char(9), 11), (printf('%.*c', 600, 'x'), 12))";
    let selection = fixture.select(sql).await.unwrap();
    assert_eq!(ids(&selection), ["7", "b", "1.5", "beef"]);
    assert_eq!(unpack(&selection)[1].get("n"), Some(&json!(2)));
    assert_eq!(selection.warnings.len(), 3, "{:?}", selection.warnings);
    assert!(selection.warnings[0].starts_with("3 rows were passed over: the id is NULL or empty"));
    assert!(selection.warnings[1].starts_with("2 rows were passed over: the id can't be used"));
    assert!(selection.warnings[2].starts_with("3 rows were passed over: the id came before"));
}

#[tokio::test(flavor = "multi_thread")]
async fn placeholders_and_parameters_fit() {
    let fixture = Fixture::new().await;
    let with = |sql: &str, values: &[i64]| {
        let parameters: Vec<Value> =
            values.iter().map(|v| json!({"name": format!("p{v}"), "value": v, "type": "int"})).collect();
        json!({"query": {"select": sql, "parameters": parameters}})
    };
    let good = [
        (
            "SELECT id FROM accounts WHERE pack_count BETWEEN ? AND ? ORDER BY id",
            &[10, 25][..],
            &["a1", "a4", "a5"][..],
        ),
        (
            "SELECT id FROM accounts WHERE pack_count BETWEEN ?2 AND ?1 ORDER BY id",
            &[25, 10],
            &["a1", "a4", "a5"],
        ),
        ("SELECT id FROM accounts WHERE pack_count = ?1 OR pack_count + 0 = ?1", &[50], &["a2"]),
        (
            "SELECT id FROM accounts WHERE pack_count = ?2 AND '?' <> \"id\" AND ? = ?1 -- ?",
            &[0, 3, 0],
            &["a3"],
        ),
    ];
    for (sql, values, expected) in good {
        let definition = with(sql, values);
        assert!(problems(&fixture, definition.clone()).is_empty(), "{sql}");
        assert_eq!(ids(&fixture.fetch(definition).await.unwrap()), expected, "{sql}");
    }
    for (sql, values, words) in [
        (
            "SELECT id FROM accounts WHERE pack_count > ?",
            &[][..],
            "query.parameters: has 0 entries, but the query has 1 placeholder;",
        ),
        ("SELECT id FROM accounts", &[1], "query.parameters: has 1 entry, but the query has 0 placeholders"),
        (
            "SELECT id FROM accounts WHERE pack_count > ?3",
            &[1, 2, 3],
            "query.parameters[0]: \"p1\" isn't used",
        ),
        (
            "SELECT id FROM accounts WHERE pack_count > ?0",
            &[1],
            "line 1, column 44 of the SQL: the placeholder ?0",
        ),
        ("SELECT id FROM accounts WHERE pack_count > ?99999999999", &[1], "the placeholder ?99999999999"),
        (
            "SELECT id FROM accounts WHERE pack_count > :min",
            &[1],
            "the placeholder :min isn't accepted; write `?`",
        ),
    ] {
        let definition = with(sql, values);
        let found = problems(&fixture, definition.clone());
        assert!(found.len() == 1 && found[0].contains(words), "{sql}: {found:?}");
        assert!(matches!(fixture.fetch(definition).await, Err(SourceError::Invalid(_))), "{sql}");
    }
    let huge = json!({"query": {"filters": [{"field": "pack_count", "operator": "=", "value": u64::MAX}]}});
    assert!(matches!(fixture.fetch(huge).await, Err(SourceError::Invalid(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_come_with_the_accounts_and_never_through_the_query() {
    let mut fixture = Fixture::new().await;
    fixture
        .store(
            "INSERT INTO account_secrets VALUES ('a1', 'password', 'hunter2'), ('a1', 'xml_path', 'no'), ('a1', 'id', 'no'),
             ('a2', 'device\"Password', 'it''s \"x\"'), ('zz', 'password', 'other')",
        )
        .await;
    let secret = |account: &lariat_core::account::Account, name: &str| {
        account.fields().find(|(field, _)| *field == name).and_then(|(_, field)| match field {
            Field::Secret(secret) => secret.as_str().map(str::to_owned),
            Field::Plain(_) => None,
        })
    };
    let selection =
        fixture.select("SELECT id, xml_path, pack_count FROM accounts ORDER BY id").await.unwrap();
    let accounts = unpack(&selection);
    assert_eq!(secret(&accounts[0], "password").as_deref(), Some("hunter2"));
    assert_eq!(accounts[0].get("xml_path"), Some(&json!("x/a1.xml")));
    assert_eq!(accounts[0].fields().count(), 3);
    assert_eq!(secret(&accounts[1], "device\"Password").as_deref(), Some("it's \"x\""));
    assert_eq!(accounts[2].fields().count(), 2);
    // An account of which nothing but the id is selected has its secrets too.
    let bare = unpack(&fixture.select("SELECT id FROM accounts WHERE id = 'a1'").await.unwrap());
    assert_eq!(secret(&bare[0], "password").as_deref(), Some("hunter2"));
    // More accounts than are looked up at once.
    fixture
        .store(
            "INSERT INTO accounts (id) WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT 1700) SELECT 'n' || i FROM n;
             INSERT INTO account_secrets SELECT id, 'token', 't-' || id FROM accounts WHERE id LIKE 'n%'",
        )
        .await;
    let many = unpack(
        &fixture.select("SELECT id FROM accounts WHERE id LIKE 'n%' ORDER BY random()").await.unwrap(),
    );
    assert_eq!(many.len(), 1700);
    assert!(many.iter().all(|account| secret(account, "token") == Some(format!("t-{}", account.id))));
    // Other databases have none.
    let other = fixture
        .fetch(json!({"database": "other", "query": {"select": "SELECT id, nick FROM members"}}))
        .await;
    assert_eq!(ids(&other.unwrap()), ["5", "7"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_looked_up_by_id() {
    let fixture = Fixture::new().await;
    let source = fixture.open(json!({"query": {"select": "SELECT id FROM accounts LIMIT 1"}})).await.unwrap();
    let wanted: Vec<AccountId> =
        ["a3", "no\"such", "a1"].iter().map(|id| AccountId::new(id).unwrap()).collect();
    let found = source.lookup(&wanted).await.unwrap();
    assert_eq!(found.iter().map(|row| row.id()).collect::<Vec<_>>(), ["a3", "a1"]);
    let account = found[0].unpack().unwrap();
    assert_eq!(account.get("pack_count"), Some(&json!(3)));
    assert_eq!(account.get("last_error"), Some(&json!("banned by server")));
    let many: Vec<AccountId> = (0..1203).map(|n| AccountId::new(format!("x{n}")).unwrap()).collect();
    assert!(source.lookup(&many).await.unwrap().is_empty());
    assert!(source.lookup(&[]).await.unwrap().is_empty());
    // A database without an account table knows nobody, which is no failure.
    let other = fixture
        .open(json!({"database": "other", "query": {"select": "SELECT id FROM members"}}))
        .await
        .unwrap();
    assert!(other.lookup(&wanted).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_that_cannot_be_read() {
    let fixture = Fixture::new().await;
    let on = |database: &str| json!({"database": database, "query": {"select": "SELECT id FROM members"}});
    assert_eq!(
        problems(&fixture, on("othr")),
        ["database: unknown database \"othr\"; did you mean \"other\"?"]
    );
    let server = problems(&fixture, on("server"));
    assert!(server.len() == 1 && server[0].contains("not supported yet"), "{server:?}");
    assert!(!server[0].contains("hunter2"));
    let error = fixture.fetch(on("gone")).await.unwrap_err().to_string();
    assert!(error.contains("database gone") && error.contains("no such file; check its path"), "{error}");

    std::fs::write(fixture.file("gone.db"), "this is no database, whatever its name says. ".repeat(100))
        .unwrap();
    match fixture.fetch(on("gone")).await {
        Err(SourceError::Unavailable(message)) => assert!(message.contains("not a database"), "{message}"),
        other => panic!("{other:?}"),
    }
    let builder =
        json!({"database": "other", "query": {"filters": [{"field": "id", "operator": "is not null"}]}});
    let error = fixture.fetch(builder).await.unwrap_err().to_string();
    assert!(error.contains("no table accounts"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_databases_show_their_tables_but_not_their_inside() {
    let fixture = Fixture::new().await;
    let on = |sql: &str| json!({"database": "other", "query": {"select": sql}});
    assert_eq!(
        ids(&fixture.fetch(on("SELECT id, nick FROM members ORDER BY nick DESC")).await.unwrap()),
        ["5", "7"]
    );
    for sql in ["SELECT name AS id FROM sqlite_schema", "SELECT name AS id FROM pragma_table_list"] {
        assert!(matches!(fixture.fetch(on(sql)).await, Err(SourceError::Refused(_))), "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_database_is_waited_for() {
    let mut fixture = Fixture::new().await;
    let mut writer = create(&fixture.file("other.db"), SqliteJournalMode::Delete).await;
    let on = json!({"database": "other", "query": {"select": "SELECT id FROM members"}});
    writer.execute("BEGIN EXCLUSIVE").await.unwrap();

    fixture.limits.deadline = Duration::from_millis(400);
    match fixture.fetch(on.clone()).await {
        Err(SourceError::Unavailable(message)) => assert!(message.contains("stayed locked"), "{message}"),
        other => panic!("{other:?}"),
    }
    fixture.limits.deadline = Duration::from_secs(60);
    let source = fixture.open(on).await.unwrap();
    let fetch = tokio::spawn(async move { source.fetch().await });
    writer.execute("INSERT INTO members VALUES (9, 'z'); COMMIT").await.unwrap();
    assert_eq!(ids(&fetch.await.unwrap().unwrap()).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_guard_refuses_is_told_when_opened() {
    let fixture = Fixture::new().await;
    let hostile = json!({"query": {"select": "DELETE FROM accounts"}});
    assert!(problems(&fixture, hostile.clone()).is_empty());
    assert!(matches!(fixture.open(hostile).await.err(), Some(SourceError::Refused(_))));
    let broken = json!({"query": {"select": "SELECT id\nFROM accounts WHERE"}});
    let found = fixture.pool_type().problems(&pool(broken.clone()));
    assert!(matches!(found.as_slice(), [Problem { path, .. }] if path == "query.select"), "{found:?}");
    assert!(matches!(fixture.open(broken).await.err(), Some(SourceError::Invalid(_))));
}
