//! Looking at pools without changing anything: test, statistics, listing.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::error::PoolError;
use super::manager::PoolManager;
use super::refresh::{recall, select};
use super::runtime::Spec;
use super::stats::{Counts, PoolStats};
use crate::definition::{Broken, Defined, PoolDefinition};
use crate::ids::PoolName;
use crate::source::{GeneratedSql, Selection, SourceError, TestReport};

/// How many accounts a test shows.
const SAMPLE: usize = 10;

/// Whether a pool can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PoolState {
    /// It can.
    Ready,
    /// It can, with its last good definition: the file holds something newer and bad.
    Stale,
    /// It can, and nothing is leased until the store works again; the error says why it
    /// doesn't.
    Unavailable,
    /// It can't; the error says why.
    Failed,
}

/// A pool as it is listed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PoolListing {
    /// The name, or the file's where the name can't be read.
    pub name: String,
    /// The definition's `type`; empty where it can't be read.
    #[serde(rename = "type")]
    pub pool_type: String,
    /// Whether it can be used.
    pub state: PoolState,
    /// The definition's generation.
    pub generation: u64,
    /// The accounts by state.
    #[serde(flatten)]
    pub counts: Counts,
    /// When its accounts were last selected for a launch or by a refresh.
    pub last_refresh: Option<Timestamp>,
    /// Why it can't be used, or isn't up to date.
    pub error: Option<String>,
}

impl PoolManager {
    /// Asks a pool's source what it would select now. Nothing lasting is opened, and
    /// the pool isn't touched if it is open.
    ///
    /// # Errors
    /// When the definition can't be found or used; what goes wrong at the source is in
    /// the report.
    pub async fn test(&self, name: &str) -> Result<TestReport, PoolError> {
        let defined = self.get_definition(name)?;
        Ok(self.test_definition(&defined.definition).await)
    }

    /// As [`PoolManager::test`], for a definition that isn't saved.
    pub async fn test_definition(&self, definition: &PoolDefinition) -> TestReport {
        let began = Instant::now();
        let selected = self.select_definition(definition).await;
        let elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let report = match selected {
            Ok(selection) => TestReport {
                success: true,
                accounts_found: selection.accounts.len(),
                sample: selection.accounts.iter().take(SAMPLE).filter_map(|row| row.unpack().ok()).collect(),
                elapsed_ms,
                warnings: selection.warnings,
                query: None,
                error: None,
                failure: None,
            },
            Err(error) => TestReport::failed(self.around.located(&definition.name, error), elapsed_ms),
        };
        TestReport { query: self.explain(definition).await, ..report }
    }

    /// The SQL of a definition. Why there is none, the selection tells.
    async fn explain(&self, definition: &PoolDefinition) -> Option<GeneratedSql> {
        let pool_type = self.types().get(&definition.pool_type).ok()?;
        pool_type.extension.explain(definition).await.ok().flatten()
    }

    /// The accounts that a pool's source selects now, with `include` and `exclude`
    /// applied. As for [`PoolManager::test`], nothing lasting is opened.
    ///
    /// # Errors
    /// When the definition can't be found or used, or the source gave nothing.
    pub async fn select(&self, name: &str) -> Result<Selection, PoolError> {
        let definition = self.get_definition(name)?.definition;
        let selected = self.select_definition(&definition).await;
        selected.map_err(|error| self.around.source_error(&definition.name, error))
    }

    async fn select_definition(&self, definition: &PoolDefinition) -> Result<Selection, SourceError> {
        let source = self.source(definition).await?;
        select(&Spec { definition: Arc::new(definition.clone()), generation: 0, source }).await
    }

    /// The numbers of a pool: of the open one, or what they would be if it were opened
    /// now, which leaves no trace.
    ///
    /// # Errors
    /// When the definition, the source or the ledger can't be used.
    pub async fn stats(&self, name: &PoolName) -> Result<PoolStats, PoolError> {
        if let Some(pool) = self.get_open(name) {
            return Ok(pool.stats());
        }
        let defined = self.get_definition(name.as_str())?;
        let pool = self.prepare(&defined).await?;
        let selection = select(&pool.spec()).await.map_err(|error| pool.source_error(error))?;
        let leases = recall(&pool).await.map_err(|error| pool.ledger_error(error))?;
        let leased = leases.into_iter().map(|lease| lease.account).collect();
        {
            let mut state = pool.state.lock();
            let number = state.roster.begin_refresh();
            state.roster.merge(number, selection.accounts);
            state.roster.recall_leases(leased);
        }
        Ok(pool.stats())
    }

    /// All pools with their numbers, broken ones included. Sources are asked side by
    /// side.
    pub async fn listing(&self) -> Vec<PoolListing> {
        let catalog = self.definitions.catalog();
        let numbers = futures::future::join_all(catalog.pools.keys().map(|name| self.stats(name))).await;
        let mut listings: Vec<PoolListing> = catalog
            .pools
            .iter()
            .zip(numbers)
            .map(|((name, defined), numbers)| {
                let mut listing = row(name, defined);
                match numbers {
                    Ok(stats) => {
                        listing.counts = stats.counts;
                        listing.last_refresh = stats.last_refresh;
                        listing.error = stats.error;
                        if self.around.health.outage().is_some() {
                            listing.state = PoolState::Unavailable;
                        }
                    }
                    Err(error) => {
                        listing.state = PoolState::Failed;
                        listing.error = Some(match error {
                            PoolError::Source { error, .. } => error.to_string(),
                            other => other.to_string(),
                        });
                    }
                }
                if let Some(stale) = &defined.stale {
                    listing.state = PoolState::Stale;
                    listing.error = Some(stale.to_string());
                }
                listing
            })
            .collect();
        listings.extend(catalog.broken_pools.iter().map(broken_row));
        listings
    }

    /// All pools, broken ones included, without asking any source: only those that are open
    /// have numbers. For lists of thousands.
    pub fn glance(&self) -> Vec<PoolListing> {
        let catalog = self.definitions.catalog();
        let outage = self.around.health.outage().is_some();
        let pools = catalog.pools.iter().map(|(name, defined)| {
            let mut listing = row(name, defined);
            if let Some(stats) = self.get_open(name).map(|pool| pool.stats()) {
                listing.counts = stats.counts;
                listing.last_refresh = stats.last_refresh;
                listing.error = stats.error;
            }
            if outage {
                listing.state = PoolState::Unavailable;
            }
            if let Some(stale) = &defined.stale {
                listing.state = PoolState::Stale;
                listing.error = Some(stale.to_string());
            }
            listing
        });
        pools.chain(catalog.broken_pools.iter().map(broken_row)).collect()
    }
}

/// A pool's row before its numbers are known.
fn row(name: &PoolName, defined: &Defined<PoolDefinition>) -> PoolListing {
    PoolListing {
        name: name.to_string(),
        pool_type: defined.definition.pool_type.clone(),
        state: PoolState::Ready,
        generation: defined.generation,
        counts: Counts::default(),
        last_refresh: None,
        error: None,
    }
}

/// The row of a file that can't be used.
fn broken_row(broken: &Broken) -> PoolListing {
    PoolListing {
        name: broken.name.clone().unwrap_or_else(|| broken.file.display().to_string()),
        pool_type: String::new(),
        state: PoolState::Failed,
        generation: 0,
        counts: Counts::default(),
        last_refresh: None,
        error: Some(broken.message.clone()),
    }
}
