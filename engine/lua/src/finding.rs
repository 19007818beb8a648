//! What is wrong with a script, and where.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

/// Whether a finding keeps the script from working.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It works, but perhaps not as meant.
    Warning,
    /// It doesn't work.
    Error,
}

/// One thing that `lariat routine check` has to say about a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The file, relative to the workspace.
    pub file: PathBuf,
    /// The line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// Whether it must be mended.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if self.line > 0 {
            write!(f, "{}:", self.line)?;
        }
        write!(f, " {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

/// Why a script wasn't loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptError {
    /// The file, relative to the workspace.
    pub file: PathBuf,
    /// The line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Finding::from(self.clone()).fmt(f)
    }
}

impl std::error::Error for ScriptError {}

impl From<ScriptError> for Finding {
    fn from(error: ScriptError) -> Self {
        let ScriptError { file, line, message, hint } = error;
        Self { file, line, severity: Severity::Error, message, hint }
    }
}

impl From<Finding> for ScriptError {
    fn from(finding: Finding) -> Self {
        let Finding { file, line, message, hint, severity: _ } = finding;
        Self { file, line, message, hint }
    }
}
