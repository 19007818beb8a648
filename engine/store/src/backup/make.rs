//! Makes a backup: SQLite writes a copy of one moment, which is checked, synced and only
//! then given its name.

use std::path::{Path, PathBuf};

use lariat_core::failpoint::{self, Site};
use serde::Serialize;
use sqlx::{Connection, Row, SqliteConnection};

use crate::check;
use crate::connect;
use crate::error::StoreError;
use crate::files::{beside, private_file, private_folder, sync_file, sync_folder_of};

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackupReport {
    /// The backup.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Accounts in it.
    pub accounts: u64,
}

/// Makes a backup of a database into a file that isn't there yet. Works beside a running
/// engine, which goes on meanwhile.
///
/// # Errors
/// [`StoreError::NotThere`], [`StoreError::Exists`], [`StoreError::Damaged`] when what
/// was written isn't whole, and what SQLite or the system say; then nothing is left.
pub async fn make(database: &Path, to: &Path) -> Result<BackupReport, StoreError> {
    let there = |path: &Path| path.try_exists().map_err(|error| StoreError::file("look for", path, error));
    if !there(database)? {
        return Err(StoreError::NotThere { path: database.to_owned() });
    }
    if there(to)? {
        return Err(StoreError::Exists { path: to.to_owned() });
    }
    if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        private_folder(folder)?;
    }
    let unfinished = Unfinished(beside(to, &format!(".{}.tmp", std::process::id())));
    write(database, &unfinished.0, to).await
}

/// A file that is removed however its making ends.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // It isn't there when it wasn't begun.
        let _ = std::fs::remove_file(&self.0);
    }
}

async fn write(database: &Path, unfinished: &Path, to: &Path) -> Result<BackupReport, StoreError> {
    // Of an earlier process with this number that was killed.
    let _ = std::fs::remove_file(unfinished);
    private_file(unfinished)?;
    let text = unfinished.to_str().ok_or_else(|| {
        let error = std::io::Error::other("its name isn't UTF-8, which SQLite wants");
        StoreError::file("write", to, error)
    })?;
    let options = connect::plain(database).read_only(true);
    let mut conn = SqliteConnection::connect_with(&options)
        .await
        .map_err(|error| StoreError::opening(database, error))?;
    let written = sqlx::query("VACUUM INTO ?1").bind(text).execute(&mut conn).await;
    written.map_err(|error| StoreError::opening(database, error))?;
    // It only read.
    drop(conn.close().await);
    let accounts = verify(unfinished).await?;
    sync_file(unfinished)?;
    failpoint::hit(Site::StoreBackup).await?;
    // Unlike a rename, this doesn't replace a file that came there meanwhile.
    std::fs::hard_link(unfinished, to).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => StoreError::Exists { path: to.to_owned() },
        _ => StoreError::file("make", to, error),
    })?;
    sync_folder_of(to)?;
    let facts = std::fs::metadata(to).map_err(|error| StoreError::file("look at", to, error))?;
    Ok(BackupReport { path: to.to_owned(), bytes: facts.len(), accounts })
}

/// Checks that a backup is whole and ours; gives the number of accounts in it.
pub(super) async fn verify(path: &Path) -> Result<u64, StoreError> {
    if let Some(problem) = check::thorough(path).await?.into_iter().next() {
        return Err(StoreError::Damaged { path: path.to_owned(), detail: problem });
    }
    let opening = |error| StoreError::opening(path, error);
    let mut conn =
        SqliteConnection::connect_with(&connect::plain(path).read_only(true)).await.map_err(opening)?;
    crate::schema::check_ours(&mut conn, path).await?;
    let row = sqlx::query("SELECT count(*) FROM accounts").fetch_one(&mut conn).await.map_err(opening)?;
    let accounts: i64 = row.try_get(0).map_err(opening)?;
    drop(conn.close().await);
    Ok(accounts.unsigned_abs())
}
