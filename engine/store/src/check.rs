//! Whether a database is whole.

use std::path::Path;

use sqlx::{Connection, Row, SqliteConnection};

use crate::connect;
use crate::error::StoreError;
use crate::files::beside;

/// Reads the whole database and gives what is wrong with it: nothing, if it is whole.
/// Works beside a running engine.
///
/// # Errors
/// [`StoreError::NotThere`]; [`StoreError::Damaged`] when it can't be read at all.
pub async fn quick(path: &Path) -> Result<Vec<String>, StoreError> {
    run(path, "PRAGMA quick_check(10)").await
}

/// As [`quick`], with the indexes compared with their tables.
///
/// # Errors
/// As for [`quick`].
pub async fn thorough(path: &Path) -> Result<Vec<String>, StoreError> {
    run(path, "PRAGMA integrity_check(10)").await
}

async fn run(path: &Path, pragma: &'static str) -> Result<Vec<String>, StoreError> {
    let there = path.try_exists().map_err(|error| StoreError::file("look for", path, error))?;
    if !there {
        return Err(StoreError::NotThere { path: path.to_owned() });
    }
    let opening = |error| StoreError::opening(path, error);
    let mut conn =
        SqliteConnection::connect_with(&connect::plain(path).read_only(true)).await.map_err(opening)?;
    let rows = sqlx::query(pragma).fetch_all(&mut conn).await.map_err(opening)?;
    let lines = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>()?;
    // Reading is over; a connection that closes badly has nothing to lose.
    drop(conn.close().await);
    Ok(if lines == ["ok"] { Vec::new() } else { lines })
}

/// Refuses a database that isn't whole.
pub(crate) async fn must_be_whole(conn: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    let row = sqlx::query("PRAGMA quick_check(1)").fetch_one(conn).await;
    let line: String =
        row.and_then(|row| row.try_get(0)).map_err(|error| StoreError::opening(path, error))?;
    if line == "ok" {
        return Ok(());
    }
    Err(StoreError::Damaged { path: path.to_owned(), detail: line })
}

/// Whether the last engine didn't end well: it left its log, which closing folds into
/// the database.
pub(crate) fn ended_badly(path: &Path) -> bool {
    std::fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0)
}
