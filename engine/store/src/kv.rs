//! The key–value map of extensions: one table.

use async_trait::async_trait;
use lariat_core::kv::{KeyValueStore, KvError, check_limits};
use serde_json::Value;
use sqlx::Row;

use crate::error::StoreError;
use crate::store::Store;
use crate::writer::Request;

#[async_trait]
impl KeyValueStore for Store {
    async fn get(&self, extension: &str, key: &str) -> Result<Option<Value>, KvError> {
        Ok(get(self, extension, key).await?)
    }

    async fn set(&self, extension: &str, key: &str, value: Value) -> Result<(), KvError> {
        check_limits(key, &value)?;
        let (extension, key) = (extension.to_owned(), key.to_owned());
        self.ask(|reply| Request::Keep { extension, key, value, reply }).await
    }

    async fn keys(&self, extension: &str) -> Result<Vec<String>, KvError> {
        Ok(keys(self, extension).await?)
    }
}

async fn get(store: &Store, extension: &str, key: &str) -> Result<Option<Value>, StoreError> {
    let query =
        sqlx::query("SELECT value FROM kv WHERE extension = ?1 AND key = ?2").bind(extension).bind(key);
    let Some(row) = query.fetch_optional(store.readers()).await? else { return Ok(None) };
    let value = serde_json::from_str(row.try_get(0)?)
        .map_err(|error| StoreError::Record(format!("the value under {key:?} of {extension}: {error}")))?;
    Ok(Some(value))
}

async fn keys(store: &Store, extension: &str) -> Result<Vec<String>, StoreError> {
    let query = sqlx::query("SELECT key FROM kv WHERE extension = ?1 ORDER BY key").bind(extension);
    let rows = query.fetch_all(store.readers()).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
