//! From a file's bytes to a checked definition.

use std::path::Path;
use std::sync::Arc;

use lariat_core::definition::Problem;
use serde_json::Value;

use crate::definitions::kind::Kind;
use crate::yaml::{Document, FileError};

/// A rule that the workspace can't know, such as a pool type's own.
pub(crate) type Check<T> = Arc<dyn Fn(&T) -> Vec<Problem> + Send + Sync>;

/// A file that holds a definition.
pub(crate) struct Read<T> {
    pub definition: T,
    /// The error to show if the name is taken, but for its message.
    pub name_place: FileError,
}

/// A file that doesn't.
pub(crate) struct Unreadable {
    /// The name it claims, as far as that can be told.
    pub name: Option<String>,
    pub errors: Vec<FileError>,
}

/// Reads a definition and checks it by every rule.
pub(crate) fn read<T: Kind>(bytes: &[u8], file: &Path, checks: &[Check<T>]) -> Result<Read<T>, Unreadable> {
    let document = Document::from_bytes(bytes, file)
        .map_err(|error| Unreadable { name: guess_name(bytes), errors: vec![error] })?;
    let unreadable = |errors| Unreadable { name: claimed_name(document.value()), errors };
    let definition: T = document.to().map_err(unreadable)?;
    let mut errors = misread(&document, &definition);
    errors.extend(document.place(problems(&definition, checks)));
    if !errors.is_empty() {
        return Err(unreadable(errors));
    }
    Ok(Read { definition, name_place: document.error_at("name", "") })
}

/// What is wrong with a definition, wherever it comes from.
pub(crate) fn problems<T: Kind>(definition: &T, checks: &[Check<T>]) -> Vec<Problem> {
    let mut found = definition.problems();
    // A type's own rules may rely on the general ones.
    if found.is_empty() {
        found.extend(checks.iter().flat_map(|check| check(definition)));
    }
    found
}

/// Names and ids that read as another number than they are written: `0x1F`, `+12`.
fn misread<T: Kind>(document: &Document, definition: &T) -> Vec<FileError> {
    let wrong = definition.identities().into_iter().filter_map(|(path, text)| {
        let written = document.plain(&path)?;
        (written != text).then(|| {
            document.error_at(
                &path,
                format!("{written} reads as the number {text}; put it in quotes: \"{written}\""),
            )
        })
    });
    wrong.collect()
}

fn claimed_name(value: &Value) -> Option<String> {
    match value.get("name")? {
        Value::String(name) => Some(name.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The name in a file that isn't YAML.
fn guess_name(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let name = text.lines().find_map(|line| line.strip_prefix("name:"))?;
    let name = name.trim().trim_matches(['"', '\'']);
    (!name.is_empty() && name.len() <= 512).then(|| name.to_owned())
}
