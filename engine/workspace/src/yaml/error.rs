//! One thing wrong in a file, with its place.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

/// One thing wrong in a file. Shown as `file:line:column: key.path: message`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileError {
    /// The file, as the user knows it (relative to the workspace).
    pub file: PathBuf,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The key's path, `pool_config.retry_failed`; empty for the file as a whole.
    pub path: String,
    /// What is wrong, and what is accepted.
    pub message: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file.display(), self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for FileError {}
