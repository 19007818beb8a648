//! Text that can't be printed, logged or serialised by accident.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

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
/// name says `password`, `passwd`, `passphrase`, `secret`, `token`, `credential`,
/// `api key` or `private key`, in any spelling (`devicePassword`, `API_KEY`).
///
/// ```
/// assert!(lariat_core::secret::is_secret_name("devicePassword"));
/// assert!(!lariat_core::secret::is_secret_name("pack_count"));
/// ```
pub fn is_secret_name(name: &str) -> bool {
    const WORDS: [&str; 8] =
        ["password", "passwd", "passphrase", "secret", "token", "credential", "apikey", "privatekey"];
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    WORDS.iter().any(|word| plain.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_its_mask_everywhere() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?} {}", serde_json::json!(secret)), "*** *** \"***\"");
        assert_eq!(secret.reveal(), "hunter2");
    }

    #[test]
    fn names_of_secrets_in_any_spelling() {
        for name in ["password", "devicePassword", "API_KEY", "api-key", "Session-Token", "client_secret"] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["deviceAccount", "pack_count", "status", "key", "pass_rate"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
