//! One writing engine a store: a lock that ends with the process, however it ends.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::error::StoreError;
use crate::files::private_file;

/// The exclusive lock on `<database>.lock`, held as long as this value lives. The file
/// says who holds it; it stays when the lock ends, since removing it would race with
/// the next holder.
#[derive(Debug)]
pub(crate) struct WriterLock(#[expect(dead_code, reason = "held, never read")] File);

impl WriterLock {
    /// Takes the lock of a database.
    pub(crate) fn take(database: &Path) -> Result<Self, StoreError> {
        let path = lock_path(database);
        let mut file = private_file(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
                return Err(StoreError::Busy { path: database.to_owned(), pid });
            }
            Err(TryLockError::Error(error)) => return Err(StoreError::file("lock", &path, error)),
        }
        let written = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()));
        written.map_err(|error| StoreError::file("write", &path, error))?;
        Ok(Self(file))
    }
}

/// `state.db` → `state.db.lock`.
fn lock_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}
