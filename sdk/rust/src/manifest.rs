//! `plugin.toml`: what a library says of itself, for those who don't want to run its code.

use std::fmt::Write;

use lariat_abi::{LARIAT_ABI_MAJOR, LARIAT_ABI_MINOR};
use serde_json::Value;

use crate::extension::{Library, described};

/// The text of a plugin's `plugin.toml`.
pub(crate) fn manifest<L: Library>(library: &str) -> String {
    let described = described::<L>();
    let mut text = String::from("# Written by the plugin's tests: UPDATE_MANIFEST=1 cargo test\n");
    let head = [("id", L::ID), ("version", L::VERSION)];
    let abi = format!("{LARIAT_ABI_MAJOR}.{LARIAT_ABI_MINOR}");
    let tail = [("abi", abi.as_str()), ("library", library), ("description", L::DESCRIPTION)];
    for (key, value) in head.into_iter().chain(tail).filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(text, "{key} = {}", inline(&Value::from(value)));
    }
    let extensions = described.get("extensions").and_then(Value::as_array);
    for extension in extensions.into_iter().flatten().filter_map(Value::as_object) {
        text.push_str("\n[[extension]]\n");
        for (key, value) in extension.iter().filter(|(key, _)| *key != "params") {
            let _ = writeln!(text, "{key} = {}", inline(value));
        }
        let params = extension.get("params").and_then(Value::as_object);
        for (name, spec) in params.into_iter().flatten() {
            let _ = writeln!(text, "params.{} = {}", key(name), inline(spec));
        }
    }
    text
}

/// A value in TOML, on one line. `null` has no form there, and isn't among what is described.
fn inline(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("{} = {}", key(name), inline(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        // JSON's escapes are TOML's, but for DEL, which JSON leaves as it is.
        other => other.to_string().replace('\u{7f}', "\\u007f"),
    }
}

fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(bare) { name.to_owned() } else { inline(&Value::from(name)) }
}
