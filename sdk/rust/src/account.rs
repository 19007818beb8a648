//! The record that a bot works on.

use serde::de::{DeserializeOwned, Error as _};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{Error, Result};

/// An account: an id plus typed fields, some of them secret, which is why `Debug` shows the
/// id only.
#[derive(Clone, PartialEq, Default)]
pub struct Account {
    /// What it is known by, across all pools.
    pub id: String,
    /// Everything else, in the order in which it was given.
    pub fields: Map<String, Value>,
}

impl Account {
    /// An account of which nothing is known but its id: one to 512 bytes, without control
    /// characters.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), fields: Map::new() }
    }

    /// The same with one more field. The engine keeps fields with names such as `password` or
    /// `api_token` out of logs and listings.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields.insert(name.into(), value.into());
        self
    }

    /// A field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    /// A field as a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// All fields, and `id`, as a type of your own.
    ///
    /// # Errors
    /// When a field is missing or of another type.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        let mut all = self.fields.clone();
        all.insert("id".into(), Value::String(self.id.clone()));
        serde_json::from_value(Value::Object(all))
            .map_err(|error| Error::invalid(format!("account {}: {error}", self.id)))
    }
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Account({})", self.id)
    }
}

impl Serialize for Account {
    fn serialize<S: Serializer>(&self, out: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(Some(self.fields.len() + 1))?;
        map.serialize_entry("id", &self.id)?;
        for (name, value) in self.fields.iter().filter(|(name, _)| *name != "id") {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Account {
    fn deserialize<D: Deserializer<'de>>(input: D) -> std::result::Result<Self, D::Error> {
        let mut fields = Map::deserialize(input)?;
        match fields.remove("id") {
            Some(Value::String(id)) => Ok(Self { id, fields }),
            _ => Err(D::Error::custom("an account has an id, which is a text")),
        }
    }
}
