//! The formats of an export.

use std::ffi::OsStr;
use std::path::Path;
use std::str::FromStr;

use crate::error::AccountError;

/// A format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A header and rows.
    Csv,
    /// An array of objects.
    Json,
    /// An object a line.
    Jsonl,
    /// Account XML.
    Xml,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 4] = [Self::Csv, Self::Json, Self::Jsonl, Self::Xml];

    /// The word for it, and the extension of its files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Xml => "xml",
        }
    }

    /// The format that a file's extension asks for.
    pub fn of_path(path: &Path) -> Option<Self> {
        path.extension().and_then(OsStr::to_str)?.parse().ok()
    }
}

impl FromStr for Format {
    type Err = AccountError;

    fn from_str(word: &str) -> Result<Self, AccountError> {
        match word.to_ascii_lowercase().as_str() {
            "csv" => Ok(Self::Csv),
            "json" => Ok(Self::Json),
            "jsonl" | "ndjson" => Ok(Self::Jsonl),
            "xml" => Ok(Self::Xml),
            _ => Err(AccountError::NotAccounts(format!(
                "unknown format \"{word}\"; there is csv, json, jsonl, xml"
            ))),
        }
    }
}
