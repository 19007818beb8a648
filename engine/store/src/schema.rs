//! The schema's versions: each migration is one file, applied once, in order; those that are
//! missing in one transaction. `PRAGMA user_version` says how many were.

use std::path::Path;

use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use crate::error::StoreError;

const MIGRATIONS: [&str; 2] =
    [include_str!("../migrations/0001_ledger.sql"), include_str!("../migrations/0002_selections.sql")];

fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Checks that a database is empty, or of a schema that [`migrate`] knows.
pub(crate) async fn check_ours(conn: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    let mut found = version(conn, path).await?;
    if found == 0 && has_tables(conn).await.map_err(|error| StoreError::opening(path, error))? {
        // Another process of ours may have made the schema in between, version and tables
        // at once.
        found = version(conn, path).await?;
        if found == 0 {
            return Err(StoreError::Foreign { path: path.to_owned() });
        }
    }
    check_not_newer(path, found)
}

/// Brings the database to the newest schema.
pub(crate) async fn migrate(conn: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    let found = version(conn, path).await?;
    // In one transaction, so that nobody who reads finds half of it.
    let missing = (1_i64..).zip(MIGRATIONS).filter(|(number, _)| *number > found);
    let missing: Vec<&str> = missing.map(|(_, migration)| migration).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let (schema, newest) = (missing.join("\n"), known());
    let sql = format!("BEGIN IMMEDIATE;\n{schema}\nPRAGMA user_version = {newest};\nCOMMIT;");
    if let Err(error) = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *conn).await {
        // Fails when SQLite has rolled back by itself, which is as good.
        let _ = sqlx::raw_sql("ROLLBACK").execute(&mut *conn).await;
        return Err(error.into());
    }
    tracing::debug!(path = %path.display(), schema = newest, "the store's schema was brought up to date");
    Ok(())
}

/// Checks that a database which may not be changed has exactly the schema we read.
pub(crate) async fn check(conn: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    check_ours(conn, path).await?;
    let path = path.to_owned();
    match version(conn, &path).await? {
        0 => Err(StoreError::NotThere { path }),
        found if found < known() => Err(StoreError::Older { path, found, known: known() }),
        _ => Ok(()),
    }
}

fn check_not_newer(path: &Path, found: i64) -> Result<(), StoreError> {
    if found > known() {
        return Err(StoreError::Newer { path: path.to_owned(), found, known: known() });
    }
    Ok(())
}

async fn version(conn: &mut SqliteConnection, path: &Path) -> Result<i64, StoreError> {
    let row = sqlx::query("PRAGMA user_version").fetch_one(conn).await;
    row.and_then(|row| row.try_get(0)).map_err(|error| StoreError::opening(path, error))
}

async fn has_tables(conn: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let row = sqlx::query("SELECT EXISTS (SELECT 1 FROM sqlite_schema)").fetch_one(conn).await?;
    row.try_get(0)
}
