//! An account: an id plus typed fields, some of them secret.

use std::fmt;
use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::ids::AccountId;
use crate::secret::{MASK, is_secret_name, leaves, masked_inside, secrets_inside};

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

/// The names of the fields of a selection's accounts, in the order of their values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldNames(Vec<String>);

impl FieldNames {
    /// Names in the order of the values.
    pub fn new(names: impl IntoIterator<Item = String>) -> Arc<Self> {
        Arc::new(Self(names.into_iter().collect()))
    }
}

/// An account as a source selects it and a pool keeps it: the id, and the fields as
/// compact JSON, so that a pool of a million accounts stays small.
/// `Debug` shows the id only, since the fields may hold secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// What the account is known by.
    pub id: AccountId,
    /// With names the fields are a JSON array of their values, else an object, or nothing.
    names: Option<Arc<FieldNames>>,
    fields: Box<str>,
}

impl AccountRow {
    /// Packs fields. A field called `id` is dropped.
    pub fn new(id: AccountId, mut fields: Map<String, Value>) -> Self {
        fields.remove("id");
        if fields.is_empty() {
            return Self::bare(id);
        }
        Self::from_json(id, Value::Object(fields).to_string())
    }

    /// Takes fields that are already one JSON object, for sources that get them so
    /// from their database. The text isn't looked at before the account is leased.
    pub fn from_json(id: AccountId, fields: impl Into<Box<str>>) -> Self {
        Self { id, names: None, fields: fields.into() }
    }

    /// Takes the fields' values as one JSON array; their names are shared by all rows of
    /// a selection. As for [`AccountRow::from_json`], the text isn't looked at.
    pub fn from_values(id: AccountId, names: &Arc<FieldNames>, values: impl Into<Box<str>>) -> Self {
        Self { id, names: Some(names.clone()), fields: values.into() }
    }

    /// An account of which nothing is known but its id.
    pub fn bare(id: AccountId) -> Self {
        Self { id, names: None, fields: Box::default() }
    }

    fn fields(&self) -> Result<Map<String, Value>, serde_json::Error> {
        let Some(names) = &self.names else {
            return if self.fields.is_empty() { Ok(Map::new()) } else { serde_json::from_str(&self.fields) };
        };
        let values: Vec<Value> = serde_json::from_str(&self.fields)?;
        if values.len() != names.0.len() {
            let message = format!("{} fields have {} values", names.0.len(), values.len());
            return Err(serde::de::Error::custom(message));
        }
        Ok(names.0.iter().cloned().zip(values).filter(|(name, _)| name != "id").collect())
    }

    /// The same account one failure later: what a source told of its failures is kept
    /// true until the next refresh.
    #[must_use]
    pub fn after_failure(&self, reason: &str) -> Self {
        let Ok(mut fields) = self.fields() else {
            return self.clone();
        };
        if let Some(count) = fields.get("failure_count").and_then(Value::as_i64) {
            fields.insert("failure_count".into(), count.saturating_add(1).into());
        }
        if let Some(error) = fields.get_mut("last_error") {
            *error = Value::String(reason.to_owned());
        }
        Self::new(self.id.clone(), fields)
    }

    /// The account with its fields unpacked.
    ///
    /// # Errors
    /// When the text given to [`AccountRow::from_json`] isn't a JSON object, or that given
    /// to [`AccountRow::from_values`] not an array with a value for each name.
    pub fn unpack(&self) -> Result<Account, serde_json::Error> {
        Ok(Account::new(self.id.clone(), self.fields()?))
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

    #[test]
    fn a_failure_shows_in_the_fields_that_tell_of_failures() {
        let fields = json!({"failure_count": 1, "last_error": null, "pack_count": 3});
        let row = AccountRow::new(AccountId::new("a1").unwrap(), fields.as_object().unwrap().clone());
        let after = json!(row.after_failure("no luck").unpack().unwrap());
        assert_eq!(after, json!({"id": "a1", "failure_count": 2, "last_error": "no luck", "pack_count": 3}));
        let bare = AccountRow::bare(AccountId::new("a1").unwrap());
        assert_eq!(bare.after_failure("no luck"), bare);
    }

    #[test]
    fn values_get_the_names_that_they_share() {
        let id = || AccountId::new("a1").unwrap();
        let names = FieldNames::new(["failure_count", "id", "password"].map(String::from));
        let row = AccountRow::from_values(id(), &names, r#"[1,"x","hunter2"]"#);
        assert_eq!(json!(row.unpack().unwrap()), json!({"id": "a1", "failure_count": 1, "password": MASK}));
        let after = row.after_failure("no luck").unpack().unwrap();
        assert_eq!(after.get("failure_count"), Some(&json!(2)));
        assert_eq!(after.reveal().get("password"), Some(&json!("hunter2")));
        for wrong in ["[1]", "[1,2,3,4]", "{}", ""] {
            let row = AccountRow::from_values(id(), &names, wrong);
            assert!(row.unpack().is_err(), "{wrong}");
            assert_eq!(row.after_failure("no luck"), row);
        }
    }

    #[test]
    fn a_bare_account_has_only_its_id() {
        let account = AccountRow::bare(AccountId::new("a1").unwrap()).unpack().unwrap();
        assert_eq!(json!(account), json!({"id": "a1"}));
    }
}
