//! One YAML file, read: its values, and where each stands.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;

use lariat_core::definition::Problem;

use crate::yaml::error::FileError;
use crate::yaml::strict::Strict;
use crate::yaml::text::Wrong;
use crate::yaml::tree::{Kind, Mark, Node, Step, Style};
use crate::yaml::{build, text, words};

/// How many problems of one file are told at once.
const MAX_ERRORS: usize = 20;

/// A YAML file as values with places.
#[derive(Debug)]
pub struct Document {
    file: PathBuf,
    tree: Option<Node>,
    value: Value,
}

impl Document {
    /// Reads a file's bytes.
    ///
    /// # Errors
    /// With the place, when it is no YAML that a definition may use.
    pub fn from_bytes(bytes: &[u8], file: &Path) -> Result<Self, FileError> {
        let text = text::from_bytes(bytes).map_err(|wrong| at_file(file, wrong))?;
        Self::from_text(text, file)
    }

    /// Reads a text; `file` is for messages.
    ///
    /// # Errors
    /// As for [`Document::from_bytes`].
    pub fn from_text(text: &str, file: &Path) -> Result<Self, FileError> {
        let read = || {
            let text = text::check(text)?;
            let tree = build::tree(text)?;
            let value = if tree.is_some() { values(text)? } else { Value::Null };
            Ok((tree, value))
        };
        let (tree, value) = read().map_err(|wrong| at_file(file, wrong))?;
        Ok(Self { file: file.to_owned(), tree, value })
    }

    /// Whether there is nothing in the file, or only comments.
    pub fn is_empty(&self) -> bool {
        self.value.is_null()
    }

    /// The values, without places.
    pub fn value(&self) -> &Value {
        &self.value
    }

    pub(crate) fn tree(&self) -> Option<&Node> {
        self.tree.as_ref()
    }

    /// The value at `path` as it is written, if it is a text or number without quotes.
    pub(crate) fn plain(&self, path: &str) -> Option<&str> {
        match &self.tree.as_ref()?.find(path)?.node.kind {
            Kind::Scalar { text, style: Style::Plain } => Some(text),
            _ => None,
        }
    }

    /// The part of `value`, made from this document's values, that stands at `path`.
    pub(crate) fn at_mut<'a>(&self, value: &'a mut Value, path: &str) -> Option<&'a mut Value> {
        at_mut(value, self.tree.as_ref(), path)
    }

    /// The definition that the file holds.
    ///
    /// # Errors
    /// All that is wrong, as far as one mistake doesn't hide another.
    pub fn to<T: DeserializeOwned>(&self) -> Result<T, Vec<FileError>> {
        if self.is_empty() {
            let message = "is empty; a definition is needed here";
            return Err(vec![at_file(&self.file, Wrong::at(Mark::START, message))]);
        }
        self.convert(self.value.clone())
    }

    /// As [`Document::to`], for values made from this document's.
    pub(crate) fn convert<T: DeserializeOwned>(&self, mut value: Value) -> Result<T, Vec<FileError>> {
        let mut errors: Vec<FileError> = Vec::new();
        loop {
            let error = match serde_path_to_error::deserialize::<_, T>(Strict(value.clone())) {
                Ok(definition) if errors.is_empty() => return Ok(definition),
                Ok(_) => break,
                Err(error) => error,
            };
            let path = error.path().to_string();
            let path = if path == "." { String::new() } else { path };
            let complaint = error.inner().to_string();
            let unknown = complaint.starts_with("unknown field ");
            let missing =
                complaint.strip_prefix("missing field ").map(|key| join(&path, key.trim_matches('`')));
            let told = missing.as_ref().is_some_and(|key| errors.iter().any(|e| key_of(&e.path, key)));
            if !told {
                let message = words::explain(&complaint, self.plain(&path));
                errors.push(self.error(&path, unknown, message));
            }
            // Without the part that is wrong, the rest may be right or tell more.
            let repaired = missing.is_none() && take_out(&mut value, self.tree.as_ref(), &path);
            if !repaired || errors.len() >= MAX_ERRORS {
                break;
            }
        }
        errors.sort_by_key(|error| (error.line, error.column));
        Err(errors)
    }

    /// Something wrong with the value at `path`, or with what is missing there.
    pub fn error_at(&self, path: &str, message: impl Into<String>) -> FileError {
        self.error(path, false, message.into())
    }

    /// Problems of a definition with their places.
    pub fn place(&self, problems: Vec<Problem>) -> Vec<FileError> {
        let mut errors: Vec<FileError> =
            problems.into_iter().map(|problem| self.error_at(&problem.path, problem.message)).collect();
        errors.sort_by_key(|error| (error.line, error.column));
        errors
    }

    fn error(&self, path: &str, key: bool, message: String) -> FileError {
        let mark = match &self.tree {
            None => Mark::START,
            Some(tree) => match tree.find(path) {
                Some(found) if key => found.key_mark(),
                Some(found) => found.value_mark(),
                None => tree.nearest(path).value_mark(),
            },
        };
        FileError {
            file: self.file.clone(),
            line: mark.line,
            column: mark.column,
            path: path.to_owned(),
            message,
        }
    }
}

fn at_file(file: &Path, wrong: Wrong) -> FileError {
    let Wrong { mark, path, message } = wrong;
    FileError { file: file.to_owned(), line: mark.line, column: mark.column, path, message }
}

fn values(text: &str) -> Result<Value, Wrong> {
    serde_yaml::from_str(text).map_err(|error| {
        let mark = error.location().map_or(Mark::START, |place| Mark {
            index: place.index(),
            line: place.line(),
            column: place.column(),
        });
        Wrong::at(mark, format!("not valid YAML: {error}"))
    })
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Whether `path` is `key` or stands below it.
fn key_of(path: &str, key: &str) -> bool {
    path.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Removes the key at `path`; for an entry of a list, the key that holds the list.
fn take_out(value: &mut Value, tree: Option<&Node>, path: &str) -> bool {
    let mut path = path;
    while path.ends_with(']') {
        path = path.rfind('[').and_then(|cut| path.get(..cut)).unwrap_or_default();
    }
    let Some(entry) = tree.and_then(|tree| tree.find(path)).and_then(|found| found.entry) else {
        return false;
    };
    let holder = path.strip_suffix(entry.key.as_str()).unwrap_or_default();
    let holder = holder.strip_suffix('.').unwrap_or(holder);
    let object = at_mut(value, tree, holder).and_then(Value::as_object_mut);
    object.is_some_and(|object| object.shift_remove(&entry.key).is_some())
}

/// The value at `path`, which `tree` knows how to read.
fn at_mut<'a>(value: &'a mut Value, tree: Option<&Node>, path: &str) -> Option<&'a mut Value> {
    let mut value = value;
    for step in tree?.steps(path)? {
        value = match step {
            Step::Key(key) => value.as_object_mut()?.get_mut(&key)?,
            Step::Index(index) => value.as_array_mut()?.get_mut(index)?,
        };
    }
    Some(value)
}
