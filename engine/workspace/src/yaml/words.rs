//! What is wrong with a value, in people's words.

use lariat_core::definition::problem::did_you_mean;
use serde_json::Value;

/// Longest value that is repeated in a message, in characters.
const MAX_SHOWN: usize = 60;

/// A value as a message shows it.
pub(super) fn show(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) if text.chars().count() > MAX_SHOWN => {
            let short: String = text.chars().take(MAX_SHOWN).collect();
            format!("{:?}", short + "…")
        }
        Value::String(text) => format!("{text:?}"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
        other => other.to_string(),
    }
}

/// `X is not WHAT`, or `WHAT is missing here` for an empty value.
pub(super) fn not_a(value: &Value, what: &str) -> String {
    if value.is_null() {
        format!("is empty; {what} is needed here")
    } else {
        format!("{} is not {what}", show(value))
    }
}

pub(super) fn not_a_list(value: &Value) -> String {
    format!("{}; write [a, b], or one line `- a` for each entry", not_a(value, "a list"))
}

pub(super) fn not_a_mapping(value: &Value, keys: &[&str]) -> String {
    let what = not_a(value, "a mapping of `key: value`");
    let keys = distinct(keys);
    if keys.is_empty() { what } else { format!("{what}; accepted keys: {}", keys.join(", ")) }
}

pub(super) fn not_a_text(value: &Value) -> String {
    if value.is_number() || value.is_boolean() {
        unquoted(&value.to_string())
    } else {
        not_a(value, "a text")
    }
}

const UNQUOTED: &str = " is not a text; put it in quotes: ";

fn unquoted(written: &str) -> String {
    format!("{written}{UNQUOTED}\"{written}\"")
}

pub(super) fn not_a_bool(value: &Value) -> String {
    let meant = match value.as_str().map(str::to_lowercase).as_deref() {
        Some("yes" | "on" | "y" | "true") => Some("true"),
        Some("no" | "off" | "n" | "false") => Some("false"),
        _ => None,
    };
    match (meant, value) {
        (Some(meant), _) => format!("{} is a text; write {meant} without quotes", show(value)),
        (None, Value::Null) => "is empty; write true or false".to_owned(),
        (None, _) => format!("{} is neither true nor false", show(value)),
    }
}

/// `number` is the value, if it is whole.
pub(super) fn not_whole(value: &Value, number: Option<i128>, min: i128, max: i128) -> String {
    match number {
        None => not_a(value, "a whole number"),
        Some(number) if number < min && min == 0 => format!("{number} is negative; the least is 0"),
        Some(number) if number < min => format!("{number} is too small; the least is {min}"),
        Some(number) => format!("{number} is too large; the most is {max}"),
    }
}

/// A word that isn't among those accepted.
pub(super) fn not_a_word(shown: &str, accepted: &[&str]) -> String {
    let accepted = distinct(accepted);
    match did_you_mean(shown.trim_matches('"'), accepted.iter().copied()) {
        Some(meant) => {
            format!("{shown} is not accepted; did you mean {meant:?}? Accepted: {}", accepted.join(", "))
        }
        None => format!("{shown} is not accepted; use {}", or_list(&accepted)),
    }
}

/// A key that isn't among those accepted.
pub(super) fn not_a_key(key: &str, accepted: &[&str]) -> String {
    let accepted = distinct(accepted);
    match did_you_mean(key, accepted.iter().copied()) {
        Some(meant) => format!("unknown key `{key}`; did you mean `{meant}`?"),
        None if accepted.is_empty() => format!("unknown key `{key}`; no keys are accepted here"),
        None => format!("unknown key `{key}`; accepted here: {}", accepted.join(", ")),
    }
}

/// Without the spellings that differ in case and underscores only, and without numbers
/// that stand for words.
fn distinct<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let mut seen = std::collections::HashSet::new();
    let mut sorted: Vec<&str> =
        words.iter().copied().filter(|word| !word.bytes().all(|b| b.is_ascii_digit())).collect();
    sorted.sort_by_key(|word| (word.chars().any(char::is_uppercase), !word.contains('_')));
    let plain: Vec<&str> =
        sorted.into_iter().filter(|word| seen.insert(word.to_lowercase().replace('_', ""))).collect();
    words.iter().copied().filter(|word| plain.contains(word)).collect()
}

fn or_list(words: &[&str]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// What remains of serde's own complaints: unknown and missing keys, unknown words,
/// and types that a reader of any value refuses. `written` is the value as it stands
/// in the file, if it has no quotes.
pub(super) fn explain(complaint: &str, written: Option<&str>) -> String {
    let message = reworded(complaint);
    // 1e3 has become 1000.0 by now, and +5 has become 5.
    match written {
        Some(written) if message.contains(UNQUOTED) => unquoted(written),
        _ => message,
    }
}

fn reworded(complaint: &str) -> String {
    if let Some(rest) = complaint.strip_prefix("unknown field ") {
        let mut words = ticked(rest);
        let key = words.next().unwrap_or_default();
        return not_a_key(key, &words.collect::<Vec<_>>());
    }
    if let Some(rest) = complaint.strip_prefix("unknown variant ") {
        let mut words = ticked(rest);
        let word = words.next().unwrap_or_default();
        return not_a_word(&format!("{word:?}"), &words.collect::<Vec<_>>());
    }
    if let Some(rest) = complaint.strip_prefix("missing field ") {
        return format!("the key {rest} is missing");
    }
    let typed =
        complaint.strip_prefix("invalid type: ").or_else(|| complaint.strip_prefix("invalid value: "));
    if let Some((found, expected)) = typed.and_then(|rest| rest.rsplit_once(", expected ")) {
        return mistyped(found, expected);
    }
    complaint.to_owned()
}

fn mistyped(found: &str, expected: &str) -> String {
    let shown = match found {
        "sequence" => "a list".to_owned(),
        "map" => "a mapping".to_owned(),
        "null" | "unit value" => return format!("is empty; {expected} is needed here"),
        other => {
            let value = other.split_once(' ').map_or(other, |(_, value)| value);
            value.strip_prefix("point ").unwrap_or(value).trim_matches('`').to_owned()
        }
    };
    let simple =
        found.starts_with("boolean") || found.starts_with("floating") || found.starts_with("integer");
    if simple && expected == "a text" {
        return unquoted(&shown);
    }
    format!("{shown} is not {expected}")
}

/// The words between backticks.
fn ticked(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}
