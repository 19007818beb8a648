//! A script as it stands on disk.

use std::fs;
use std::path::{Path, PathBuf};

use crate::finding::ScriptError;

/// Larger files are data, not scripts.
const MAX_BYTES: usize = 1 << 20;

/// The text of a script, and what the file is called in messages.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Relative to the workspace, with forward slashes.
    pub(crate) display: String,
    /// Its text.
    pub(crate) text: String,
}

impl Source {
    /// Reads a script; `scripts` is the folder called `scripts/`.
    pub(crate) fn read(path: &Path, scripts: &Path) -> Result<Self, ScriptError> {
        let display = display(path, scripts);
        let wrong = |message: String, hint: &str| ScriptError {
            file: PathBuf::from(&display),
            line: 0,
            message,
            hint: Some(hint.to_owned()),
        };
        let bytes = fs::read(path).map_err(|error| {
            wrong(format!("can't be read: {error}"), "check the path and its permissions")
        })?;
        if is_binary(&bytes) {
            return Err(wrong(
                "is bytecode or another binary file".into(),
                "scripts are loaded as source text only",
            ));
        }
        if bytes.len() > MAX_BYTES {
            let message = format!("has {} bytes; a script has at most {MAX_BYTES}", bytes.len());
            return Err(wrong(message, "keep data out of scripts"));
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| wrong("is not UTF-8 text".into(), "save the file as UTF-8"))?;
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        Ok(Self { path: path.to_owned(), display, text })
    }
}

/// Bytecode begins with a small number, which may be a tab or a line feed in
/// disguise, but more of its kind follow.
fn is_binary(bytes: &[u8]) -> bool {
    let text = |byte: &u8| *byte >= b' ' || matches!(byte, b'\t' | b'\n' | b'\r');
    !bytes.iter().take(64).all(text)
}

/// `scripts/routines/x.lua`, as messages call a file.
pub(crate) fn display(path: &Path, scripts: &Path) -> String {
    let workspace = scripts.parent().unwrap_or(scripts);
    let inside = path.strip_prefix(workspace).unwrap_or(path);
    inside.to_string_lossy().replace('\\', "/")
}

/// What the name of a file with tests ends with.
pub(crate) const TEST_ENDING: &str = "_test.lua";

/// All scripts below a folder, in the order of their names; not their tests.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = all_below(folder);
    found.retain(|path| !is_test(path));
    found
}

/// All tests below a folder, in the order of their names.
pub(crate) fn tests_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = all_below(folder);
    found.retain(|path| is_test(path));
    found
}

/// Whether a file holds the tests of another.
pub fn is_test(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(TEST_ENDING))
}

fn all_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(folder, 0, &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && depth < 16 && !hidden {
            collect(&path, depth + 1, found);
        } else if path.extension().is_some_and(|ending| ending == "lua") && !hidden {
            found.push(path);
        }
    }
}
