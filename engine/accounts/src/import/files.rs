//! The files that a user's paths name.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use super::kind::{EXTENSIONS, Kind};
use crate::error::{AccountError, Fault, FileProblem};
use crate::path::absolute;
use crate::scan::{self, Found, Scan};
use crate::stamp::Stamp;

/// The files of some paths, in the order of the paths, each once.
#[derive(Default)]
pub(super) struct Listed {
    pub(super) files: Vec<(Found, Kind)>,
    pub(super) problems: Vec<FileProblem>,
    pub(super) warnings: Vec<FileProblem>,
}

/// Lists files, and folders with all their folders.
pub(super) fn files(base: &Path, paths: &[String]) -> Listed {
    let mut listed = Listed::default();
    let mut seen = HashSet::new();
    for path in paths {
        let path = absolute(&base.join(path));
        match list(&path) {
            Ok(found) => {
                listed.warnings.extend(found.warnings);
                for file in found.files {
                    if let Some(kind) = file.path.file_name().and_then(Kind::of)
                        && seen.insert(file.path.clone())
                    {
                        listed.files.push((file, kind));
                    }
                }
            }
            Err(error) => listed.problems.push(Fault::from(error).in_file(path)),
        }
    }
    listed
}

fn list(path: &Path) -> Result<Scan, AccountError> {
    let reading = |error| AccountError::reading(&error);
    let metadata = fs::metadata(path).map_err(reading)?;
    if metadata.is_dir() {
        return scan::folder(path, &EXTENSIONS).map_err(reading);
    }
    let name = path.file_name().unwrap_or_default();
    if !metadata.is_file() || Kind::of(name).is_none() {
        let message = "isn't an account file; .xml, .csv, .json, .jsonl and .ndjson are read";
        return Err(AccountError::NotAccounts(message.to_owned()));
    }
    let file = Found { path: path.to_path_buf(), stamp: Stamp::of(&metadata) };
    Ok(Scan { files: vec![file], ..Scan::default() })
}
