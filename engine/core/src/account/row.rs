//! An account as a source selects it and a pool keeps it.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::Account;
use super::rows::Block;
use crate::ids::AccountId;

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
/// compact JSON, in a block of text that it shares with its neighbours, so that a pool of
/// a million accounts stays small. `Debug` shows the id only, since the fields may hold
/// secrets.
#[derive(Clone)]
pub struct AccountRow {
    block: Arc<Block>,
    /// Where in the block's text it begins.
    start: u32,
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
    pub fn from_json(id: AccountId, fields: impl AsRef<str>) -> Self {
        Self::alone(id.as_str(), None, fields.as_ref())
    }

    /// Takes the fields' values as one JSON array; their names are shared by all rows of
    /// a selection. As for [`AccountRow::from_json`], the text isn't looked at.
    pub fn from_values(id: AccountId, names: &Arc<FieldNames>, values: impl AsRef<str>) -> Self {
        Self::alone(id.as_str(), Some(names.clone()), values.as_ref())
    }

    /// An account of which nothing is known but its id.
    pub fn bare(id: AccountId) -> Self {
        Self::alone(id.as_str(), None, "")
    }

    fn alone(id: &str, names: Option<Arc<FieldNames>>, fields: &str) -> Self {
        Self { block: Arc::new(Block::of(names, id, fields)), start: 0 }
    }

    /// One that begins there in a block.
    pub(super) fn within(block: &Arc<Block>, start: u32) -> Self {
        Self { block: block.clone(), start }
    }

    /// What the account is known by.
    pub fn id(&self) -> &str {
        self.block.at(self.start).0
    }

    /// The same as a word of its own.
    pub fn account_id(&self) -> AccountId {
        AccountId::of_row(self.id())
    }

    /// The same account in a block of its own, so that it keeps no others from being freed.
    pub(crate) fn apart(&self) -> Self {
        let (id, fields) = self.block.at(self.start);
        Self::alone(id, self.block.names.clone(), fields)
    }

    fn fields(&self) -> Result<Map<String, Value>, serde_json::Error> {
        let fields = self.block.at(self.start).1;
        let Some(names) = &self.block.names else {
            return if fields.is_empty() { Ok(Map::new()) } else { serde_json::from_str(fields) };
        };
        let values: Vec<Value> = serde_json::from_str(fields)?;
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
        Self::new(self.account_id(), fields)
    }

    /// The account with its fields unpacked.
    ///
    /// # Errors
    /// When the text given to [`AccountRow::from_json`] isn't a JSON object, or that given
    /// to [`AccountRow::from_values`] not an array with a value for each name.
    pub fn unpack(&self) -> Result<Account, serde_json::Error> {
        Ok(Account::new(self.account_id(), self.fields()?))
    }
}

impl PartialEq for AccountRow {
    fn eq(&self, other: &Self) -> bool {
        self.block.names == other.block.names && self.block.at(self.start) == other.block.at(other.start)
    }
}

impl Eq for AccountRow {}

impl fmt::Debug for AccountRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountRow({})", self.id())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::secret::MASK;

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
