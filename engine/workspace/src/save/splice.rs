//! Edits of a YAML text at places that are known in characters.

use serde_json::{Map, Value};

use crate::yaml::render::{self, Quote};
use crate::yaml::tree::{Entry, Kind, Node, Style};

pub(super) struct Text {
    chars: Vec<char>,
}

impl Text {
    pub fn new(text: &str) -> Self {
        Self { chars: text.chars().collect() }
    }

    /// The text with `from..to` replaced.
    fn splice(&self, from: usize, to: usize, with: &str) -> Option<String> {
        let mut text: String = self.chars.get(..from)?.iter().collect();
        text.push_str(with);
        text.extend(self.chars.get(to.max(from)..)?);
        Some(text)
    }

    /// Where the content before `end` ends, without blank space and empty lines.
    fn content_end(&self, end: usize) -> usize {
        let before = self.chars.get(..end).unwrap_or_default();
        before.iter().rposition(|c| !c.is_whitespace()).map_or(0, |last| last + 1)
    }

    /// The end of the line that `from` is in, at its line break.
    fn line_end(&self, from: usize) -> usize {
        let rest = self.chars.get(from..).unwrap_or_default();
        rest.iter().position(|c| *c == '\n').map_or(self.chars.len(), |offset| from + offset)
    }

    /// Just behind the colon of a key.
    fn after_colon(&self, entry: &Entry) -> Option<usize> {
        let from = entry.key_end;
        let offset = self.chars.get(from..)?.iter().position(|c| *c == ':')?;
        Some(from + offset + 1)
    }

    /// Replaces a value that stands behind a key or in a list.
    pub fn replace(&self, node: &Node, entry: Option<&Entry>, flow: bool, value: &Value) -> Option<String> {
        let short = match value {
            Value::String(text) => !text.contains('\n'),
            Value::Array(_) | Value::Object(_) => false,
            _ => true,
        };
        match &node.kind {
            Kind::Scalar { style: Style::Block, .. } => self.replace_below(node, entry?, value),
            Kind::Scalar { text, style: Style::Plain } if text.is_empty() => {
                if flow {
                    return None;
                }
                self.replace_below(node, entry?, value)
            }
            Kind::Scalar { style, .. } if short => {
                let quote = match style {
                    Style::Double => Quote::Double,
                    Style::Single => Quote::Single,
                    Style::Plain | Style::Block => Quote::Free,
                };
                let new = match value {
                    Value::String(text) => render::string(text, quote, flow).ok()?,
                    other => other.to_string(),
                };
                self.splice(node.start.index, node.end, &new)
            }
            Kind::Sequence { flow: true, .. } | Kind::Mapping { flow: true, .. } => {
                let new = render::inline(value, Quote::Free).ok()?;
                self.splice(node.start.index, node.end, &new)
            }
            _ if flow => {
                let new = render::inline(value, Quote::Free).ok()?;
                self.splice(node.start.index, node.end, &new)
            }
            _ => self.replace_below(node, entry?, value),
        }
    }

    /// Replaces all behind a key's colon.
    fn replace_below(&self, node: &Node, entry: &Entry, value: &Value) -> Option<String> {
        let from = self.after_colon(entry)?;
        let to = self.content_end(node.end).max(from);
        let lines = lines(&entry.key, value, entry.key_start.column)?;
        let key = lines.find(':')? + 1;
        self.splice(from, to, lines.get(key..)?)
    }

    /// Inserts a key as lines of its own below the entry `after` of a mapping.
    pub fn insert_line(
        &self,
        entries: &[Entry],
        after: Option<&Entry>,
        key: &str,
        value: &Value,
    ) -> Option<String> {
        let column = entries.first()?.key_start.column;
        let after = after?;
        let end = after.value.end.max(self.after_colon(after)?);
        let at = self.line_end(self.content_end(end));
        let lines = lines(key, value, column)?;
        self.splice(at, at, &format!("\n{}{lines}", indent(column)))
    }

    /// Inserts a key before the closing brace of a mapping.
    pub fn insert_inline(&self, node: &Node, entries: &[Entry], key: &str, value: &Value) -> Option<String> {
        let key = render::string(key, Quote::Free, true).ok()?;
        let value = render::inline(value, Quote::Free).ok()?;
        let at = self.content_end(node.end.checked_sub(1)?);
        let comma = if entries.is_empty() { "" } else { ", " };
        self.splice(at, at, &format!("{comma}{key}: {value}"))
    }

    /// Removes the lines of a key that begins its line.
    pub fn remove_lines(&self, entry: &Entry) -> Option<String> {
        let from = entry.key_start.index.checked_sub(entry.key_start.column - 1)?;
        let before = self.chars.get(from..entry.key_start.index)?;
        if before.iter().any(|c| *c != ' ') {
            return None;
        }
        let end = entry.value.end.max(self.after_colon(entry)?);
        let to = (self.line_end(self.content_end(end)) + 1).min(self.chars.len());
        self.splice(from, to, "")
    }
}

fn indent(column: usize) -> String {
    " ".repeat(column.saturating_sub(1))
}

/// `key: value` as lines, all but the first indented to `column`.
fn lines(key: &str, value: &Value, column: usize) -> Option<String> {
    let rendered =
        render::to_string(&Value::Object(Map::from_iter([(key.to_owned(), value.clone())]))).ok()?;
    let indent = indent(column);
    let mut lines = rendered.trim_end_matches('\n').lines();
    let mut text = lines.next()?.to_owned();
    for line in lines {
        text.push('\n');
        if !line.is_empty() {
            text.push_str(&indent);
            text.push_str(line);
        }
    }
    Some(text)
}
