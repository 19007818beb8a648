//! `plugin.toml`: what a library says of itself, for those who don't want to run its code.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::ExtensionInfo;
use crate::NativeError;

/// The file's name.
pub(crate) const FILE: &str = "plugin.toml";

/// A plugin as the file beside its library tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The plugin's id.
    pub id: String,
    /// Its own version.
    pub version: String,
    /// The ABI it was built for: `1.0`.
    pub abi: String,
    /// The library's file, from this one on.
    pub library: PathBuf,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// What it offers.
    #[serde(default, rename = "extension")]
    pub extensions: Vec<ExtensionInfo>,
}

impl Manifest {
    /// Reads a `plugin.toml`.
    ///
    /// # Errors
    /// When it can't be read or isn't one, with its line.
    pub fn read(file: &Path) -> Result<Self, NativeError> {
        let text = std::fs::read_to_string(file).map_err(|error| NativeError::io(file, &error))?;
        let wrong = |message: String| NativeError::Manifest { file: file.to_owned(), message };
        let manifest: Self = toml::from_str(&text).map_err(|error| {
            let line = error.span().map(|span| {
                let before = text.get(..span.start).unwrap_or_default();
                format!("line {}: ", before.matches('\n').count() + 1)
            });
            wrong(format!("{}{}", line.unwrap_or_default(), error.message()))
        })?;
        if !is_id(&manifest.id) {
            return Err(wrong(format!("id: {:?} is not an id; {ID}", manifest.id)));
        }
        match manifest.extensions.iter().find_map(ExtensionInfo::problem) {
            Some(problem) => Err(wrong(problem)),
            None => Ok(manifest),
        }
    }
}

/// What an id is made of.
pub(crate) const ID: &str = "it has 1 to 64 lower-case letters, digits, `_` and `-`";

/// Whether a text can be a plugin's id, which names files too.
pub(crate) fn is_id(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(fits)
}
