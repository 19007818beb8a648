//! The names and numbers by which things are known, each its own type so that
//! a pool's name can't be passed where a group's is wanted.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

/// Longest name or id that is accepted, in bytes.
pub const MAX_NAME_BYTES: usize = 512;

/// Why a text can't be a name or an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// Longer than [`MAX_NAME_BYTES`].
    #[error("is {0} bytes long; at most {MAX_NAME_BYTES} are accepted")]
    TooLong(usize),
    /// A control character, which would garble tables and logs.
    #[error("contains a control character ({0:?})")]
    Control(char),
}

pub(crate) fn check_name(text: &str) -> Result<(), NameError> {
    if text.trim().is_empty() {
        return Err(NameError::Empty);
    }
    if text.len() > MAX_NAME_BYTES {
        return Err(NameError::TooLong(text.len()));
    }
    match text.chars().find(|c| c.is_control()) {
        Some(c) => Err(NameError::Control(c)),
        None => Ok(()),
    }
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes a text that isn't empty, has no control character and is at most
            /// [`MAX_NAME_BYTES`] long.
            pub fn new(text: impl AsRef<str>) -> Result<Self, NameError> {
                let text = text.as_ref();
                check_name(text)?;
                Ok(Self(Arc::from(text)))
            }

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                let text = input.deserialize_any(NameText)?;
                Self::new(&text).map_err(de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": ["string", "integer"], "minLength": 1, "maxLength": MAX_NAME_BYTES})
            }
        }
    };
}

/// Reads a name from a string, or from a whole number that somebody forgot to quote.
struct NameText;

impl de::Visitor<'_> for NameText {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<String, E> {
        Ok(number.to_string())
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<String, E> {
        Ok(number.to_string())
    }
}

name_type! {
    /// What an account is known by, across all pools of a store.
    AccountId
}

impl AccountId {
    /// An id that was one before it was packed.
    pub(crate) fn of_row(text: &str) -> Self {
        Self(Arc::from(text))
    }
}

name_type! {
    /// A pool's name, which is its identity: outcomes are remembered under it.
    PoolName
}
name_type! {
    /// A group's name.
    GroupName
}

/// What a bot runs on: a small number, given by an instance provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct InstanceId(pub u32);

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One run of a group. Ids sort by the time they were made (UUID version 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LaunchId(uuid::Uuid);

impl LaunchId {
    /// A new id, different from every other.
    pub fn random() -> Self {
        Self(uuid::Uuid::now_v7())
    }
}

impl JsonSchema for LaunchId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LaunchId".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "uuid"})
    }
}

impl fmt::Display for LaunchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The fencing token of a lease: the ledger gives every lease a larger one, and
/// refuses a settlement that doesn't carry the newest token of its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LeaseToken(pub i64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_empty_nor_garbles_a_table() {
        assert_eq!(PoolName::new("  "), Err(NameError::Empty));
        assert_eq!(PoolName::new("a\u{1b}[31m"), Err(NameError::Control('\u{1b}')));
        assert_eq!(AccountId::new("x".repeat(513)), Err(NameError::TooLong(513)));
        assert_eq!(AccountId::new("naïve ü 帳號").map(|id| id.to_string()), Ok("naïve ü 帳號".into()));
    }

    #[test]
    fn an_unquoted_number_is_a_name() {
        assert_eq!(serde_json::from_str::<AccountId>("1001").unwrap().as_str(), "1001");
    }
}
