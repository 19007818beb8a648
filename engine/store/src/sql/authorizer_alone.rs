//! The authorizer on its own, on a connection that may write and without the layer
//! that parses: what gets past the other layers must fail here.

use std::sync::Arc;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Executor};

use crate::sql::authorizer::Guarded;
use crate::sql::failure::Failure;
use crate::sql::limits::GuardLimits;
use crate::sql::rules::Rules;
use crate::sql::schema::Schema;
use crate::sql::watch::Watch;

const ATTACKS: &[&str] = &[
    "DELETE FROM accounts",
    "INSERT INTO accounts VALUES ('z')",
    "INSERT INTO accounts VALUES ('z') RETURNING id",
    "UPDATE accounts SET id = 'z'",
    "REPLACE INTO accounts VALUES ('z')",
    "WITH x AS (SELECT 1) DELETE FROM accounts RETURNING id",
    "DROP TABLE accounts",
    "CREATE TABLE mine (id)",
    "CREATE TEMP TABLE mine AS SELECT id FROM accounts",
    "CREATE TRIGGER t AFTER INSERT ON accounts BEGIN SELECT 1; END",
    "CREATE VIRTUAL TABLE v USING fts5(x)",
    "ALTER TABLE accounts RENAME TO gone",
    "ATTACH DATABASE 'FOLDER/stolen.db' AS x",
    "DETACH DATABASE main",
    "VACUUM",
    "VACUUM INTO 'FOLDER/copy.db'",
    "PRAGMA user_version",
    "PRAGMA user_version = 7",
    "PRAGMA journal_mode = WAL",
    "PRAGMA query_only = OFF",
    "PRAGMA writable_schema = ON",
    "BEGIN IMMEDIATE",
    "COMMIT",
    "SAVEPOINT x",
    "REINDEX",
    "ANALYZE",
    "EXPLAIN SELECT id FROM accounts",
    "EXPLAIN QUERY PLAN SELECT id FROM accounts",
    "SELECT id FROM accounts; DELETE FROM accounts",
    "SELECT id FROM accounts; SELECT id FROM accounts",
    "SELECT id FROM accounts; nonsense",
    "SELECT * FROM leases",
    "SELECT count(*) FROM leases",
    "SELECT 1 FROM accounts WHERE EXISTS (SELECT * FROM leases)",
    "SELECT * FROM leaked",
    "SELECT * FROM notes",
    "SELECT name FROM sqlite_master",
    "SELECT name FROM sqlite_temp_schema",
    "SELECT * FROM pragma_user_version",
    "SELECT * FROM pragma_journal_mode('wal')",
    "SELECT * FROM dbstat",
    "SELECT load_extension('x')",
    "SELECT fts3_tokenizer('simple')",
    "SELECT zeroblob(1000000000)",
];

async fn database() -> (tempfile::TempDir, SqliteConnection) {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteConnectOptions::new().filename(folder.path().join("x.db")).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    connection
        .execute(
            "CREATE TABLE accounts (id); INSERT INTO accounts VALUES ('a'), ('b');
             CREATE TABLE leases (account); INSERT INTO leases VALUES ('a');
             CREATE VIEW leaked AS SELECT account FROM leases; CREATE VIRTUAL TABLE notes USING fts5(body);",
        )
        .await
        .unwrap();
    (folder, connection)
}

#[tokio::test]
async fn denies_what_is_not_listed() {
    let (folder, mut connection) = database().await;
    let schema = Schema::read(&mut connection, true).await.unwrap();
    let limits = GuardLimits::default();
    let watch = Watch::new(&limits);
    let before = std::fs::read(folder.path().join("x.db")).unwrap();
    {
        let handle = connection.lock_handle().await.unwrap();
        let guarded = Guarded::new(handle, Rules::for_query(&schema, &[]), &limits, &watch);
        for attack in ATTACKS {
            let sql = attack.replace("FOLDER", &folder.path().to_string_lossy());
            let result = guarded.prepare(&sql).and_then(|mut statement| statement.step());
            assert!(matches!(result, Err(Failure::Refused(_))), "{sql}: {result:?}");
        }
        let mut allowed = guarded.prepare("SELECT id FROM accounts").unwrap();
        assert_eq!(allowed.step(), Ok(true));
    }
    assert!(before == std::fs::read(folder.path().join("x.db")).unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    // The guard is gone with its value: the connection is as free as before.
    let leases: (i64,) =
        sqlx::query_as("SELECT count(*) FROM leases").fetch_one(&mut connection).await.unwrap();
    assert_eq!(leases, (1,));
    assert_eq!(Arc::strong_count(&watch), 1);
}
