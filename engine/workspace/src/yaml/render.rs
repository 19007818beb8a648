//! Values as YAML text.

use serde::Serialize;
use serde_json::Value;

/// A value as a YAML document.
///
/// # Errors
/// When it can't be told in YAML, such as a mapping whose keys aren't texts.
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String, String> {
    serde_yaml::to_string(value).map_err(|error| error.to_string())
}

/// A value on one line: `[1, {a: "b"}]`.
pub(crate) fn inline(value: &Value, quote: Quote) -> Result<String, String> {
    match value {
        Value::String(text) => string(text, quote, true),
        Value::Array(items) => {
            let items: Result<Vec<String>, String> = items.iter().map(|item| inline(item, quote)).collect();
            Ok(format!("[{}]", items?.join(", ")))
        }
        Value::Object(map) => {
            let entries: Result<Vec<String>, String> = map
                .iter()
                .map(|(key, value)| Ok(format!("{}: {}", string(key, quote, true)?, inline(value, quote)?)))
                .collect();
            Ok(format!("{{{}}}", entries?.join(", ")))
        }
        other => Ok(other.to_string()),
    }
}

/// How a text is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quote {
    /// Only where it must be.
    Free,
    /// Always, by '.
    Single,
    /// Always, by ".
    Double,
}

/// A text on one line; `flow` if it stands between [ ] or { }.
pub(crate) fn string(text: &str, quote: Quote, flow: bool) -> Result<String, String> {
    let quote = if text == "<<" || text.contains(unseen) { Quote::Double } else { quote };
    match quote {
        Quote::Double => Ok(double(text)),
        Quote::Single => Ok(format!("'{}'", text.replace('\'', "''"))),
        Quote::Free => {
            let plain = to_string(text)?;
            let plain = plain.trim_end_matches('\n');
            let needs = flow && plain == text && text.contains([',', '[', ']', '{', '}']);
            Ok(if needs || plain.contains('\n') { double(text) } else { plain.to_owned() })
        }
    }
}

/// Characters that a reader of YAML may drop, or take for the end of a line.
fn unseen(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn double(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if unseen(c) => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
