//! What changed between two definitions.

use serde_json::Value;

use crate::yaml::tree::Step;

/// One change, at a path.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    Set(Vec<Step>),
    Remove(Vec<Step>),
}

/// The smallest changes that make `new` of `old`.
pub(super) fn diff(old: &Value, new: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    compare(old, new, &mut Vec::new(), &mut changes);
    changes
}

fn compare(old: &Value, new: &Value, path: &mut Vec<Step>, changes: &mut Vec<Change>) {
    match (old, new) {
        _ if old == new => {}
        (Value::Object(old), Value::Object(new)) => {
            for (key, value) in new {
                path.push(Step::Key(key.clone()));
                match old.get(key) {
                    Some(before) => compare(before, value, path, changes),
                    None => changes.push(Change::Set(path.clone())),
                }
                path.pop();
            }
            for key in old.keys().filter(|key| !new.contains_key(*key)) {
                path.push(Step::Key(key.clone()));
                changes.push(Change::Remove(path.clone()));
                path.pop();
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (index, (before, value)) in old.iter().zip(new).enumerate() {
                path.push(Step::Index(index));
                compare(before, value, path, changes);
                path.pop();
            }
        }
        _ => changes.push(Change::Set(path.clone())),
    }
}

/// The value at a path.
pub(super) fn at<'a>(value: &'a Value, path: &[Step]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.get(index),
    })
}
