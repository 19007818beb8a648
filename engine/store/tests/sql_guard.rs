//! The query guard against those who would get past it, and those who mean no harm.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod sql_support;

use std::time::{Duration, Instant};

use lariat_core::source::SourceError;
use lariat_store::sql::GuardLimits;
use proptest::prelude::*;
use serde_json::json;
use sql_support::{Fixture, unpack};

/// Each is refused by a rule, whose message holds the words beside it.
const REFUSED: &[(&str, &str)] = &[
    // Not a SELECT.
    ("DELETE FROM accounts", "must begin with SELECT"),
    ("INSERT INTO accounts (id) VALUES ('z')", "must begin with SELECT"),
    ("UPDATE accounts SET pack_count = 0", "must begin with SELECT"),
    ("REPLACE INTO accounts (id) VALUES ('a1')", "must begin with SELECT"),
    ("DROP TABLE accounts", "must begin with SELECT"),
    ("CREATE TABLE mine (id)", "must begin with SELECT"),
    ("CREATE TEMP TABLE mine AS SELECT id FROM accounts", "must begin with SELECT"),
    ("ATTACH DATABASE 'stolen.db' AS x", "must begin with SELECT"),
    ("DETACH DATABASE main", "must begin with SELECT"),
    ("PRAGMA query_only = OFF", "must begin with SELECT"),
    ("PRAGMA journal_mode = DELETE", "must begin with SELECT"),
    ("VACUUM", "must begin with SELECT"),
    ("VACUUM INTO 'copy.db'", "must begin with SELECT"),
    ("BEGIN IMMEDIATE", "must begin with SELECT"),
    ("SAVEPOINT x", "must begin with SELECT"),
    ("COMMIT", "must begin with SELECT"),
    ("EXPLAIN SELECT id FROM accounts", "must begin with SELECT"),
    ("EXPLAIN QUERY PLAN SELECT id FROM accounts", "must begin with SELECT"),
    ("REINDEX", "must begin with SELECT"),
    ("ANALYZE", "must begin with SELECT"),
    ("VALUES ('a1')", "must begin with SELECT"),
    ("/* SELECT */ DELETE FROM accounts", "must begin with SELECT"),
    ("-- SELECT\nDROP TABLE accounts", "must begin with SELECT"),
    ("(SELECT id FROM accounts)", "must begin with SELECT"),
    // More than one.
    ("SELECT id FROM accounts; DELETE FROM accounts", "second statement"),
    ("SELECT id FROM accounts;DELETE FROM accounts;", "second statement"),
    ("SELECT id FROM accounts;;;/**/VACUUM INTO 'copy.db'", "second statement"),
    ("SELECT id FROM accounts; SELECT id FROM accounts", "second statement"),
    ("SELECT id FROM accounts -- ;\n; DROP TABLE accounts", "second statement"),
    ("SELECT ';' AS id FROM accounts; ATTACH 'x.db' AS x", "second statement"),
    // A SELECT that does more.
    ("WITH x AS (SELECT 1) DELETE FROM accounts", "isn't a SELECT"),
    ("WITH x AS (SELECT 1) INSERT INTO accounts (id) SELECT 'z'", "isn't a SELECT"),
    ("WITH x AS (SELECT 1) UPDATE accounts SET pack_count = 0", "isn't a SELECT"),
    ("WITH x AS (DELETE FROM accounts RETURNING id) SELECT id FROM x", "isn't a SELECT"),
    ("SELECT id INTO stolen FROM accounts", "SELECT INTO"),
    ("SELECT id FROM accounts FOR UPDATE", "FOR UPDATE"),
    // Other tables.
    ("SELECT account AS id FROM leases", "reading table leases"),
    ("SELECT account_id AS id, value FROM account_secrets", "reading table account_secrets"),
    (
        "SELECT id, (SELECT value FROM account_secrets s WHERE s.account_id = a.id) p FROM accounts a",
        "account_secrets",
    ),
    ("SELECT id FROM accounts WHERE EXISTS (SELECT 1 FROM leases)", "reading table leases"),
    ("SELECT id, (SELECT count(*) FROM leases) FROM accounts", "reading table leases"),
    ("SELECT id FROM accounts, leases", "reading table leases"),
    ("SELECT id FROM accounts NATURAL JOIN kv", "reading table kv"),
    ("SELECT id FROM accounts UNION SELECT key FROM kv", "reading table kv"),
    ("SELECT id FROM accounts ORDER BY (SELECT value FROM kv)", "reading table kv"),
    ("SELECT id FROM accounts LIMIT (SELECT count(*) FROM kv)", "reading table kv"),
    ("SELECT id FROM \"LEASES\" JOIN accounts ON 1", "reading table"),
    ("SELECT id FROM [leases], accounts", "reading table leases"),
    ("SELECT id FROM main.leases, accounts", "reading table leases"),
    ("SELECT id, value FROM leaked", "reading table account_secrets"),
    (
        "WITH leases AS (SELECT id FROM accounts) SELECT 'x' AS id, (SELECT count(*) FROM main.leases)",
        "reading table leases",
    ),
    ("WITH leases AS (SELECT 1) SELECT 'x' AS id FROM leases", "reading table leases"),
    ("SELECT name AS id FROM sqlite_master", "reading table sqlite_master"),
    ("SELECT name AS id FROM sqlite_schema", "reading table sqlite_"),
    ("SELECT name AS id FROM main.sqlite_master", "reading table sqlite_master"),
    ("SELECT name AS id FROM temp.sqlite_master", "reading table sqlite_"),
    ("SELECT count(*) AS id FROM sqlite_temp_master", "reading table sqlite_"),
    ("SELECT id FROM notes", "reading table notes"),
    ("SELECT id FROM notes WHERE notes MATCH 'hello'", "isn't allowed"),
    ("SELECT block AS id FROM notes_data", "reading table notes_data"),
    ("SELECT name AS id FROM pragma_table_info('accounts')", "isn't allowed"),
    ("SELECT file AS id FROM pragma_database_list", "isn't allowed"),
    ("SELECT 1 AS id FROM pragma_query_only(0)", "isn't allowed"),
    ("SELECT name AS id FROM dbstat", "reading table dbstat"),
    // Functions that do more than compute.
    ("SELECT load_extension('./evil.so') AS id", "load_extension"),
    ("SELECT id FROM accounts WHERE LOAD_EXTENSION('./evil.so')", "load_extension"),
    ("SELECT fts3_tokenizer('simple') AS id", "fts3_tokenizer"),
    ("SELECT id FROM accounts ORDER BY sqlite_compileoption_get(1)", "sqlite_compileoption_get"),
    ("SELECT sqlite_log(1, 'x') AS id", "sqlite_log"),
    // Too much.
    ("SELECT 'x' AS id, zeroblob(1000000000) AS z", "too long"),
    ("SELECT 'x' AS id, length(randomblob(1000000000)) AS z", "too long"),
    ("SELECT 'x' AS id, replace(hex(zeroblob(500000)), '0', 'aaaaaaaaaa') AS z", "too long"),
    (
        "WITH RECURSIVE c(x, t) AS (SELECT 1, 'aa' UNION ALL SELECT x+1, t||t FROM c) SELECT x AS id, t FROM c",
        "too long",
    ),
    (
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT 9000000) SELECT 'x' AS id, group_concat('abcdefghij') FROM c",
        "too long",
    ),
    (
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT 9000000) SELECT 'x' AS id, json_group_array(x) FROM c",
        "too long",
    ),
];

