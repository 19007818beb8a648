//! A database that sql pools may read.

use std::borrow::Cow;
use std::fmt;

use lariat_core::secret::Secret;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

/// The URL of a database. It may hold a password, so it shows its scheme only.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct DatabaseUrl(Secret);

impl DatabaseUrl {
    /// What stands before the colon: `sqlite`, `postgres`, `mysql`.
    pub fn scheme(&self) -> &str {
        self.0.reveal().split(':').next().unwrap_or_default()
    }

    /// The whole URL, for whoever connects.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:***", self.scheme())
    }
}

impl<'de> Deserialize<'de> for DatabaseUrl {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        match text.split_once(':') {
            Some((scheme, rest)) if !scheme.is_empty() && !rest.is_empty() => Ok(Self(Secret::new(text))),
            _ => Err(de::Error::custom(
                "is not the URL of a database; write it like sqlite:PATH or postgres://user@host/name",
            )),
        }
    }
}

impl JsonSchema for DatabaseUrl {
    fn schema_name() -> Cow<'static, str> {
        "DatabaseUrl".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The URL of a database",
            "type": "string",
            "examples": ["postgres://readonly@127.0.0.1/qa", "sqlite:other.db"]
        })
    }
}
