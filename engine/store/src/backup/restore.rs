//! Puts a backup in the place of a damaged database. Nothing is deleted: the damaged
//! files are moved into a folder beside it.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use lariat_core::failpoint::{self, Site};
use serde::Serialize;
use sqlx::{Connection, SqliteConnection};

use super::folder::{self, Backup};
use super::make::verify;
use crate::connect;
use crate::error::StoreError;
use crate::files::{beside, private_file, private_folder, sync_file, sync_folder_of};
use crate::lock::WriterLock;

/// Tokens are counted on from here, so that none that was given after the backup is
/// given again.
const TOKENS_SINCE: i64 = 1_000_000_000;

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RestoreReport {
    /// The backup that is in force now.
    pub backup: PathBuf,
    /// Accounts in it.
    pub accounts: u64,
    /// Where the damaged files are.
    pub moved_to: PathBuf,
}

/// The newest backup in a folder that is whole.
///
/// # Errors
/// [`StoreError::NoBackup`] when there is none.
pub async fn latest_good(database: &Path, folder: &Path) -> Result<Backup, StoreError> {
    let backups = folder::list(folder)?;
    let tried = backups.len();
    for backup in backups {
        match verify(&backup.path).await {
            Ok(_) => return Ok(backup),
            Err(error) => tracing::warn!(backup = %backup.path.display(), %error, "passed over a bad backup"),
        }
    }
    Err(StoreError::NoBackup { path: database.to_owned(), folder: folder.to_owned(), tried })
}

/// Puts a backup in the place of the database, as the only one that uses it.
///
/// # Errors
/// [`StoreError::Busy`] when an engine works with it, [`StoreError::Damaged`] when the
/// backup isn't whole, and what the system says. One that is interrupted half-way leaves
/// a mark, by which every start refuses the database until the restoring is done again.
pub async fn restore(database: &Path, backup: &Path, now: Timestamp) -> Result<RestoreReport, StoreError> {
    let lock = WriterLock::take(database)?;
    let unfinished = beside(database, ".restoring");
    copy(backup, &unfinished)?;
    raise_tokens(&unfinished).await?;
    let accounts = verify(&unfinished).await?;
    sync_file(&unfinished)?;
    let mark = mark(database);
    private_file(&mark)?;
    sync_folder_of(database)?;
    failpoint::hit(Site::StoreRestore).await?;
    let aside = database.with_file_name(format!("damaged-{}", folder::name(now).trim_end_matches(".db")));
    private_folder(&aside)?;
    for ending in ["", "-wal", "-shm"] {
        let from = beside(database, ending);
        let Some(name) = from.file_name() else { continue };
        match std::fs::rename(&from, aside.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::file("move away", &from, error));
            }
            _ => {}
        }
    }
    std::fs::rename(&unfinished, database).map_err(|error| StoreError::file("replace", database, error))?;
    sync_folder_of(database)?;
    std::fs::remove_file(&mark).map_err(|error| StoreError::file("remove", &mark, error))?;
    sync_folder_of(database)?;
    drop(lock);
    Ok(RestoreReport { backup: backup.to_owned(), accounts, moved_to: aside })
}

/// Whether the restoring of a backup was interrupted.
pub fn is_half_restored(database: &Path) -> bool {
    mark(database).exists()
}

/// Refuses a database whose restoring was interrupted: it may not be there at all.
pub(crate) fn refuse_half_restored(database: &Path) -> Result<(), StoreError> {
    if is_half_restored(database) {
        let detail = "the restoring of a backup was interrupted".to_owned();
        return Err(StoreError::Damaged { path: database.to_owned(), detail });
    }
    Ok(())
}

fn mark(database: &Path) -> PathBuf {
    beside(database, ".repairing")
}

fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    // Of a restoring that was interrupted.
    let _ = std::fs::remove_file(to);
    let mut source = std::fs::File::open(from).map_err(|error| StoreError::file("read", from, error))?;
    let mut target = private_file(to)?;
    std::io::copy(&mut source, &mut target).map_err(|error| StoreError::file("write", to, error))?;
    Ok(())
}

async fn raise_tokens(path: &Path) -> Result<(), StoreError> {
    let opening = |error| StoreError::opening(path, error);
    let mut conn = SqliteConnection::connect_with(&connect::plain(path)).await.map_err(opening)?;
    let raise = "UPDATE meta SET value = value + ?1 WHERE name = 'last_token'";
    sqlx::query(raise).bind(TOKENS_SINCE).execute(&mut conn).await.map_err(opening)?;
    conn.close().await.map_err(opening)
}