/// Each can't be read as a SELECT of SQLite; nothing of it runs.
const INVALID: &[(&str, &str)] = &[
    ("SELECT id FORM accounts WHERE", "line 1, column"),
    ("SELECT id\nFROM accounts\nWHERE pack_count >= AND 1", "line 3, column"),
    ("SELECT id FROM accounts WHERE status = 'open", "line 1, column"),
    ("SELECT pack_cont AS id FROM accounts", "line 1, column 8 of the SQL: no such column: pack_cont"),
    ("SELECT id FROM acounts", "no such table: acounts"),
    ("SELECT nosuch(id) AS id FROM accounts", "no such function: nosuch"),
    ("SELECT pack_count FROM accounts", "returns no column id, only pack_count"),
    ("SELECT a.id, b.id FROM accounts a JOIN accounts b ON a.id = b.id", "column id more than once"),
    ("SELECT id FROM accounts WHERE status = :status", ":status"),
    ("SELECT id FROM accounts WHERE status = @status", "@status"),
    ("SELECT id FROM accounts WHERE status = $1", "$1"),
    ("SELECT id FROM accounts WHERE status = ?", "1 placeholder"),
    ("   ", "empty"),
    ("-- nothing", "empty"),
];

/// Each looks dangerous to a filter of words, and isn't.
const HARMLESS: &[&str] = &[
    "SELECT id FROM accounts;",
    "SELECT id FROM accounts ; ; -- the end",
    "select id from accounts where coalesce(last_error, '') <> 'DROP TABLE accounts; DELETE FROM accounts'",
    "SELECT id, last_modified AS created_at, status AS \"update\" FROM accounts",
    "SELECT id FROM accounts WHERE last_error NOT LIKE '%pragma%' /* ; DROP TABLE accounts */",
    "SELECT id, \"pack_count\", [status], `failure_count` FROM accounts",
    "SELECT id FROM accounts -- '",
    "SELECT 'it''s; fine' AS note, id FROM accounts",
    "WITH best AS (SELECT * FROM accounts WHERE pack_count > 5) SELECT id FROM best ORDER BY pack_count DESC",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT 'a' || i AS id FROM n",
    "WITH one AS (SELECT 1) SELECT id FROM accounts, one",
    "WITH one AS (SELECT 1) SELECT id, (SELECT count(*) FROM one) AS n FROM accounts",
    "SELECT id FROM rich",
    "SELECT id, count(*) OVER (PARTITION BY status) AS n, row_number() OVER (ORDER BY id) AS r FROM accounts",
    "SELECT a.id, tag.value AS tag FROM accounts a, json_each(a.custom_metadata, '$.tags') AS tag",
    "SELECT a.id FROM accounts a WHERE EXISTS (SELECT 1 FROM json_each(a.custom_metadata, '$.tags'))",
    "SELECT id, custom_metadata ->> '$.tags[0]' AS tag FROM accounts",
    "SELECT id, json_extract(custom_metadata, '$.tags') AS tags FROM accounts",
    "SELECT id FROM accounts WHERE datetime(last_modified) >= datetime('now', '-7 days')",
    "SELECT id, strftime('%s', last_modified) AS t, julianday('now') - julianday(last_modified) AS age FROM accounts",
    "SELECT id FROM accounts WHERE id GLOB 'a*' AND status IS NOT NULL AND last_error IS NOT 'x'",
    "SELECT id FROM accounts WHERE last_error NOTNULL AND failure_count BETWEEN 1 AND 2",
    "SELECT id FROM accounts ORDER BY last_modified DESC NULLS LAST, id COLLATE NOCASE LIMIT 3 OFFSET 1",
    "SELECT id, CASE WHEN pack_count > 9 THEN 'rich' ELSE 'poor' END AS kind, CAST(pack_count AS TEXT) AS t FROM accounts",
    "SELECT id, coalesce(last_error, '') || x'41' AS e, abs(-1) AS a, round(1.5) AS r FROM accounts",
    "SELECT status AS id, count(*) AS n, group_concat(id, ';') AS who FROM accounts GROUP BY status HAVING count(*) > 0",
    "SELECT id FROM accounts WHERE last_error IS NULL OR status IS 'skipped' AND 4 << 1 = 8 AND pack_count IS NOT 7",
    "SELECT id FROM accounts WHERE last_error IS NOT DISTINCT FROM NULL AND ((pack_count & 1) | 2) <> 9",
    "SELECT id FROM accounts a JOIN (SELECT 1 AS one) ON one = 1 WHERE a.pack_count == 12",
    "SELECT id FROM accounts WHERE lower(trim(status)) IN ('available') LIMIT 2, 2",
    "SELECT id FROM accounts ORDER BY random() LIMIT 1",
    "SELECT id, 1e3 AS a, .5 AS b, 0x1f AS c, -5 % 3 AS d, NOT 1 AS e, ~1 AS f, +2 AS g FROM accounts",
    "SELECT id FROM accounts WHERE last_error LIKE '50\\%' ESCAPE '\\' OR id > ''",
    "SELECT 'a' || id AS id, (SELECT max(pack_count) FROM accounts b WHERE b.status = a.status) AS m FROM accounts a",
    "SELECT id, current_timestamp AS now, iif(pack_count > 3, 'x', 'y') AS k FROM accounts",
    "SELECT id, lag(pack_count, 1) OVER w AS before FROM accounts WINDOW w AS (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
    "SELECT DISTINCT status AS id FROM accounts",
    "SELECT id FROM accounts EXCEPT SELECT id FROM rich",
    "SELECT a.id FROM accounts a LEFT JOIN rich r USING (id) WHERE r.id IS NULL",
    "SELECT id FROM accounts WHERE (status, failure_count) IN (VALUES ('available', 0), ('failed', 2))",
    "SELECT id, count(*) FILTER (WHERE pack_count > 1) OVER () AS n FROM accounts",
    "SELECT id FROM main.accounts AS t WHERE t.rowid > 0",
    "SELECT id, 'Zähler 帳號 🦬' AS \"größe\" FROM accounts",
];

