//! A database that a pool may name.

use std::path::{Path, PathBuf};

/// The name of the store among the databases.
pub const MAIN: &str = "main";

/// Where a named database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseRef {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A kind of server that this version can't query yet: the scheme of its URL.
    /// Kept, so that only the pools that use it are refused.
    Unsupported(String),
}

impl DatabaseRef {
    /// Reads `sqlite:path`, or a bare path; a relative one starts at `base`.
    ///
    /// ```
    /// use lariat_store::sql::DatabaseRef;
    /// let base = std::path::Path::new("/work");
    /// assert_eq!(DatabaseRef::parse("sqlite:qa.db", base), Ok(DatabaseRef::Sqlite("/work/qa.db".into())));
    /// assert!(matches!(DatabaseRef::parse("postgres://u@h/qa", base), Ok(DatabaseRef::Unsupported(_))));
    /// ```
    ///
    /// # Errors
    /// When there is no path. The URL itself isn't repeated: it may hold a password.
    pub fn parse(url: &str, base: &Path) -> Result<Self, String> {
        let path = match url.split_once("://") {
            Some(("sqlite", path)) => path,
            Some((scheme, _)) => return Ok(Self::Unsupported(scheme.to_owned())),
            None => url.strip_prefix("sqlite:").unwrap_or(url),
        };
        match path.trim() {
            "" => Err("names no file; write sqlite:path/to/file.db".to_owned()),
            ":memory:" => Err("a database in memory has nothing to select from; name a file".to_owned()),
            path => Ok(Self::Sqlite(base.join(path))),
        }
    }

    /// The file, or why this database can't be queried.
    pub(super) fn file(&self) -> Result<&Path, String> {
        match self {
            Self::Sqlite(path) => Ok(path),
            Self::Unsupported(scheme) => Err(format!(
                "{scheme} databases are not supported yet for sql pools; name a SQLite file (sqlite:path)"
            )),
        }
    }
}

impl From<PathBuf> for DatabaseRef {
    fn from(path: PathBuf) -> Self {
        Self::Sqlite(path)
    }
}
