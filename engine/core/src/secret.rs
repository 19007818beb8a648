//! Text that can't be printed, logged or serialised by accident.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// What stands in a secret's place wherever it would be shown.
pub const MASK: &str = "***";

/// A secret text. `Debug`, `Display` and `Serialize` show [`MASK`]; only
/// [`Secret::reveal`] gives the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Takes a text into custody.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(Arc::from(text.as_ref()))
    }

    /// The text, for whoever was asked to show or use it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(MASK)
    }
}

/// Whether a field of this name is a secret. One rule for every source: the
/// name says `password`, `passwd`, `passphrase`, `passcode`, `secret`, `token`,
/// `credential`, `api key` or `private key`, in any spelling (`devicePassword`,
/// `API_KEY`), or ends in the word `pwd`, `pw`, `pin`, `otp`, `cookie` or `cookies`
/// (`login_pin`), or is `pass`, `auth` or `session`.
///
/// ```
/// assert!(lariat_core::secret::is_secret_name("devicePassword"));
/// assert!(lariat_core::secret::is_secret_name("login_pin"));
/// assert!(!lariat_core::secret::is_secret_name("pack_count"));
/// ```
pub fn is_secret_name(name: &str) -> bool {
    const PARTS: [&str; 9] = [
        "password",
        "passwd",
        "passphrase",
        "passcode",
        "secret",
        "token",
        "credential",
        "apikey",
        "privatekey",
    ];
    const LAST_WORDS: [&str; 6] = ["pwd", "pw", "pin", "otp", "cookie", "cookies"];
    const NAMES: [&str; 3] = ["pass", "auth", "session"];
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    PARTS.iter().any(|part| plain.contains(part))
        || NAMES.contains(&plain.as_str())
        || LAST_WORDS.contains(&last_word(name).as_str())
}

/// The last word of `login_pin`, `loginPin` or `LOGIN-PIN`, in lower case.
fn last_word(name: &str) -> String {
    let mut word = String::new();
    for c in name.trim_end_matches(|c: char| !c.is_alphanumeric()).chars().rev() {
        if !c.is_alphanumeric() {
            break;
        }
        let begins = c.is_uppercase() && word.chars().last().is_some_and(char::is_lowercase);
        word.push(c);
        if begins {
            break;
        }
    }
    word.chars().rev().flat_map(char::to_lowercase).collect()
}

/// Named values with everything masked that stands under a secret's name, however deep.
pub fn masked_fields(fields: &Map<String, Value>) -> Map<String, Value> {
    let shown = |(name, field): (&String, &Value)| {
        let secret = !field.is_null() && is_secret_name(name);
        let shown = if secret { Value::String(MASK.to_owned()) } else { masked_inside(field) };
        (name.clone(), shown)
    };
    fields.iter().map(shown).collect()
}

/// A value with everything masked that stands under a secret's name inside it, also in
/// a text that holds JSON.
pub fn masked_inside(value: &Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(masked_fields(fields)),
        Value::Array(items) => Value::Array(items.iter().map(masked_inside).collect()),
        Value::String(text) => match inner_json(text) {
            Some(inner) => {
                let shown = masked_inside(&inner);
                if shown == inner { value.clone() } else { Value::String(shown.to_string()) }
            }
            None => value.clone(),
        },
        other => other.clone(),
    }
}

/// Every text and number that stands under a secret's name inside a value.
pub fn secrets_inside(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if is_secret_name(name) { leaves(field, found) } else { secrets_inside(field, found) }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| secrets_inside(item, found)),
        Value::String(text) => {
            if let Some(inner) = inner_json(text) {
                secrets_inside(&inner, found);
            }
        }
        _ => {}
    }
}

/// Every text and number of a value, however deep.
pub fn leaves(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            found.push(text.clone());
            if let Some(inner) = inner_json(text) {
                leaves(&inner, found);
            }
        }
        Value::Number(number) => found.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| leaves(field, found)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// The JSON object or array that a text holds.
fn inner_json(text: &str) -> Option<Value> {
    text.trim_start().starts_with(['{', '[']).then(|| serde_json::from_str(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_shows_its_mask_everywhere() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?} {}", json!(secret)), "*** *** \"***\"");
        assert_eq!(secret.reveal(), "hunter2");
    }

    #[test]
    fn secrets_are_masked_however_deep_they_lie() {
        let values = json!({"login": {"password": "p"}, "all": [{"token": 1, "n": 2}], "pin": null, "n": 1});
        let told =
            json!({"login": {"password": "***"}, "all": [{"token": "***", "n": 2}], "pin": null, "n": 1});
        assert_eq!(Value::Object(masked_fields(values.as_object().unwrap())), told);
    }

    #[test]
    fn names_of_secrets_in_any_spelling() {
        for name in [
            "password",
            "devicePassword",
            "API_KEY",
            "api-key",
            "Session-Token",
            "client_secret",
            "pass",
            "pwd",
            "login_pin",
            "loginPin",
            "LOGIN_PIN",
            "cookie",
            "session",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in
            ["deviceAccount", "pack_count", "status", "key", "pass_rate", "pinned", "spin", "session_count"]
        {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn what_lies_inside_a_value_is_masked_too() {
        let value = serde_json::json!({
            "login": {"user": "u", "password": "one"}, "list": [{"pin": 2222, "pinned": true}],
            "custom_metadata": "{\"token\":\"three\",\"note\":\"n\"}", "text": "{not json", "secret": null,
        });
        let shown = masked_inside(&value).to_string();
        assert!(!shown.contains("one") && !shown.contains("2222") && !shown.contains("three"), "{shown}");
        assert!(shown.contains("\"user\":\"u\"") && shown.contains("note") && shown.contains("{not json"));
        let mut found = Vec::new();
        secrets_inside(&value, &mut found);
        assert_eq!(found, ["one", "2222", "three"]);
    }
}
