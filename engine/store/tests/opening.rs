//! Who may open what: the lock, the modes of the files, foreign, newer and damaged ones.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::{Fixture, ask, lease, pool};
use lariat_core::ledger::{Ledger, LedgerError};
use lariat_store::{Store, StoreError, StoreOptions};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

const DATABASE: &str = "LARIAT_TEST_DATABASE";

async fn sql(path: &Path, text: &str) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut conn = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(text.to_owned())).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}

/// The other engine: not a test, unless it is told which database to hold.
#[tokio::test]
async fn child() {
    let Some(database) = std::env::var_os(DATABASE) else { return };
    let _store = Store::open(StoreOptions::new(PathBuf::from(database))).await.unwrap();
    writeln!(std::io::stdout().lock(), "open").unwrap();
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn one_process_writes_and_its_death_frees_the_store() {
    let fixture = Fixture::new();
    let path = fixture.options().path;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(DATABASE, &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().ends_with("open")));

    let refused = Store::open(fixture.options()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Busy { pid: Some(pid), .. } if pid == child.id()), "{refused}");
    assert!(refused.to_string().contains(&child.id().to_string()), "{refused}");
    let reader = Store::open(fixture.options().read_only()).await.unwrap();
    assert!(reader.history(&pool("one")).await.unwrap().outcomes.is_empty());

    child.kill().unwrap();
    child.wait().unwrap();
    lease(&fixture.open().await, "a", "one").await;
    assert_eq!(reader.history(&pool("one")).await.unwrap().leases.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_while_the_store_is_being_made_waits_for_it() {
    for _ in 0..40 {
        let fixture = Fixture::new();
        let options = fixture.options().read_only();
        let reader = tokio::spawn(async move {
            loop {
                match Store::open(options.clone()).await {
                    Ok(_) => break,
                    Err(StoreError::NotThere { .. }) => tokio::task::yield_now().await,
                    Err(error) => panic!("{error}"),
                }
            }
        });
        fixture.open().await;
        reader.await.unwrap();
    }
}

#[tokio::test]
async fn a_closed_store_lets_go_and_answers_nothing() {
    let fixture = Fixture::new();
    let store = fixture.open().await;
    assert!(matches!(Store::open(fixture.options()).await, Err(StoreError::Busy { .. })));
    let token = lease(&store, "a", "one").await;
    store.close().await;
    assert!(matches!(store.lease(ask("b", "one")).await, Err(LedgerError::Closed)));
    store.close().await;
    assert!(lease(&fixture.open().await, "b", "one").await > token);
}

#[tokio::test]
async fn a_reader_changes_nothing_and_makes_nothing() {
    let fixture = Fixture::new();
    let options = fixture.options().read_only();
    assert!(matches!(Store::open(options.clone()).await, Err(StoreError::NotThere { .. })));
    assert!(!options.path.parent().unwrap().exists());
    fixture.open().await.close().await;
    let reader = Store::open(options).await.unwrap();
    let refused = reader.lease(ask("a", "one")).await;
    assert!(matches!(refused, Err(LedgerError::Rejected(why)) if why.contains("reading only")));
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_look_into_the_files() {
    use std::os::unix::fs::PermissionsExt;

    let fixture = Fixture::new();
    let store = fixture.open().await;
    lease(&store, "a", "one").await;
    let folder = fixture.options().path.parent().unwrap().to_owned();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 3, "{files:?}");
    assert!(files.iter().all(|file| mode(file) == 0o600), "{files:?}");
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let fixture = Fixture::new();
    fixture.open().await.close().await;
    sql(&fixture.options().path, "PRAGMA user_version = 99").await;
    for options in [fixture.options(), fixture.options().read_only()] {
        let refused = Store::open(options).await.unwrap_err();
        assert!(matches!(refused, StoreError::Newer { found: 99, .. }), "{refused}");
    }
}

#[tokio::test]
async fn the_database_of_another_program_stays_as_it_is() {
    let fixture = Fixture::new();
    let path = fixture.folder.path().join("other.db");
    sql(&path, "CREATE TABLE accounts (id)").await;
    let before = std::fs::read(&path).unwrap();
    let options = StoreOptions { path: path.clone(), ..fixture.options() };
    assert!(matches!(Store::open(options).await, Err(StoreError::Foreign { .. })));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_damaged_file_is_named_and_left_alone() {
    let fixture = Fixture::new();
    let path = fixture.folder.path().join("garbage.db");
    std::fs::write(&path, "this is no database ".repeat(1_000)).unwrap();
    for read_only in [false, true] {
        let options = StoreOptions { path: path.clone(), read_only, ..fixture.options() };
        let refused = Store::open(options).await.unwrap_err();
        assert!(matches!(refused, StoreError::Damaged { .. }), "{refused:?}");
        assert!(refused.to_string().contains("garbage.db"), "{refused}");
    }
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("this is no database"));
}
