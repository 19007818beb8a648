//! The account's secrets, taken out of what an extension says.

use serde_json::Value;

use crate::account::Account;
use crate::secret::MASK;

/// Shorter secrets would mask half of every message.
const SHORTEST: usize = 3;

/// The secrets of one account.
#[derive(Default)]
pub struct Secrets(Vec<Box<str>>);

impl Secrets {
    /// Those of an account, the longest first, so that none leaves a part of another.
    pub fn of(account: Option<&Account>) -> Self {
        let mut secrets: Vec<Box<str>> = account
            .into_iter()
            .flat_map(Account::secrets)
            .filter(|secret| secret.len() >= SHORTEST)
            .flat_map(|secret| [as_json(&secret), secret])
            .map(String::into_boxed_str)
            .collect();
        secrets.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        secrets.dedup();
        Self(secrets)
    }

    /// The text with every secret masked, also as it stands in JSON.
    pub fn mask(&self, text: String) -> String {
        self.0.iter().fold(
            text,
            |text, secret| {
                if text.contains(&**secret) { text.replace(&**secret, MASK) } else { text }
            },
        )
    }

    /// The same for every text of a JSON value, keys too.
    pub fn mask_json(&self, value: Value) -> Value {
        if self.0.is_empty() {
            return value;
        }
        match value {
            Value::String(text) => Value::String(self.mask(text)),
            Value::Array(items) => Value::Array(items.into_iter().map(|item| self.mask_json(item)).collect()),
            Value::Object(fields) => Value::Object(
                fields.into_iter().map(|(name, field)| (self.mask(name), self.mask_json(field))).collect(),
            ),
            other => other,
        }
    }
}

/// A text as it stands between the quotes of JSON.
fn as_json(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
}
