//! From the text of `lariat.yaml` to a checked configuration.

use std::path::Path;

use serde_json::{Number, Value};

use crate::config::{WorkspaceConfig, env};
use crate::yaml::{Document, FileError};

/// A text that came from the environment.
struct Expanded {
    path: String,
    /// As it stands in the file.
    raw: String,
    value: String,
}

/// Reads `lariat.yaml`. An empty file is a workspace with every default. `lookup`
/// gives the environment variables.
///
/// # Errors
/// All that is wrong, with places. Values that came from the environment aren't shown.
pub fn parse(
    bytes: &[u8],
    file: &Path,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<WorkspaceConfig, Vec<FileError>> {
    let document = Document::from_bytes(bytes, file).map_err(|error| vec![error])?;
    if document.is_empty() {
        return Ok(WorkspaceConfig::default());
    }
    let mut value = document.value().clone();
    let mut expansion = Expansion { document: &document, lookup, done: Vec::new(), errors: Vec::new() };
    expansion.walk(&mut value, String::new());
    let Expansion { done, errors, .. } = expansion;
    if !errors.is_empty() {
        return Err(errors);
    }
    let config: WorkspaceConfig = convert(&document, value, &done)?;
    let problems = config.problems();
    if problems.is_empty() { Ok(config) } else { Err(document.place(problems)) }
}

/// Deserialises; where a text from the environment isn't accepted, tries the number
/// or the truth value that it spells.
fn convert(
    document: &Document,
    mut value: Value,
    expanded: &[Expanded],
) -> Result<WorkspaceConfig, Vec<FileError>> {
    let mut retyped = 0;
    loop {
        let errors = match document.convert(value.clone()) {
            Ok(config) => return Ok(config),
            Err(errors) => errors,
        };
        let wrong: Vec<&Expanded> =
            expanded.iter().filter(|text| errors.iter().any(|error| error.path == text.path)).collect();
        let before = retyped;
        for text in &wrong {
            let place = document.at_mut(&mut value, &text.path);
            if let (Some(place), Some(typed)) = (place, spelled(&text.value))
                && place.is_string()
            {
                *place = typed;
                retyped += 1;
            }
        }
        if retyped == before {
            return Err(errors.into_iter().map(|error| hide(error, expanded)).collect());
        }
    }
}

fn spelled(text: &str) -> Option<Value> {
    match text.trim() {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        number => {
            let whole =
                number.parse::<u64>().map(Number::from).or_else(|_| number.parse::<i64>().map(Number::from));
            whole.ok().map(Value::Number)
        }
    }
}

/// An error without what the environment holds, which may be secret.
fn hide(mut error: FileError, expanded: &[Expanded]) -> FileError {
    for text in expanded.iter().filter(|text| text.path == error.path && !text.value.is_empty()) {
        error.message = error.message.replace(&text.value, &text.raw);
    }
    error
}

struct Expansion<'a> {
    document: &'a Document,
    lookup: &'a dyn Fn(&str) -> Option<String>,
    done: Vec<Expanded>,
    errors: Vec<FileError>,
}

impl Expansion<'_> {
    fn walk(&mut self, value: &mut Value, path: String) {
        match value {
            Value::String(text) => match env::expand(text, self.lookup) {
                Ok(None) => {}
                Ok(Some(value)) => {
                    let raw = std::mem::replace(text, value.clone());
                    self.done.push(Expanded { path, raw, value });
                }
                Err(message) => self.errors.push(self.document.error_at(&path, message)),
            },
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.walk(item, format!("{path}[{index}]"));
                }
            }
            Value::Object(map) => {
                for (key, value) in map {
                    self.walk(value, if path.is_empty() { key.clone() } else { format!("{path}.{key}") });
                }
            }
            _ => {}
        }
    }
}
