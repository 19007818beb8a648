//! The SDK that the program carries: the header, the crates, and what is promised of them.

use std::path::{Path, PathBuf};

use super::write;
use crate::exit::CliError;

/// Its files, by their names in `sdk/`.
const FILES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/sdk.rs"));

/// A file of the SDK.
pub fn file(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(file, _)| *file == name).map(|(_, text)| *text)
}

/// Writes it into a folder, over an older one; gives the files.
///
/// # Errors
/// When a file can't be written.
pub fn write_into(folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let mut made = Vec::new();
    for (name, text) in FILES {
        let path = folder.join(name);
        write(&path, text)?;
        made.push(path);
    }
    Ok(made)
}
