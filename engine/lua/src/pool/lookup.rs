//! How a pool's script reads the accounts of other pools.

use std::future::Future;

use async_trait::async_trait;
use lariat_core::account::AccountRow;
use lariat_core::ids::PoolName;

/// Finds the accounts of a pool by its name, for `ctx.pools`.
#[async_trait]
pub trait PoolLookup: Send + Sync {
    /// The accounts that the pool's source selects now, in its order.
    ///
    /// # Errors
    /// When there is no such pool, or its source gave nothing, in words.
    async fn accounts(&self, pool: &str) -> Result<Vec<AccountRow>, String>;
}

tokio::task_local! {
    /// The pools that wait for accounts at this moment, the first first.
    static READERS: Vec<PoolName>;
}

/// Does something on behalf of these pools.
pub(crate) fn within<T>(readers: Vec<PoolName>, work: impl Future<Output = T>) -> impl Future<Output = T> {
    READERS.scope(readers, work)
}

/// On whose behalf a source is asked.
pub(super) fn readers() -> Vec<PoolName> {
    READERS.try_with(Clone::clone).unwrap_or_default()
}
