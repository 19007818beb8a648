//! A store's database with a few accounts and everything that a query must not read.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lariat_core::account::Account;
use lariat_core::definition::PoolDefinition;
use lariat_core::source::{AccountSource, PoolType, Selection, SourceError};
use lariat_store::sql::{DatabaseRef, GuardLimits, SqlPoolType};
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};
use tempfile::TempDir;

pub const TABLES: &str = "
    CREATE TABLE accounts (
      id TEXT PRIMARY KEY NOT NULL, xml_path TEXT, pack_count INTEGER NOT NULL DEFAULT 0, last_modified TEXT,
      status TEXT NOT NULL DEFAULT 'available', failure_count INTEGER NOT NULL DEFAULT 0, last_error TEXT,
      completed_at TEXT, cards_found INTEGER, stars_total INTEGER, keep_count INTEGER, custom_metadata TEXT);
    CREATE TABLE account_secrets (account_id TEXT, name TEXT, value TEXT, PRIMARY KEY (account_id, name)) WITHOUT ROWID;
    CREATE TABLE leases (account TEXT PRIMARY KEY, token INTEGER);
    CREATE TABLE outcomes (account TEXT, pool TEXT);
    CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT);
    CREATE VIEW rich AS SELECT id, pack_count FROM accounts WHERE pack_count >= 10;
    CREATE VIEW leaked AS SELECT account_id AS id, value FROM account_secrets;
    CREATE VIRTUAL TABLE notes USING fts5(id, body);
    INSERT INTO leases VALUES ('a1', 7);
    INSERT INTO kv VALUES ('k', 'v');
    INSERT INTO notes VALUES ('n1', 'hello');
";

pub const ACCOUNTS: &str = "
    INSERT INTO accounts (id, pack_count, status, failure_count, last_error, last_modified, xml_path, custom_metadata) VALUES
      ('a1', 12, 'available', 0, NULL, datetime('now', '-1 day'), 'x/a1.xml', '{\"tags\": [\"red\", \"old\"]}'),
      ('a2', 50, 'skipped', 1, 'timed out', datetime('now', '-3 days'), 'x/a2.xml', NULL),
      ('a3', 3, 'available', 2, 'banned by server', datetime('now', '-30 days'), 'x/a3.xml', NULL),
      ('a4', 25, 'failed', 2, 'timed out', strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-2 days'), NULL, '{}'),
      ('a5', 10, 'available', 0, '', NULL, NULL, NULL);
";

/// A folder with `state.db` as the store and `other.db` as the database `other`.
pub struct Fixture {
    pub folder: TempDir,
    pub limits: GuardLimits,
    /// Keeps the store's log files in place, as the engine does.
    _keeper: SqliteConnection,
}

impl Fixture {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut keeper = create(&folder.path().join("state.db"), SqliteJournalMode::Wal).await;
        keeper.execute(TABLES).await.unwrap();
        keeper.execute(ACCOUNTS).await.unwrap();
        let mut other = create(&folder.path().join("other.db"), SqliteJournalMode::Delete).await;
        other.execute("CREATE TABLE members (id INTEGER PRIMARY KEY, nick TEXT); INSERT INTO members VALUES (7, 'x'), (5, 'y')").await.unwrap();
        sqlx::Connection::close(other).await.unwrap();
        let limits = GuardLimits { deadline: Duration::from_secs(20), ..GuardLimits::default() };
        Self { folder, limits, _keeper: keeper }
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Changes the store, as the engine would.
    pub async fn store(&mut self, sql: &str) {
        self._keeper.execute(AssertSqlSafe(sql)).await.unwrap();
    }

    pub fn pool_type(&self) -> SqlPoolType {
        SqlPoolType::new(BTreeMap::from([
            ("main".to_owned(), DatabaseRef::Sqlite(self.file("state.db"))),
            ("other".to_owned(), DatabaseRef::Sqlite(self.file("other.db"))),
            ("gone".to_owned(), DatabaseRef::Sqlite(self.file("gone.db"))),
            (
                "server".to_owned(),
                DatabaseRef::parse("postgres://me:hunter2@host/qa", Path::new("/")).unwrap(),
            ),
        ]))
        .with_limits(self.limits)
    }

    pub async fn open(&self, definition: Value) -> Result<Arc<dyn AccountSource>, SourceError> {
        self.pool_type().open(&pool(definition)).await
    }

    /// Opens and fetches.
    pub async fn fetch(&self, definition: Value) -> Result<Selection, SourceError> {
        self.open(definition).await?.fetch().await
    }

    pub async fn select(&self, sql: &str) -> Result<Selection, SourceError> {
        self.fetch(json!({"query": {"select": sql}})).await
    }

    /// The ids that a query selects from the store.
    pub async fn ids(&self, sql: &str) -> Vec<String> {
        ids(&self.select(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}")))
    }

    /// Every file with its bytes, except the index of the log, which readers share.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| {
                let index = path.to_string_lossy().ends_with("-shm");
                let bytes = if index { Vec::new() } else { std::fs::read(&path).unwrap() };
                (path, bytes)
            })
            .collect()
    }
}

pub async fn create(path: &Path, journal: SqliteJournalMode) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(journal)
        .synchronous(SqliteSynchronous::Off)
        .connect()
        .await
        .unwrap()
}

/// A definition of type `sql` with these keys.
pub fn pool(mut keys: Value) -> PoolDefinition {
    keys["name"] = json!("P");
    keys["type"] = json!("sql");
    serde_json::from_value(keys).unwrap()
}

pub fn ids(selection: &Selection) -> Vec<String> {
    selection.accounts.iter().map(|row| row.id().to_owned()).collect()
}

pub fn unpack(selection: &Selection) -> Vec<Account> {
    selection.accounts.iter().map(|row| row.unpack().unwrap()).collect()
}
