//! The text of a definition's file.

use std::path::Path;

use crate::definitions::kind::Kind;
use crate::error::WorkspaceError;
use crate::yaml;
use crate::yaml::render::{Quote, inline};

/// How editors are told of a file's schema.
const MODELINE: &str = "# yaml-language-server: $schema=";

/// A whole file: the line for editors if there is a schema, then the definition.
pub(crate) fn new<T: Kind>(definition: &T, root: &Path) -> Result<String, WorkspaceError> {
    let head = schema(root, T::NOUN).map(|path| format!("{MODELINE}../{path}\n")).unwrap_or_default();
    Ok(head + &body(definition)?)
}

/// The definition alone. Where it holds texts that the usual form can't tell from
/// something else, every key has its value on one line, in quotes.
pub(crate) fn body<T: Kind>(definition: &T) -> Result<String, WorkspaceError> {
    let value = definition.to_value().map_err(WorkspaceError::NoYaml)?;
    let usual = yaml::to_string(&value).map_err(WorkspaceError::NoYaml)?;
    if yaml::parse::<T>(&usual, Path::new("")).is_ok_and(|read| read == *definition) {
        return Ok(usual);
    }
    let keys = value.as_object().into_iter().flatten();
    let lines = keys.map(|(key, value)| Ok(format!("{key}: {}\n", inline(value, Quote::Double)?)));
    lines.collect::<Result<String, String>>().map_err(WorkspaceError::NoYaml)
}

/// The comments that a file begins with, the line for editors among them.
pub(crate) fn head(text: &str) -> String {
    let head = text.lines().take_while(|line| line.starts_with('#') || line.trim().is_empty());
    head.map(|line| format!("{line}\n")).collect()
}

/// Where the schema for `noun` lies, relative to the workspace.
pub(crate) fn schema(root: &Path, noun: &str) -> Option<String> {
    ["sdk/schema", ".lariat/schema"]
        .into_iter()
        .map(|folder| format!("{folder}/{noun}.schema.json"))
        .find(|path| root.join(path).is_file())
}
