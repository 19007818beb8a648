//! Why the store couldn't do as asked, and what to do about it.

use std::path::{Path, PathBuf};

use lariat_core::failpoint::Injected;
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
        "{} is damaged or not a SQLite database ({detail}); nothing in it was changed: `lariat doctor --repair` puts the last good backup in its place",
        path.display()
    )]
    Damaged {
        /// The database.
        path: PathBuf,
        /// SQLite's words.
        detail: String,
    },
    /// A backup wasn't made, since there is something under its name.
    #[error("{} is there already; name another file", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// There is nothing to restore from.
    #[error(
        "there is no good backup in {} ({tried} tried); put a copy of the database in the place of {}, or move that \
         away to begin with an empty store", folder.display(), path.display()
    )]
    NoBackup {
        /// The database.
        path: PathBuf,
        /// Where backups were looked for.
        folder: PathBuf,
        /// How many there are that aren't good.
        tried: usize,
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
    #[error("{source}{}", advice(primary_code(source)))]
    Sql {
        /// SQLite's or sqlx's error.
        #[from]
        source: sqlx::Error,
    },
    /// SQLite failed in a batch of the writer's.
    #[error("error returned from database: (code: {code}) {message}{}", advice(Some(code & 0xff)))]
    Sqlite {
        /// SQLite's extended result code.
        code: u32,
        /// SQLite's words.
        message: String,
    },
    /// A record in the database says something impossible.
    #[error("the store holds a record that can't be read ({0}); was it changed by hand?")]
    Record(String),
    /// What was committed isn't known to be on the disk.
    #[error("can't make {} durable: {source}; check the disk", path.display())]
    Unsynced {
        /// The database's log.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The log must be folded into the database, and somebody reads it.
    #[error("another program has read the database for a long time: let it finish")]
    LogInUse,
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

    /// The same error, or that of a damaged database if it tells of one.
    pub(crate) fn at(self, path: &Path) -> Self {
        match self {
            Self::Sql { source } => Self::opening(path, source),
            other => other,
        }
    }

    /// Whether the store works and doesn't take what it was given, so that waiting doesn't
    /// help.
    fn is_rejection(&self) -> bool {
        const PASSING: [u32; 10] = [5, 6, 7, 8, 10, CORRUPT, 13, 14, 15, NOT_A_DATABASE];
        match self {
            Self::Sql { source: source @ sqlx::Error::Database(_) } => {
                !primary_code(source).is_some_and(|code| PASSING.contains(&code))
            }
            Self::Sqlite { code, .. } => !PASSING.contains(&(code & 0xff)),
            Self::Record(_) | Self::ReadOnly => true,
            _ => false,
        }
    }

    /// Whether somebody else held the database's write lock, so that nothing happened.
    pub(crate) fn is_busy(&self) -> bool {
        match self {
            Self::Sql { source } => primary_code(source) == Some(BUSY),
            Self::Sqlite { code, .. } => code & 0xff == BUSY,
            _ => false,
        }
    }
}

impl From<Injected> for StoreError {
    fn from(injected: Injected) -> Self {
        Self::Sql { source: sqlx::Error::Io(injected.into()) }
    }
}

impl From<&StoreError> for LedgerError {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Closed => Self::Closed,
            rejection if rejection.is_rejection() => Self::Rejected(rejection.to_string()),
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
        match error {
            StoreError::Closed => Self::Rejected(error.to_string()),
            rejection if rejection.is_rejection() => Self::Rejected(rejection.to_string()),
            other => Self::Store(other.to_string()),
        }
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
fn advice(code: Option<u32>) -> &'static str {
    match code {
        Some(BUSY) => "; another program is writing to the database: let it finish",
        Some(8) => {
            "; the database may not be written to: check the owner and mode of the file and its folder"
        }
        Some(10) => "; reading or writing failed: check the disk and its space",
        Some(CORRUPT | NOT_A_DATABASE) => {
            "; the database is damaged: stop the engine, then `lariat doctor --repair`"
        }
        Some(13) => "; the disk is full: free some space, then go on",
        Some(14) => "; the file can't be opened: check its folder and permissions",
        _ => "",
    }
}
