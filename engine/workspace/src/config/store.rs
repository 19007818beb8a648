//! Where the ledger and the account table are kept.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// `sqlite:PATH`. The path is relative to the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreLocation {
    /// One file, for the engines of one machine.
    Sqlite(PathBuf),
}

impl StoreLocation {
    /// The SQLite file.
    pub fn path(&self) -> &Path {
        match self {
            Self::Sqlite(path) => path,
        }
    }
}

impl Default for StoreLocation {
    fn default() -> Self {
        Self::Sqlite(PathBuf::from(".lariat/state.db"))
    }
}

impl FromStr for StoreLocation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // The text may hold a password, so messages name the scheme only.
        let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_lowercase());
        match scheme.as_deref() {
            Some("sqlite") => {
                let path = text.get("sqlite:".len()..).unwrap_or_default();
                let path = path.strip_prefix("//").unwrap_or(path);
                if path.is_empty() || path.contains(":memory:") {
                    return Err(
                        "a store must outlive the engine; write a file, as in sqlite:.lariat/state.db".into(),
                    );
                }
                Ok(Self::Sqlite(PathBuf::from(path)))
            }
            Some("postgres" | "postgresql") => {
                Err("a postgres store is not supported yet by this version; write sqlite:PATH".into())
            }
            Some(other) => Err(format!("`{other}:` is not a kind of store; write sqlite:PATH")),
            None => Err("is not a store; write sqlite:PATH, as in sqlite:.lariat/state.db".into()),
        }
    }
}

impl fmt::Display for StoreLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
        }
    }
}

impl Serialize for StoreLocation {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for StoreLocation {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for StoreLocation {
    fn schema_name() -> Cow<'static, str> {
        "StoreLocation".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": r"^(sqlite:.+|.*\$\{.*)$", "examples": ["sqlite:.lariat/state.db"]})
    }
}
