//! `ctx.store` where nothing may be changed: what is set is seen by whoever asks the
//! same draft, and is gone with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use serde_json::Value;

use super::{KeyValueStore, KvError, MAX_KEYS, check_limits};

/// A store over another one, which it only reads.
pub struct DraftKv {
    inner: Arc<dyn KeyValueStore>,
    /// What was set, by owner and key; null where a key was forgotten.
    changed: Mutex<BTreeMap<(String, String), Value>>,
}

impl DraftKv {
    /// A draft in which nothing has been changed yet.
    pub fn over(inner: Arc<dyn KeyValueStore>) -> Self {
        Self { inner, changed: Mutex::default() }
    }
}

#[async_trait]
impl KeyValueStore for DraftKv {
    async fn get(&self, extension: &str, key: &str) -> Result<Option<Value>, KvError> {
        let changed = self.changed.lock().get(&(extension.to_owned(), key.to_owned())).cloned();
        match changed {
            Some(value) => Ok(Some(value).filter(|value| !value.is_null())),
            None => self.inner.get(extension, key).await,
        }
    }

    async fn set(&self, extension: &str, key: &str, value: Value) -> Result<(), KvError> {
        check_limits(key, &value)?;
        if !value.is_null() {
            let keys = self.keys(extension).await?;
            if keys.len() >= MAX_KEYS && !keys.iter().any(|known| known == key) {
                return Err(KvError::Limit(format!("an extension keeps at most {MAX_KEYS} keys")));
            }
        }
        self.changed.lock().insert((extension.to_owned(), key.to_owned()), value);
        Ok(())
    }

    async fn keys(&self, extension: &str) -> Result<Vec<String>, KvError> {
        let mut keys: BTreeSet<String> = self.inner.keys(extension).await?.into_iter().collect();
        for ((_, key), value) in self.changed.lock().iter().filter(|((owner, _), _)| owner == extension) {
            if value.is_null() {
                keys.remove(key);
            } else {
                keys.insert(key.clone());
            }
        }
        Ok(keys.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::MemoryKv;
    use serde_json::json;

    #[tokio::test]
    async fn what_is_set_in_a_draft_is_seen_there_alone() {
        let below = Arc::new(MemoryKv::default());
        below.set("x", "old", json!(1)).await.unwrap();
        let draft = DraftKv::over(below.clone());
        draft.set("x", "new", json!(2)).await.unwrap();
        draft.set("x", "old", Value::Null).await.unwrap();
        assert_eq!(draft.get("x", "old").await, Ok(None));
        assert_eq!(draft.get("x", "new").await, Ok(Some(json!(2))));
        assert_eq!(draft.keys("x").await, Ok(vec!["new".to_owned()]));
        assert_eq!(draft.get("y", "new").await, Ok(None));
        assert_eq!(below.keys("x").await, Ok(vec!["old".to_owned()]));
        for n in 1..MAX_KEYS {
            draft.set("x", &n.to_string(), json!(n)).await.unwrap();
        }
        assert!(draft.set("x", "one more", json!(0)).await.is_err());
        assert!(draft.set("x", "new", json!(3)).await.is_ok());
    }
}
