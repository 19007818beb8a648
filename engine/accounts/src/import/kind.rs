//! Which reader a file's name asks for.

use std::ffi::OsStr;

use crate::scan::has_extension;

/// The extensions of account files.
pub(super) const EXTENSIONS: [&str; 5] = ["xml", "csv", "json", "jsonl", "ndjson"];

/// The kinds of account files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Xml,
    Csv,
    Json,
}

impl Kind {
    /// The kind of a file of this name; `None` if it isn't an account file.
    pub(super) fn of(name: &OsStr) -> Option<Self> {
        if has_extension(name, &["xml"]) {
            Some(Self::Xml)
        } else if has_extension(name, &["csv"]) {
            Some(Self::Csv)
        } else {
            has_extension(name, &EXTENSIONS).then_some(Self::Json)
        }
    }
}
