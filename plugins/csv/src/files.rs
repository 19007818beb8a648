//! Which files there are, and of what kind.

use std::path::{Path, PathBuf};

use lariat_sdk::{Error, Result};

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Cells between these.
    Cells(u8),
    /// A JSON object a line.
    Lines,
}

/// A file to read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) format: Format,
}

/// The file at `path`, or those of the folder there, by name. A file that is named may be
/// called as it likes, and is then a CSV.
pub(crate) fn find(path: &Path, delimiter: Option<u8>) -> Result<Vec<Source>> {
    let place = |error| Error::failed(format!("{}: {error}", path.display()));
    if !std::fs::metadata(path).map_err(place)?.is_dir() {
        let format = format(path, delimiter).unwrap_or(Format::Cells(delimiter.unwrap_or(b',')));
        return Ok(vec![Source { path: path.to_owned(), format }]);
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(place)? {
        let path = entry.map_err(place)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if let Some(format) = format(&path, delimiter)
            && !hidden
            && path.is_file()
        {
            found.push(Source { path, format });
        }
    }
    if found.is_empty() {
        let path = path.display();
        return Err(Error::failed(format!("{path}: no .csv, .tsv, .jsonl or .ndjson file in this folder")));
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn format(path: &Path, delimiter: Option<u8>) -> Option<Format> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "csv" => Some(Format::Cells(delimiter.unwrap_or(b','))),
        "tsv" => Some(Format::Cells(delimiter.unwrap_or(b'\t'))),
        "jsonl" | "ndjson" => Some(Format::Lines),
        _ => None,
    }
}
