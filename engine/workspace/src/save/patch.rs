//! Changes a definition's text in as few places as possible. Every edit is followed
//! by a fresh look at the text, so that no place is ever out of date; whether the
//! result says what it should is for the caller to verify.

use std::path::Path;

use serde_json::{Map, Value};

use crate::save::diff::{self, Change};
use crate::save::splice::Text;
use crate::yaml::Document;
use crate::yaml::tree::{Entry, Kind, Node, Step};

/// More changes than this are a new text.
const MAX_CHANGES: usize = 200;

/// `text`, which says `old`, changed so that it should say `new`.
pub(super) fn patch(text: &str, old: &Value, new: &Value) -> Option<String> {
    let unix = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let windows = unix.len() != text.len() && text.contains("\r\n");
    let changes = diff::diff(old, new);
    if changes.len() > MAX_CHANGES {
        return None;
    }
    let mut text = unix;
    for change in changes {
        text = apply(&text, &change, new)?;
    }
    Some(if windows { text.replace('\n', "\r\n") } else { text })
}

/// Makes the change, or else the same one level higher, where more of the text goes.
fn apply(text: &str, change: &Change, new: &Value) -> Option<String> {
    let document = Document::from_text(text, Path::new("")).ok()?;
    let root = document.tree()?;
    let (path, removed) = match change {
        Change::Set(path) => (path, None),
        Change::Remove(path) => (path, remove(text, root, path)),
    };
    if removed.is_some() {
        return removed.filter(|text| Document::from_text(text, Path::new("")).is_ok());
    }
    let first = if matches!(change, Change::Set(_)) { path.len() } else { path.len().saturating_sub(1) };
    (1..=first).rev().find_map(|length| {
        let path = path.get(..length)?;
        let after = set(text, root, path, diff::at(new, path)?, new)?;
        Document::from_text(&after, Path::new("")).is_ok().then_some(after)
    })
}

/// Where a path leads, and what is left of it where it ends early.
struct Reached<'a, 'p> {
    node: &'a Node,
    entry: Option<&'a Entry>,
    flow: bool,
    done: &'p [Step],
    rest: &'p [Step],
}

fn reach<'a, 'p>(root: &'a Node, path: &'p [Step]) -> Option<Reached<'a, 'p>> {
    let mut at = Reached { node: root, entry: None, flow: false, done: &[], rest: path };
    while let Some((step, rest)) = at.rest.split_first() {
        if at.node.alias {
            return None;
        }
        let (node, entry, flow) = match (&at.node.kind, step) {
            (Kind::Mapping { entries, flow }, Step::Key(key)) => {
                match entries.iter().find(|entry| entry.key == *key) {
                    Some(entry) => (&entry.value, Some(entry), *flow),
                    None => break,
                }
            }
            (Kind::Sequence { items, flow }, Step::Index(index)) => (items.get(*index)?, None, *flow),
            _ => break,
        };
        let done = path.get(..path.len() - rest.len())?;
        at = Reached { node, entry, flow: at.flow || flow, done, rest };
    }
    (!at.node.alias).then_some(at)
}

fn set(text: &str, root: &Node, path: &[Step], value: &Value, new: &Value) -> Option<String> {
    let at = reach(root, path)?;
    let text = Text::new(text);
    let Some((Step::Key(key), rest)) = at.rest.split_first() else {
        return if at.rest.is_empty() { text.replace(at.node, at.entry, at.flow, value) } else { None };
    };
    // What isn't there yet comes with the mappings around it.
    let value = rest.iter().rev().try_fold(value.clone(), |value, step| match step {
        Step::Key(key) => Some(Value::Object(Map::from_iter([(key.clone(), value)]))),
        Step::Index(_) => None,
    })?;
    match &at.node.kind {
        Kind::Mapping { entries, flow } if !entries.is_empty() && !*flow => {
            let order = diff::at(new, at.done).and_then(Value::as_object);
            text.insert_line(entries, neighbour(entries, order, key), key, &value)
        }
        Kind::Mapping { entries, flow: true } => text.insert_inline(at.node, entries, key, &value),
        _ => {
            let object = Value::Object(Map::from_iter([(key.clone(), value)]));
            text.replace(at.node, at.entry, at.flow, &object)
        }
    }
}

/// The entry after which a new key fits best: the nearest before it in the usual order.
fn neighbour<'a>(entries: &'a [Entry], order: Option<&Map<String, Value>>, key: &str) -> Option<&'a Entry> {
    let before = order.into_iter().flat_map(Map::keys).take_while(|other| *other != key);
    before.filter_map(|other| entries.iter().find(|entry| entry.key == *other)).last().or(entries.last())
}

fn remove(text: &str, root: &Node, path: &[Step]) -> Option<String> {
    let at = reach(root, path)?;
    if !at.rest.is_empty() {
        // It stands in the text by its default only.
        return None;
    }
    if at.flow { None } else { Text::new(text).remove_lines(at.entry?) }
}
