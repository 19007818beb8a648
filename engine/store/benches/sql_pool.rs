//! Fetching an `sql` pool, beside the same query summed inside SQLite (no row leaves
//! it: the bound) and beside sqlx's typed rows collected into a `Vec` (what one would
//! write by hand). `cargo bench -p lariat-store --bench sql_pool [-- ROWS]` also takes
//! the largest size; 1,000,000 if absent.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints its table")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use lariat_core::source::PoolType;
use lariat_store::sql::{DatabaseRef, SqlPoolType};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};

const COLUMNS: &str = "id, xml_path, pack_count, last_modified, status, failure_count, last_error";
/// As the table lies, by an index that reaches rows all over it, and sorted each time.
const ORDERS: [(&str, &str); 3] =
    [("table", "rowid"), ("index", "pack_count DESC"), ("sort", "last_modified, id")];

type TypedRow = (String, String, i64, String, String, i64, Option<String>);

fn main() {
    let largest = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(1_000_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        println!("median of runs; memory is the growth of the peak during the first fetch\n");
        println!(
            "{:>9} {:>7} {:>8} {:>10} {:>10} {:>9} {:>10} {:>10} {:>7}",
            "rows", "order", "secrets", "fetch", "rows/s", "memory", "in SQLite", "sqlx rows", "ratio"
        );
        for rows in [1_000, 10_000, 100_000, 1_000_000].into_iter().filter(|rows| *rows <= largest) {
            for secrets in [false, true] {
                one_size(rows, secrets).await;
            }
        }
        println!("\nratio: fetch / in SQLite");
    });
}

async fn one_size(rows: u64, secrets: bool) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.db");
    let mut connection = fill(&file, rows, secrets).await;
    let pools = SqlPoolType::new(BTreeMap::from([("main".to_owned(), DatabaseRef::Sqlite(file))]));
    for (name, order) in ORDERS {
        let select = format!(
            "SELECT {COLUMNS} FROM accounts WHERE status IN (?, ?) AND pack_count >= 0 ORDER BY {order}"
        );
        let definition = serde_json::from_value(serde_json::json!({"name": "P", "type": "sql", "query": {
            "select": select,
            "parameters": [{"name": "a", "value": "available", "type": "string"}, {"name": "b", "value": "skipped", "type": "string"}],
        }}))
        .unwrap();
        let source = pools.open(&definition).await.unwrap();

        let before = forget_peak();
        let selection = source.fetch().await.unwrap();
        let memory = peak().saturating_sub(before);
        assert_eq!(selection.accounts.len() as u64, rows);
        drop(selection);
        let mut fetches = Vec::new();
        let mut sums = Vec::new();
        let mut typed = Vec::new();
        for _ in 0..if rows < 100_000 { 15 } else { 3 } {
            let start = Instant::now();
            drop(source.fetch().await.unwrap());
            fetches.push(start.elapsed());

            // LIMIT keeps SQLite from leaving out the order, which a sum doesn't need.
            let start = Instant::now();
            let sum = format!(
                "SELECT sum(length(id) + length(xml_path) + pack_count + length(last_modified) + length(status) + failure_count) \
                 FROM ({} LIMIT -1)",
                select.replacen('?', "'available'", 1).replacen('?', "'skipped'", 1)
            );
            let _: (i64,) = sqlx::query_as(AssertSqlSafe(sum)).fetch_one(&mut connection).await.unwrap();
            sums.push(start.elapsed());

            let start = Instant::now();
            let all: Vec<TypedRow> = sqlx::query_as(AssertSqlSafe(select.clone()))
                .bind("available")
                .bind("skipped")
                .fetch_all(&mut connection)
                .await
                .unwrap();
            typed.push(start.elapsed());
            drop(all);
        }
        let (fetch, sum, typed) = (median(fetches), median(sums), median(typed));
        println!(
            "{rows:>9} {name:>7} {:>8} {:>8.1}ms {:>10.0} {:>6} MB {:>8.1}ms {:>8.1}ms {:>7.2}",
            if secrets { "2 each" } else { "none" },
            milliseconds(fetch),
            rows as f64 / fetch.as_secs_f64(),
            memory >> 10,
            milliseconds(sum),
            milliseconds(typed),
            fetch.as_secs_f64() / sum.as_secs_f64(),
        );
    }
}

async fn fill(file: &Path, rows: u64, secrets: bool) -> SqliteConnection {
    let mut connection = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .connect()
        .await
        .unwrap();
    connection
        .execute(
            "CREATE TABLE accounts (
               id TEXT PRIMARY KEY NOT NULL, xml_path TEXT, pack_count INTEGER NOT NULL DEFAULT 0, last_modified TEXT,
               status TEXT NOT NULL DEFAULT 'available', failure_count INTEGER NOT NULL DEFAULT 0, last_error TEXT,
               completed_at TEXT, cards_found INTEGER, stars_total INTEGER, keep_count INTEGER, custom_metadata TEXT);
             CREATE INDEX accounts_pack_count ON accounts (pack_count);
             CREATE TABLE account_secrets (account_id TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
               PRIMARY KEY (account_id, name)) STRICT, WITHOUT ROWID;",
        )
        .await
        .unwrap();
    let numbers = format!("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT {rows})");
    connection
        .execute(AssertSqlSafe(format!(
            "INSERT INTO accounts (id, xml_path, pack_count, last_modified, status) {numbers}
             SELECT printf('account-%07d', i), printf('accounts/account-%07d.xml', i), (i * 7919) % 200,
               strftime('%Y-%m-%dT%H:%M:%SZ', 1750000000 + (i * 104729) % 9999991, 'unixepoch'),
               iif(i % 4, 'available', 'skipped') FROM n"
        )))
        .await
        .unwrap();
    if secrets {
        connection
            .execute(
                "INSERT INTO account_secrets SELECT id, 'devicePassword', hex(randomblob(16)) FROM accounts;
                 INSERT INTO account_secrets SELECT id, 'token', hex(randomblob(16)) FROM accounts;",
            )
            .await
            .unwrap();
    }
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
    connection
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Makes the system count the peak anew, and gives the memory in use now, in KiB.
fn forget_peak() -> u64 {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    status("VmRSS:")
}

fn peak() -> u64 {
    status("VmHWM:")
}

fn status(key: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
