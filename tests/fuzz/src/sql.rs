//! The query guard, told apart from what it should be: two databases differ in nothing but
//! what a query must not read. A query that the guard accepts must give the same from both, and
//! leave every file as it was.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lariat_core::source::{PoolType, SourceError};
use lariat_store::sql::{DatabaseRef, GuardLimits, SqlPoolType};
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::sign::Sign;

/// The same in both.
const OPEN: &str = "
    CREATE TABLE accounts (
      id TEXT PRIMARY KEY NOT NULL, xml_path TEXT, pack_count INTEGER NOT NULL DEFAULT 0, last_modified TEXT,
      status TEXT NOT NULL DEFAULT 'available', failure_count INTEGER NOT NULL DEFAULT 0, last_error TEXT,
      completed_at TEXT, cards_found INTEGER, stars_total INTEGER, keep_count INTEGER, custom_metadata TEXT);
    INSERT INTO accounts (id, pack_count, status, last_error) VALUES
      ('a1', 12, 'available', NULL), ('a2', 50, 'skipped', 'timed out'), ('a3', 3, 'failed', 'banned');
    CREATE VIEW rich AS SELECT id, pack_count FROM accounts WHERE pack_count >= 10;
    CREATE TABLE account_secrets (account_id TEXT, name TEXT, value TEXT, PRIMARY KEY (account_id, name)) WITHOUT ROWID;
    CREATE TABLE leases (account TEXT PRIMARY KEY, token INTEGER);
    CREATE TABLE outcomes (account TEXT, pool TEXT);
    CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT);
    CREATE VIEW leaked AS SELECT account_id AS id, value FROM account_secrets;
    CREATE VIRTUAL TABLE notes USING fts5(id, body);";
/// What must not be read, of one and of the other. (Secrets of an account that is selected come
/// with it; here they belong to nobody.)
const HIDDEN: [&str; 2] = [
    "INSERT INTO account_secrets VALUES ('nobody', 'password', 'hunter2'); INSERT INTO leases VALUES ('a1', 7);",
    "INSERT INTO kv VALUES ('k', 'other'); INSERT INTO outcomes VALUES ('a2', 'P'), ('a3', 'P');
     INSERT INTO notes VALUES ('n1', 'hello'); CREATE TABLE extra (x); CREATE INDEX by_pool ON outcomes (pool);",
];

struct Twins {
    folder: TempDir,
    runtime: Runtime,
    types: [SqlPoolType; 2],
    /// Keep the logs of the databases in place, as an engine does.
    _keepers: Vec<SqliteConnection>,
    before: Files,
}

type Files = BTreeMap<PathBuf, Vec<u8>>;

thread_local! {
    static TWINS: OnceCell<Twins> = const { OnceCell::new() };
}

impl Twins {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // One thread beside the caller's, for what answers when SQLite doesn't.
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let mut keepers = Vec::new();
        let paths = ["one.db", "two.db"].map(|name| folder.path().join(name));
        for (path, hidden) in paths.iter().zip(HIDDEN) {
            let options = SqliteConnectOptions::new()
                .filename(path)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal);
            keepers.push(runtime.block_on(async {
                let mut keeper = SqliteConnection::connect_with(&options).await.unwrap();
                keeper.execute(AssertSqlSafe(format!("{OPEN}{hidden}"))).await.unwrap();
                keeper
            }));
        }
        let limits =
            GuardLimits { deadline: Duration::from_millis(300), rows: 2_000, ..GuardLimits::default() };
        let types = paths.map(|path| {
            SqlPoolType::new(BTreeMap::from([("main".to_owned(), DatabaseRef::Sqlite(path))]))
                .with_limits(limits)
        });
        let before = files(folder.path());
        Self { folder, runtime, types, _keepers: keepers, before }
    }

    fn select(&self, which: usize, sql: &str) -> Result<Vec<String>, SourceError> {
        let keys = json!({"name": "P", "type": "sql", "query": {"select": sql}});
        let Ok(definition) = serde_json::from_value(keys) else { return Ok(Vec::new()) };
        let Some(pool_type) = self.types.get(which) else { return Ok(Vec::new()) };
        self.runtime.block_on(async {
            let selection = pool_type.open(&definition).await?.fetch().await?;
            Ok(selection
                .accounts
                .iter()
                .map(|row| format!("{:?}", row.unpack().map(|a| a.reveal())))
                .collect())
        })
    }
}

/// Every file in the folder and in the one that the program runs in, but for the index of a
/// log, which readers share.
fn files(folder: &Path) -> Files {
    let here = std::env::current_dir().unwrap();
    let within = |folder: &Path| std::fs::read_dir(folder).unwrap().flatten().collect::<Vec<_>>();
    let mut found = Files::new();
    for file in within(folder) {
        let index = file.file_name().to_string_lossy().ends_with("-shm");
        let bytes = if index { Vec::new() } else { std::fs::read(file.path()).unwrap() };
        found.insert(file.path(), bytes);
    }
    found.extend(within(&here).into_iter().map(|file| (file.path(), Vec::new())));
    found
}

/// A query.
pub fn sql_guard(bytes: &[u8]) -> Sign {
    let sql = String::from_utf8_lossy(bytes);
    TWINS.with(|twins| {
        let twins = twins.get_or_init(Twins::new);
        let (one, two) = (twins.select(0, &sql), twins.select(1, &sql));
        assert!(twins.before == files(twins.folder.path()), "a file was changed");
        match (one, two) {
            (Ok(one), Ok(two)) if one == two => Sign(one.len().min(4) as u64),
            (Ok(one), Ok(two)) => {
                // The time and `random()` differ as well, but from themselves.
                let steady = (0..8).all(|_| twins.select(0, &sql).is_ok_and(|again| again == one));
                assert!(!steady, "it depends on what it must not read: {one:?}, {two:?}");
                Sign(5)
            }
            (Err(one), Err(two)) => {
                Sign(Sign::of(&one.to_string()).0 ^ Sign::of(&two.to_string()).0.rotate_left(1))
            }
            (one, two) => {
                // A deadline may hit one of them; a refusal may not.
                let error = one.err().or(two.err()).map(|error| error.to_string()).unwrap_or_default();
                assert!(error.contains("deadline"), "accepted on one of two equal databases: {error}");
                Sign(6)
            }
        }
    })
}
