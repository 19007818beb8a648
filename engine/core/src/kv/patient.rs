//! `ctx.store` over a store that may fail for a while: a script waits, as leases and
//! settlements do, rather than failing its account for want of disk space.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{KeyValueStore, KvError};
use crate::ledger::{LedgerError, LedgerHealth};

/// A store whose values are kept however long that takes.
pub struct PatientKv {
    inner: Arc<dyn KeyValueStore>,
    health: LedgerHealth,
}

impl PatientKv {
    /// Waits for `inner` by the health of the ledger that shares its store.
    pub fn new(inner: Arc<dyn KeyValueStore>, health: LedgerHealth) -> Self {
        Self { inner, health }
    }
}

#[async_trait]
impl KeyValueStore for PatientKv {
    async fn get(&self, extension: &str, key: &str) -> Result<Option<Value>, KvError> {
        self.inner.get(extension, key).await
    }

    async fn set(&self, extension: &str, key: &str, value: Value) -> Result<(), KvError> {
        let set = || async {
            match self.inner.set(extension, key, value.clone()).await {
                Err(KvError::Store(error)) => Err(LedgerError::Store(error)),
                answer => Ok(answer),
            }
        };
        // Whoever is stopped meanwhile drops this.
        match self.health.insist(&CancellationToken::new(), set).await {
            Ok(answer) => {
                if answer.is_ok() {
                    self.health.works();
                }
                answer
            }
            Err(error) => Err(KvError::Store(error.to_string())),
        }
    }

    async fn keys(&self, extension: &str) -> Result<Vec<String>, KvError> {
        self.inner.keys(extension).await
    }
}