/// Each asks for far more than there is memory or time, and is stopped in one of the
/// ways beside it, or gives a value no larger than the bound.
const BOMBS: &[(&str, &str)] = &[
    ("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT count(*) AS id FROM c", "deadline"),
    ("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT 1 FROM c) SELECT 'a' AS id FROM c", "rows"),
    ("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT x AS id FROM c ORDER BY x DESC", "deadline"),
    ("SELECT a.id FROM accounts a, accounts b, accounts c, accounts d, accounts e, accounts f, accounts g, accounts h", "rows"),
    ("SELECT count(*) AS id FROM accounts a, accounts b, accounts c, accounts d, accounts e, accounts f, accounts g, accounts h, accounts i, accounts j, accounts k, accounts l", "deadline"),
    ("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT x AS id, printf('%.*c', 1000000, 'a') AS t FROM c", "MiB"),
    (
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT x AS id, printf('%.*c', 1000000, 'a') AS t FROM c ORDER BY t, x",
        "temporary files",
    ),
    (
        "WITH a AS (SELECT x.id FROM accounts x, accounts y), b AS (SELECT x.id FROM a x, a y, a z), c AS (SELECT x.id FROM b x, b y, b z),
              d AS (SELECT x.id FROM c x, c y, c z), e AS (SELECT x.id FROM d x, d y, d z) SELECT count(*) AS id FROM e",
        "",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn bombs_are_stopped_by_the_bound_they_exceed() {
    let mut fixture = Fixture::new().await;
    fixture.limits =
        GuardLimits { rows: 200_000, bytes: 64 << 20, temporary_bytes: 256 << 20, ..GuardLimits::default() };
    let before = fixture.files();
    for (sql, words) in BOMBS {
        // On a busy machine the other bounds must still be the first to be met.
        let patient = !words.is_empty() && *words != "deadline";
        fixture.limits.deadline = Duration::from_secs(if patient { 600 } else { 1 });
        let error = fixture.select(sql).await.err();
        let told = error.as_ref().map(ToString::to_string).unwrap_or_default();
        assert!(error.is_some() && told.contains(words), "{sql}: {told}");
        assert!(before == fixture.files(), "{sql} changed a file");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_value_is_larger_than_the_bound() {
    let fixture = Fixture::new().await;
    // printf gives NULL rather than an error when its text would be too long.
    for sql in [
        "SELECT 'x' AS id, printf('%1000000000s', 'a') AS z",
        "SELECT 'x' AS id, printf('%.*c', 1000000000, 'a') AS z",
    ] {
        let selection = fixture.select(sql).await.unwrap();
        assert_eq!(unpack(&selection)[0].get("z"), Some(&json!(null)), "{sql}");
    }
}

/// One comparison of SQLite can't be interrupted; whoever waits is answered anyhow.
#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_is_answered_though_sqlite_is_not_done() {
    let mut fixture = Fixture::new().await;
    fixture.limits.deadline = Duration::from_millis(100);
    let sql = "SELECT instr(printf('%.*c', 700000, 'a'), printf('%.*c', 350000, 'a') || 'b') AS id";
    let error = fixture.select(sql).await.unwrap_err();
    assert!(matches!(&error, SourceError::Refused(told) if told.contains("deadline")), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nesting_and_length_are_bounded_before_anything_runs() {
    let fixture = Fixture::new().await;
    let deep = |levels: usize| format!("SELECT {}1{} AS id", "(".repeat(levels), ")".repeat(levels));
    assert!(fixture.select(&deep(20)).await.is_ok());
    let values = vec!["'a1'"; 20_000].join(",");
    assert!(fixture.select(&format!("SELECT id FROM accounts WHERE id IN ({values})")).await.is_ok());
    let queries = [
        deep(200),
        deep(100_000),
        format!("SELECT {}1 AS id", "NOT ".repeat(50_000)),
        format!("SELECT {}1 AS id", "- ".repeat(100_000)),
        format!("SELECT 1{} AS id", " + 1".repeat(60_000)),
        format!("SELECT 1{} AS id", " IS NULL".repeat(30_000)),
        format!("SELECT 1 AS id{}", " UNION SELECT 1".repeat(15_000)),
        format!("SELECT 1 AS id{}", " UNION SELECT 1".repeat(200)),
        format!("SELECT 1 AS id FROM {}accounts{}", "(SELECT * FROM ".repeat(5_000), ")".repeat(5_000)),
        format!("SELECT {}1{} AS id", "abs(".repeat(40_000), ")".repeat(40_000)),
        format!("SELECT {}1{} AS id", "CASE WHEN 1 THEN ".repeat(10_000), " END".repeat(10_000)),
        format!("SELECT id FROM accounts WHERE id LIKE '{}b'", "%a".repeat(100_000)),
        format!("SELECT id{} FROM accounts", ", id".repeat(50_000)),
        format!("SELECT '{}' AS id", "x".repeat(1 << 20)),
        format!("SELECT id FROM accounts{}", " JOIN accounts".repeat(900)),
    ];
    for sql in queries {
        let error = fixture.select(&sql).await.err().unwrap_or_else(|| panic!("{}", &sql[..80]));
        assert!(
            matches!(error, SourceError::Refused(_) | SourceError::Invalid(_)),
            "{}: {error}",
            &sql[..80]
        );
    }
}

/// 1,000 operators are accepted; the tree that the parser makes of them must fit on the
/// smallest stack that a thread of the engine has.
#[tokio::test(flavor = "multi_thread")]
async fn as_many_operators_as_are_accepted_fit_on_the_stack() {
    let fixture = Fixture::new().await;
    for sql in [
        format!("SELECT id FROM accounts WHERE 1{}", " AND 1".repeat(999)),
        format!("SELECT 1{} AS id", " + 1".repeat(480)),
        format!("SELECT 1{} AS id", " IS NULL".repeat(999)),
        format!("SELECT 1 AS id{}", " UNION SELECT 1".repeat(999)),
        format!("SELECT 1 AS id FROM accounts a{}", " JOIN accounts".repeat(999)),
    ] {
        match fixture.select(&sql).await {
            Ok(_) | Err(SourceError::Invalid(_) | SourceError::Refused(_)) => {}
            Err(other) => panic!("{}: {other}", &sql[..80]),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn characters_that_only_look_like_sql() {
    let fixture = Fixture::new().await;
    let before = fixture.files();
    for sql in [
        "SELECT id FROM accounts\u{ff1b} DELETE FROM accounts",
        "SELECT id FROM accounts\0; DELETE FROM accounts",
        "\u{feff}DELETE FROM accounts",
        "SELECT id FROM accounts /* /* */ ; DELETE FROM accounts; -- */",
        "SELECT id FROM accounts WHERE status = '\\'; DELETE FROM accounts; --'",
        "SELECT id FROM accounts WHERE status = \u{2019}x\u{2019}; DELETE FROM accounts",
        "SELECT id FROM accounts -- \u{2028}; DELETE FROM accounts\r; DELETE FROM accounts\n; DELETE FROM accounts",
        "\u{202e}SELECT id FROM leases",
        "SELECT id FROM ac\u{200b}counts",
        "ＳＥＬＥＣＴ id FROM accounts",
    ] {
        let result = fixture.select(sql).await;
        assert!(
            matches!(result, Err(SourceError::Refused(_) | SourceError::Invalid(_))),
            "{sql:?}: {result:?}"
        );
        assert!(before == fixture.files(), "{sql:?} changed a file");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_nobody_waits_for_stops() {
    let running = || {
        let threads = std::fs::read_dir("/proc/self/task").unwrap().flatten();
        let names = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("comm")).ok());
        names.filter(|name| name.trim() == "lariat-sql").count()
    };
    let mut fixture = Fixture::new().await;
    fixture.limits.deadline = Duration::from_secs(3600);
    let endless =
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT count(*) AS id FROM c";
    let source = fixture.open(json!({"query": {"select": endless}})).await.unwrap();
    let fetch = tokio::spawn(async move { source.fetch().await });
    while running() == 0 {
        tokio::task::yield_now().await;
    }
    fetch.abort();
    assert!(fetch.await.unwrap_err().is_cancelled());
    let since = Instant::now();
    while running() > 0 {
        assert!(since.elapsed() < Duration::from_secs(60), "the query goes on");
        tokio::task::yield_now().await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever the guard lets pass changes no file: queries made of the words of SQL.
    #[test]
    fn nothing_that_passes_changes_a_file(words in proptest::collection::vec(word(), 1..14)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let mut fixture = Fixture::new().await;
            fixture.limits.deadline = Duration::from_millis(300);
            let before = fixture.files();
            let _ = fixture.select(&words.join(" ")).await;
            let _ = fixture.select(&format!("SELECT id FROM accounts {}", words.join(" "))).await;
            let _ = fixture.select(&format!("WITH x AS ({}) SELECT id FROM x", words.join(" "))).await;
            prop_assert!(before == fixture.files(), "{words:?}");
            Ok(())
        })?;
    }
}

fn word() -> impl Strategy<Value = String> {
    let words = "SELECT id FROM accounts WHERE leases ; , ( ) * = 1 'x' -- /* */ DELETE INSERT INTO UPDATE SET DROP TABLE \
        ATTACH 'evil.db' AS PRAGMA query_only OFF VACUUM WITH x RETURNING UNION ALL JOIN ON load_extension ? VALUES \
        pragma_journal_mode('delete') BEGIN COMMIT CREATE TEMP main . sqlite_master REPLACE EXPLAIN LIMIT ORDER BY";
    let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
    prop_oneof![8 => proptest::sample::select(words), 1 => any::<String>()]
}

#[tokio::test(flavor = "multi_thread")]
async fn attacks_are_refused_and_change_nothing() {
    let fixture = Fixture::new().await;
    let before = fixture.files();
    let mut passed = Vec::new();
    for (sql, words) in REFUSED {
        match fixture.select(sql).await {
            Err(SourceError::Refused(message))
                if message.starts_with("refused by the query guard: ")
                    && message.to_lowercase().contains(&words.to_lowercase()) => {}
            other => passed.push(format!("{sql}: {other:?}")),
        }
        assert!(before == fixture.files(), "{sql} changed a file");
    }
    assert!(passed.is_empty(), "{}", passed.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_are_told_with_their_place() {
    let fixture = Fixture::new().await;
    let mut wrong = Vec::new();
    for (sql, words) in INVALID {
        match fixture.select(sql).await {
            Err(SourceError::Invalid(problems))
                if problems.iter().any(|p| p.path.starts_with("query.") && p.message.contains(words)) => {}
            other => wrong.push(format!("{sql}: {other:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_looks_dangerous_runs() {
    let fixture = Fixture::new().await;
    let before = fixture.files();
    let mut refused = Vec::new();
    for sql in HARMLESS {
        match fixture.select(sql).await {
            Ok(selection) if !selection.accounts.is_empty() => {}
            other => refused.push(format!("{sql}: {other:?}")),
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(before == fixture.files());
}
