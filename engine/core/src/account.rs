//! An account: an id plus typed fields, some of them secret.

use std::collections::BTreeMap;
use std::fmt;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::ids::AccountId;
use crate::secret::{Secret, is_secret_name};

/// One field of an account.
#[derive(Debug, Clone, PartialEq)]
pub enum Field {
    /// A value anybody may see. Integers stay integers, NULL is `Value::Null`.
    Plain(Value),
    /// A text that is shown only to whoever asks for it.
    Secret(Secret),
}

/// One record that a bot works on, as it is handed out with a lease.
///
/// `Debug` and `Serialize` mask the secret fields; [`Account::reveal`] doesn't.
#[derive(Clone, PartialEq)]
pub struct Account {
    /// What the account is known by.
    pub id: AccountId,
    fields: BTreeMap<String, Field>,
}

impl Account {
    /// An account of these fields. A text under a secret's name (see
    /// [`is_secret_name`]) becomes a secret; a field called `id` is dropped, since
    /// the id stands on its own.
    pub fn new(id: AccountId, fields: impl IntoIterator<Item = (String, Value)>) -> Self {
        let fields = fields
            .into_iter()
            .filter(|(name, _)| name != "id")
            .map(|(name, value)| {
                let field = match value {
                    Value::String(text) if is_secret_name(&name) => Field::Secret(Secret::new(text)),
                    other => Field::Plain(other),
                };
                (name, field)
            })
            .collect();
        Self { id, fields }
    }

    /// A field that isn't secret; `None` also where there is no such field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self.fields.get(name) {
            Some(Field::Plain(value)) => Some(value),
            _ => None,
        }
    }

    /// All fields in the order of their names.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Field)> {
        self.fields.iter().map(|(name, field)| (name.as_str(), field))
    }

    /// `{"id": …, …}` with the secrets in clear text, for a routine, which needs
    /// them, or for somebody who asked with `--reveal`.
    pub fn reveal(&self) -> Map<String, Value> {
        self.to_map(|secret| Value::String(secret.reveal().to_owned()))
    }

    /// `{"id": …, …}` with the secrets masked.
    pub fn masked(&self) -> Map<String, Value> {
        self.to_map(|secret| Value::String(secret.to_string()))
    }

    fn to_map(&self, show: impl Fn(&Secret) -> Value) -> Map<String, Value> {
        let mut map = Map::new();
        map.insert("id".into(), Value::String(self.id.to_string()));
        for (name, field) in &self.fields {
            let value = match field {
                Field::Plain(value) => value.clone(),
                Field::Secret(secret) => show(secret),
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

/// An account as a source selects it and a pool keeps it: the id, and the fields as
/// one compact JSON object, so that a pool of a million accounts stays small.
/// `Debug` shows the id only, since the fields may hold secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// What the account is known by.
    pub id: AccountId,
    fields: Box<str>,
}

impl AccountRow {
    /// Packs fields. A field called `id` is dropped.
    pub fn new(id: AccountId, mut fields: Map<String, Value>) -> Self {
        fields.remove("id");
        let fields = Value::Object(fields).to_string().into_boxed_str();
        Self { id, fields }
    }

    /// Takes fields that are already one JSON object, for sources that get them so
    /// from their database. The text isn't looked at before the account is leased.
    pub fn from_json(id: AccountId, fields: impl Into<Box<str>>) -> Self {
        Self { id, fields: fields.into() }
    }

    /// An account of which nothing is known but its id.
    pub fn bare(id: AccountId) -> Self {
        Self { id, fields: "{}".into() }
    }

    /// The account with its fields unpacked.
    ///
    /// # Errors
    /// When the text given to [`AccountRow::from_json`] isn't a JSON object.
    pub fn unpack(&self) -> Result<Account, serde_json::Error> {
        let fields: Map<String, Value> = serde_json::from_str(&self.fields)?;
        Ok(Account::new(self.id.clone(), fields))
    }
}

impl fmt::Debug for AccountRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountRow({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row() -> AccountRow {
        let fields = json!({"id": "x", "pack_count": 3, "note": null, "password": "hunter2"});
        AccountRow::new(AccountId::new("a1").unwrap(), fields.as_object().unwrap().clone())
    }

    #[test]
    fn fields_keep_their_types_and_secrets_stay_masked() {
        let account = row().unpack().unwrap();
        assert_eq!(account.get("pack_count"), Some(&json!(3)));
        assert_eq!(account.get("note"), Some(&Value::Null));
        assert_eq!(account.get("password"), None);
        assert!(!format!("{account:?} {:?} {}", row(), json!(account)).contains("hunter2"));
        assert_eq!(account.reveal().get("password"), Some(&json!("hunter2")));
        assert_eq!(account.reveal().get("id"), Some(&json!("a1")));
    }

    #[test]
    fn a_bare_account_has_only_its_id() {
        let account = AccountRow::bare(AccountId::new("a1").unwrap()).unpack().unwrap();
        assert_eq!(json!(account), json!({"id": "a1"}));
    }
}
