//! The verbs over pools.

use lariat_console::{PoolDeleted, PoolDraft, PoolShown, Saved};
use lariat_core::ids::AccountId;
use lariat_core::ledger::ResetReport;
use lariat_core::pool::{PoolListing, PoolStats, RefreshReport};
use serde_json::json;

use super::Asked;
use crate::engine::remote::{path, read};
use crate::exit::{CliError, Exit};

impl Asked {
    /// All pools with their numbers.
    pub async fn pools(&self) -> Result<Vec<PoolListing>, CliError> {
        match self {
            Self::Engine(engine) => read(engine.get("pools").await?),
            Self::Here(app) => Ok(app.service.pools().await),
        }
    }

    /// A pool's definition, and where it is written.
    pub async fn pool(&self, name: &str) -> Result<PoolShown, CliError> {
        match self {
            Self::Engine(engine) => read(engine.get(&path("pools", name, None)).await?),
            Self::Here(app) => Ok(app.service.pool(name)?),
        }
    }

    /// A pool's numbers.
    pub async fn pool_stats(&self, name: &str) -> Result<PoolStats, CliError> {
        match self {
            Self::Engine(engine) => read(engine.get(&path("pools", name, Some("stats"))).await?),
            Self::Here(app) => Ok(app.service.pool_stats(name).await?),
        }
    }

    /// Selects a pool's accounts anew.
    pub async fn refresh_pool(&self, name: &str) -> Result<RefreshReport, CliError> {
        match self {
            Self::Engine(engine) => {
                read(engine.post(&path("pools", name, Some("refresh")), &json!({})).await?)
            }
            Self::Here(app) => Ok(app.service.refresh_pool(name).await?),
        }
    }

    /// Forgets a pool's outcomes, or those of some accounts.
    pub async fn reset_pool(&self, name: &str, accounts: Vec<AccountId>) -> Result<ResetReport, CliError> {
        match self {
            Self::Engine(engine) => {
                let order = json!({"accounts": accounts});
                read(engine.post(&path("pools", name, Some("reset")), &order).await?)
            }
            Self::Here(app) => {
                let only = (!accounts.is_empty()).then_some(accounts);
                Ok(app.service.reset_pool(name, only).await?)
            }
        }
    }

    /// Saves a new pool.
    pub async fn create_pool(&self, draft: PoolDraft) -> Result<Saved, CliError> {
        match self {
            Self::Engine(engine) => read(engine.post("pools", &draft).await?),
            Self::Here(app) => {
                let saved = app.service.create_pools(vec![draft]).await?.into_iter().next();
                saved.ok_or_else(|| CliError::new(Exit::Failed, "the pool wasn't saved"))
            }
        }
    }

    /// Saves some pools, or none.
    pub async fn import_pools(&self, drafts: Vec<PoolDraft>) -> Result<Vec<Saved>, CliError> {
        match self {
            Self::Engine(engine) => read(engine.post("pools:import", &drafts).await?),
            Self::Here(app) => Ok(app.service.create_pools(drafts).await?),
        }
    }

    /// Removes a pool's definition.
    pub async fn delete_pool(&self, name: &str) -> Result<PoolDeleted, CliError> {
        match self {
            Self::Engine(engine) => read(engine.delete(&path("pools", name, None)).await?),
            Self::Here(app) => Ok(app.service.delete_pool(name).await?),
        }
    }
}
