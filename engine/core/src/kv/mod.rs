//! `ctx.store`: a small durable key–value map for each extension.

mod draft;
mod patient;

use async_trait::async_trait;
use serde_json::Value;

pub use draft::DraftKv;
pub use patient::PatientKv;

/// Most keys an extension may keep.
pub const MAX_KEYS: usize = 1_000;
/// Longest key, in bytes.
pub const MAX_KEY_BYTES: usize = 256;
/// Largest value, in bytes of JSON.
pub const MAX_VALUE_BYTES: usize = 65_536;

/// Durable values of extensions. A `set` is durable when it returns.
#[async_trait]
pub trait KeyValueStore: Send + Sync {
    /// The value under a key.
    ///
    /// # Errors
    /// When the store failed.
    async fn get(&self, extension: &str, key: &str) -> Result<Option<Value>, KvError>;

    /// Keeps a value, or forgets the key when the value is null.
    ///
    /// # Errors
    /// When a limit is exceeded or the store failed.
    async fn set(&self, extension: &str, key: &str, value: Value) -> Result<(), KvError>;

    /// The keys in their order.
    ///
    /// # Errors
    /// When the store failed.
    async fn keys(&self, extension: &str) -> Result<Vec<String>, KvError>;
}

/// Why a value wasn't kept or found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KvError {
    /// A limit is exceeded; the message names it.
    #[error("{0}")]
    Limit(String),
    /// The store failed, for as long as what the message names isn't put right.
    #[error("the store failed: {0}")]
    Store(String),
    /// The store works and doesn't take what it was given, or is shut.
    #[error("the store rejected a value: {0}")]
    Rejected(String),
}

/// Checks the limits of one key and value.
///
/// # Errors
/// [`KvError::Limit`].
pub fn check_limits(key: &str, value: &Value) -> Result<(), KvError> {
    if key.is_empty() || key.len() > MAX_KEY_BYTES {
        return Err(KvError::Limit(format!(
            "a key has 1 to {MAX_KEY_BYTES} bytes; this one has {}",
            key.len()
        )));
    }
    let size = value.to_string().len();
    if size > MAX_VALUE_BYTES {
        return Err(KvError::Limit(format!(
            "a value has at most {MAX_VALUE_BYTES} bytes of JSON; this one has {size}"
        )));
    }
    Ok(())
}

/// A store in memory, for tests and dry runs.
#[derive(Debug, Default)]
pub struct MemoryKv(parking_lot::Mutex<std::collections::BTreeMap<(String, String), Value>>);

#[async_trait]
impl KeyValueStore for MemoryKv {
    async fn get(&self, extension: &str, key: &str) -> Result<Option<Value>, KvError> {
        Ok(self.0.lock().get(&(extension.to_owned(), key.to_owned())).cloned())
    }

    async fn set(&self, extension: &str, key: &str, value: Value) -> Result<(), KvError> {
        check_limits(key, &value)?;
        let mut map = self.0.lock();
        let slot = (extension.to_owned(), key.to_owned());
        if value.is_null() {
            map.remove(&slot);
            return Ok(());
        }
        let used = map.keys().filter(|(owner, _)| owner == extension).count();
        if used >= MAX_KEYS && !map.contains_key(&slot) {
            return Err(KvError::Limit(format!("an extension keeps at most {MAX_KEYS} keys")));
        }
        map.insert(slot, value);
        Ok(())
    }

    async fn keys(&self, extension: &str) -> Result<Vec<String>, KvError> {
        Ok(self.0.lock().keys().filter(|(owner, _)| owner == extension).map(|(_, key)| key.clone()).collect())
    }
}
