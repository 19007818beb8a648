//! Pools of a thousand to a million accounts on a store: how long they take to open and
//! to refresh, what leasing loses meanwhile, and what an account costs in memory.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lariat_core::clock::SystemClock;
use lariat_core::definition::{DefinitionStore, MemoryDefinitions, PoolDefinition};
use lariat_core::event::EventBus;
use lariat_core::ids::{AccountId, PoolName};
use lariat_core::ledger::Holder;
use lariat_core::outcome::Outcome;
use lariat_core::pool::{Pool, PoolManager, PoolParts};
use lariat_core::registry::Registry;
use lariat_core::source::PoolType;
use lariat_store::sql::{DatabaseRef, SqlPoolType};
use lariat_store::{Store, StoreOptions};
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::measure::{cycles, forget_peak, peak, resident};
use crate::subject::holder;

const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
const BOTS: usize = 64;
/// The text of an id of these accounts.
const ID_BYTES: f64 = 15.0;

/// Prints a line for each size up to `largest`. Each pool is opened in a process of its
/// own, whose memory nobody has used before.
pub async fn table(folder: &Path, span: Duration, largest: usize) {
    println!(
        "{:>9}{:>10}{:>10}{:>12}{:>12}{:>12}{:>12}{:>15}",
        "accounts",
        "open ms",
        "peak MB",
        "B/account",
        "B, id only",
        "refresh ms",
        "leasing at",
        "cycles/s @64"
    );
    for rows in SIZES.into_iter().filter(|rows| *rows <= largest) {
        let file = folder.join(format!("pool-{rows}/state.db"));
        let store = Store::open(StoreOptions::new(&file)).await.unwrap();
        fill(&file, rows).await;
        store.close().await;
        let ids = child(&file, rows, "ids", span);
        println!("{rows:>9}{}", child(&file, rows, "all", span).replace("IDS", &ids));
    }
    println!(
        "B/account: memory that an open pool keeps; \"id only\": one that selects nothing but ids, beyond \
         the id's own {ID_BYTES} bytes; leasing at: of its rate, while the pool is refreshed again and again"
    );
}

fn child(file: &Path, rows: usize, pool: &str, span: Duration) -> String {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--pool", pool, "--file"]).arg(file);
    command.args(["--rows", &rows.to_string(), "--ms", &span.as_millis().to_string()]);
    let out = command.stderr(std::process::Stdio::inherit()).output();
    String::from_utf8(out.unwrap().stdout).unwrap()
}

/// What the child process does: opens a pool and prints its part of the line.
pub async fn one(name: &str, file: &Path, rows: usize, span: Duration) {
    let store = Arc::new(Store::open(StoreOptions::new(file)).await.unwrap());
    let manager = manager(&store);
    let before = forget_peak();
    let begun = Instant::now();
    let pool = manager.get(&PoolName::new(name).unwrap()).await.unwrap();
    let opened = begun.elapsed();
    let highest = peak().saturating_sub(before);
    let bytes = resident().saturating_sub(before) as f64 / rows as f64;
    if name == "ids" {
        print!("{:>12.0}", bytes - ID_BYTES);
        return;
    }
    let mut refreshes: Vec<_> = Vec::new();
    for _ in 0..3 {
        let begun = Instant::now();
        pool.refresh().await.unwrap();
        refreshes.push(begun.elapsed());
    }
    refreshes.sort();
    let alone = leasing(&pool, span).await;
    let meanwhile = leasing_while_refreshed(&pool, span).await;
    print!(
        "{:>10.1}{:>10.1}{bytes:>12.0}IDS{:>12.1}{:>11.0}%{alone:>15.0}",
        opened.as_secs_f64() * 1e3,
        highest as f64 / 1e6,
        refreshes[1].as_secs_f64() * 1e3,
        100.0 * meanwhile / alone,
    );
    store.close().await;
}

/// Cycles a second through the pool; each account goes back.
async fn leasing(pool: &Arc<Pool>, span: Duration) -> f64 {
    let (pool, who, stop) = (pool.clone(), holder(), CancellationToken::new());
    let nothing = Arc::new(HashSet::new());
    let rate = cycles(BOTS, span, move || {
        let (pool, who, stop, nothing) = (pool.clone(), who.clone(), stop.clone(), nothing.clone());
        async move { cycle(&pool, &who, &nothing, &stop).await }
    });
    rate.await.per_second
}

async fn cycle(pool: &Arc<Pool>, who: &Holder, nothing: &Arc<HashSet<AccountId>>, stop: &CancellationToken) {
    let lease = pool.lease(who, nothing, stop).await.unwrap().unwrap();
    lease.settle(Outcome::Returned { reason: String::new() }, None).await.unwrap();
}

/// The same while the pool is refreshed again and again.
async fn leasing_while_refreshed(pool: &Arc<Pool>, span: Duration) -> f64 {
    let (over, mut seen) = watch::channel(false);
    let refreshed = pool.clone();
    let refreshing = tokio::spawn(async move {
        while !*seen.borrow_and_update() {
            refreshed.refresh().await.unwrap();
        }
    });
    let rate = leasing(pool, span.max(Duration::from_secs(1))).await;
    over.send(true).unwrap();
    refreshing.await.unwrap();
    rate
}

fn manager(store: &Arc<Store>) -> Arc<PoolManager> {
    let definitions = Arc::new(MemoryDefinitions::default());
    let columns = "id, xml_path, pack_count, last_modified, status, failure_count, last_error";
    for (name, columns) in [("all", columns), ("ids", "id")] {
        let definition: PoolDefinition = serde_json::from_value(json!({
            "name": name, "type": "sql",
            "query": {"select": format!("SELECT {columns} FROM accounts ORDER BY pack_count DESC")},
        }))
        .unwrap();
        definitions.create_pool(definition).unwrap();
    }
    let types: Arc<Registry<dyn PoolType>> = Arc::new(Registry::new("pool type"));
    let main = DatabaseRef::Sqlite(store.path().to_owned());
    types.register(
        "sql",
        "built in",
        Arc::new(SqlPoolType::new(BTreeMap::from([("main".to_owned(), main)]))),
    );
    let clock: Arc<SystemClock> = Arc::new(SystemClock);
    let events = EventBus::new(clock.clone(), 1024);
    PoolManager::new(PoolParts { definitions, types, ledger: store.clone(), events, clock })
}

/// Accounts as an import makes them, quicker than an import.
async fn fill(file: &Path, rows: usize) {
    let mut conn = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    let numbers = format!("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT {rows})");
    conn.execute(AssertSqlSafe(format!(
        "INSERT INTO accounts (id, xml_path, pack_count, last_modified, status) {numbers}
         SELECT printf('account-%07d', i), printf('accounts/account-%07d.xml', i), (i * 7919) % 200,
           strftime('%Y-%m-%dT%H:%M:%SZ', 1750000000 + (i * 104729) % 9999991, 'unixepoch'), 'available' FROM n"
    )))
    .await
    .unwrap();
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
    conn.close().await.unwrap();
}
