//! An account: an id plus typed fields, some of them secret.
//!
//! | part | holds |
//! |---|---|
//! | [`Account`] | one account with its fields, as a bot gets it |
//! | [`AccountRow`] | one as a source selects it and a pool keeps it: packed |
//! | [`AccountRows`] | packs many of them close together |

mod row;
mod rows;

use std::fmt;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::ids::AccountId;
use crate::secret::{MASK, is_secret_name, leaves, masked_inside, secrets_inside};

pub use row::{AccountRow, FieldNames};
pub use rows::AccountRows;

/// One field of an account.
#[derive(Clone, PartialEq)]
pub enum Field {
    /// A value anybody may see. Integers stay integers, NULL is `Value::Null`.
    Plain(Value),
    /// A value that is shown only to whoever asks for it.
    Secret(Value),
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(value) => fmt::Debug::fmt(&masked_inside(value), f),
            Self::Secret(_) => f.write_str(MASK),
        }
    }
}

/// One record that a bot works on, as it is handed out with a lease.
///
/// `Debug` and `Serialize` mask the secret fields; [`Account::reveal`] doesn't.
#[derive(Clone, PartialEq)]
pub struct Account {
    /// What the account is known by.
    pub id: AccountId,
    /// In the order in which the source gave them.
    fields: Vec<(String, Field)>,
}

impl Account {
    /// An account of these fields. A value under a secret's name (see
    /// [`is_secret_name`]) becomes a secret, unless it's NULL; a field called `id` is
    /// dropped, since the id stands on its own.
    pub fn new(id: AccountId, fields: impl IntoIterator<Item = (String, Value)>) -> Self {
        let fields = fields
            .into_iter()
            .filter(|(name, _)| name != "id")
            .map(|(name, value)| {
                let secret = !value.is_null() && is_secret_name(&name);
                let field = if secret { Field::Secret(value) } else { Field::Plain(value) };
                (name, field)
            })
            .collect();
        Self { id, fields }
    }

    /// A field that isn't secret; `None` also where there is no such field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self.fields.iter().find(|(field, _)| field == name) {
            Some((_, Field::Plain(value))) => Some(value),
            _ => None,
        }
    }

    /// All fields in the order in which the source gave them.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Field)> {
        self.fields.iter().map(|(name, field)| (name.as_str(), field))
    }

    /// `{"id": …, …}` with the secrets in clear text, for a routine, which needs
    /// them, or for somebody who asked with `--reveal`.
    pub fn reveal(&self) -> Map<String, Value> {
        self.to_map(Value::clone, Value::clone)
    }

    /// [`Account::reveal`] or [`Account::masked`], as somebody asked.
    pub fn shown(&self, reveal: bool) -> Map<String, Value> {
        if reveal { self.reveal() } else { self.masked() }
    }

    /// `{"id": …, …}` with the secrets masked, those inside other fields too.
    pub fn masked(&self) -> Map<String, Value> {
        self.to_map(masked_inside, |_| Value::String(MASK.to_owned()))
    }

    /// Every text and number that is secret, those inside other fields too.
    pub fn secrets(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (_, field) in &self.fields {
            match field {
                Field::Secret(value) => leaves(value, &mut found),
                Field::Plain(value) => secrets_inside(value, &mut found),
            }
        }
        found
    }

    fn to_map(
        &self,
        plain: impl Fn(&Value) -> Value,
        secret: impl Fn(&Value) -> Value,
    ) -> Map<String, Value> {
        let mut map = Map::new();
        map.insert("id".into(), Value::String(self.id.to_string()));
        for (name, field) in &self.fields {
            let value = match field {
                Field::Plain(value) => plain(value),
                Field::Secret(value) => secret(value),
            };
            map.insert(name.clone(), value);
        }
        map
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({}, {:?})", self.id, self.fields)
    }
}

impl Serialize for Account {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let masked = self.masked();
        let mut map = out.serialize_map(Some(masked.len()))?;
        for (name, value) in &masked {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row() -> AccountRow {
        let fields =
            json!({"id": "x", "pack_count": 3, "note": null, "password": "hunter2", "pin_token": 1234});
        AccountRow::new(AccountId::new("a1").unwrap(), fields.as_object().unwrap().clone())
    }

    #[test]
    fn fields_keep_their_types_and_secrets_stay_masked() {
        let account = row().unpack().unwrap();
        assert_eq!(account.get("pack_count"), Some(&json!(3)));
        assert_eq!(account.get("note"), Some(&Value::Null));
        assert_eq!(account.get("password"), None);
        let shown = format!("{account:?} {:?} {}", row(), json!(account));
        assert!(!shown.contains("hunter2") && !shown.contains("1234"), "{shown}");
        assert_eq!(account.reveal().get("pin_token"), Some(&json!(1234)));
        assert_eq!(account.reveal().get("password"), Some(&json!("hunter2")));
        assert_eq!(account.reveal().get("id"), Some(&json!("a1")));
    }
}
