//! Why the store couldn't do as asked, and what to do about it.

use std::path::{Path, PathBuf};

use lariat_core::kv::KvError;
use lariat_core::ledger::LedgerError;

/// Why the store couldn't do as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another engine has this store open for writing.
    #[error(
        "another engine ({}) works with this store ({}); stop it, or give your command to it",
        pid.map_or_else(|| "process unknown".to_owned(), |pid| format!("process {pid}")), path.display()
    )]
    Busy {
        /// The database.
        path: PathBuf,
        /// The other engine's process, when it could be read.
        pid: Option<u32>,
    },
    /// There is no database yet.
    #[error("there is no store at {} yet; the first `lariat up` or `lariat launch` makes it", path.display())]
    NotThere {
        /// Where it would be.
        path: PathBuf,
    },
    /// The database was written by a newer engine.
    #[error(
        "the store {} has schema {found}, and this engine knows up to {known}; use the newer `lariat`, or another store",
        path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema's version.
        found: i64,
        /// The newest version this engine knows.
        known: i64,
    },
    /// The database was written by an older engine, and this open may not change it.
    #[error(
        "the store {} has the older schema {found}, and reading needs {known}; the next `lariat up` brings it up to date",
        path.display()
    )]
    Older {
        /// The database.
        path: PathBuf,
        /// Its schema's version.
        found: i64,
        /// The version needed.
        known: i64,
    },
    /// The file is a SQLite database of another program.
    #[error("{} is a database of another program; point `store:` in lariat.yaml to a file of its own", path.display())]
    Foreign {
        /// The database.
        path: PathBuf,
    },
    /// The file isn't a SQLite database, or is damaged.
    #[error(
        "{} is damaged or not a SQLite database ({detail}); put a backup in its place, or move it away to begin with an empty store",
        path.display()
    )]
    Damaged {
        /// The database.
        path: PathBuf,
        /// SQLite's words.
        detail: String,
    },
    /// A file or folder couldn't be made or opened.
    #[error("can't {doing} {}: {source}", path.display())]
    File {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// SQLite failed.
    #[error("{source}{}", advice(source))]
    Sql {
        /// SQLite's or sqlx's error.
        #[from]
        source: sqlx::Error,
    },
    /// A record in the database says something impossible.
    #[error("the store holds a record that can't be read ({0}); was it changed by hand?")]
    Record(String),
    /// The store was opened for reading only.
    #[error("this store is open for reading only; nothing was changed")]
    ReadOnly,
    /// The store is shut.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// An error of a file operation.
    pub(crate) fn file(doing: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::File { doing, path: path.to_owned(), source }
    }

    /// An error met while opening, when SQLite first looks into the file.
    pub(crate) fn opening(path: &Path, source: sqlx::Error) -> Self {
        match primary_code(&source) {
            Some(CORRUPT | NOT_A_DATABASE) => {
                Self::Damaged { path: path.to_owned(), detail: source.to_string() }
            }
            _ => Self::Sql { source },
        }
    }

    /// Whether somebody else held the database's write lock, so that nothing happened.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, Self::Sql { source } if primary_code(source) == Some(BUSY))
    }
}

impl From<&StoreError> for LedgerError {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Closed => Self::Closed,
            other => Self::Store(other.to_string()),
        }
    }
}

impl From<StoreError> for LedgerError {
    fn from(error: StoreError) -> Self {
        Self::from(&error)
    }
}

impl From<&StoreError> for KvError {
    fn from(error: &StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

impl From<StoreError> for KvError {
    fn from(error: StoreError) -> Self {
        Self::from(&error)
    }
}

const BUSY: u32 = 5;
const CORRUPT: u32 = 11;
const NOT_A_DATABASE: u32 = 26;

/// SQLite's primary result code (<https://www.sqlite.org/rescode.html>).
fn primary_code(error: &sqlx::Error) -> Option<u32> {
    let extended: u32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}

/// What to do about SQLite's error.
fn advice(error: &sqlx::Error) -> &'static str {
    match primary_code(error) {
        Some(BUSY) => "; another program is writing to the database: let it finish",
        Some(8) => {
            "; the database may not be written to: check the owner and mode of the file and its folder"
        }
        Some(10) => "; reading or writing failed: check the disk, then restart the engine",
        Some(CORRUPT | NOT_A_DATABASE) => "; the database is damaged: put a backup in its place",
        Some(13) => "; the disk is full: free some space, then go on",
        Some(14) => "; the file can't be opened: check its folder and permissions",
        _ => "",
    }
}
