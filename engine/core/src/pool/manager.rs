//! The mission's verbs over all pools of a workspace.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::refresh::{RefreshReport, recall, select};
use super::runtime::{Pool, PoolError, Spec, Surroundings};
use super::stats::PoolStats;
use crate::clock::SharedClock;
use crate::definition::{Catalog, Defined, DefinitionStore, PoolDefinition};
use crate::event::EventBus;
use crate::ids::{AccountId, PoolName};
use crate::ledger::{Ledger, ResetReport};
use crate::registry::Registry;
use crate::source::{PoolType, SourceError, TestReport};

/// How many accounts a test shows.
const SAMPLE: usize = 10;

/// What a pool manager works with.
pub struct PoolParts {
    /// Where the definitions are kept.
    pub definitions: Arc<dyn DefinitionStore>,
    /// The pool types there are.
    pub types: Arc<Registry<dyn PoolType>>,
    /// Who holds what.
    pub ledger: Arc<dyn Ledger>,
    /// Where events go.
    pub events: EventBus,
    /// The time.
    pub clock: SharedClock,
}

/// Discovers, opens, shares and closes pools.
pub struct PoolManager {
    definitions: Arc<dyn DefinitionStore>,
    types: Arc<Registry<dyn PoolType>>,
    around: Surroundings,
    open: Mutex<HashMap<PoolName, Arc<OnceCell<Arc<Pool>>>>>,
}

/// Whether a pool can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PoolState {
    /// It can.
    Ready,
    /// It can, with its last good definition: the file holds something newer and bad.
    Stale,
    /// It can't; the error says why.
    Failed,
}

/// A pool as it is listed.
#[derive(Debug, Clone, Serialize)]
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
    pub counts: super::stats::Counts,
    /// When its accounts were last selected for a launch or by a refresh.
    pub last_refresh: Option<Timestamp>,
    /// Why it can't be used, or isn't up to date.
    pub error: Option<String>,
}

impl PoolManager {
    /// A manager of the pools that `parts.definitions` holds.
    pub fn new(parts: PoolParts) -> Arc<Self> {
        let around = Surroundings { ledger: parts.ledger, events: parts.events, clock: parts.clock };
        Arc::new(Self { definitions: parts.definitions, types: parts.types, around, open: Mutex::default() })
    }

    /// Reads all definitions again.
    ///
    /// # Errors
    /// When nothing could be read at all.
    pub fn discover(&self) -> Result<Arc<Catalog>, PoolError> {
        Ok(self.definitions.discover()?)
    }

    /// The names of all pools.
    pub fn list(&self) -> Vec<PoolName> {
        self.definitions.catalog().pools.keys().cloned().collect()
    }

    /// A pool's definition, without opening the pool.
    ///
    /// # Errors
    /// When there is none, or its file can't be used.
    pub fn get_definition(&self, name: &str) -> Result<Defined<PoolDefinition>, PoolError> {
        Ok(self.definitions.catalog().pool(name)?.clone())
    }

    /// The open pool of that name; opened at the first call, shared by all others.
    ///
    /// # Errors
    /// When it can't be found or opened; the next call tries again.
    pub async fn get(&self, name: &PoolName) -> Result<Arc<Pool>, PoolError> {
        let cell = self.open.lock().entry(name.clone()).or_default().clone();
        let pool = cell.get_or_try_init(|| self.open_pool(name)).await?;
        Ok(pool.clone())
    }

    /// The pool of that name, if it is open.
    pub fn get_open(&self, name: &PoolName) -> Option<Arc<Pool>> {
        self.open.lock().get(name)?.get().cloned()
    }

    async fn open_pool(&self, name: &PoolName) -> Result<Arc<Pool>, PoolError> {
        let defined = self.get_definition(name.as_str())?;
        let pool = self.prepare(&defined).await?;
        recall(&pool).await.map_err(|error| pool.ledger_error(error))?;
        pool.refresh().await?;
        pool.start_chores();
        Ok(pool)
    }

    async fn prepare(&self, defined: &Defined<PoolDefinition>) -> Result<Arc<Pool>, PoolError> {
        let name = defined.definition.name.clone();
        let source = self
            .source(&defined.definition)
            .await
            .map_err(|error| PoolError::Source { pool: name, error })?;
        Ok(Pool::new(defined, source, self.around.clone()))
    }

    async fn source(
        &self,
        definition: &PoolDefinition,
    ) -> Result<Arc<dyn crate::source::AccountSource>, SourceError> {
        let problem =
            |message: String| SourceError::Invalid(vec![crate::definition::Problem::at("type", message)]);
        let pool_type = self.types.get(&definition.pool_type).map_err(|error| problem(error.to_string()))?;
        let found = pool_type.extension.problems(definition);
        if found.is_empty() {
            pool_type.extension.open(definition).await
        } else {
            Err(SourceError::Invalid(found))
        }
    }

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
        let selected = async {
            let source = self.source(definition).await?;
            select(&Spec { definition: Arc::new(definition.clone()), generation: 0, source }).await
        };
        let selected = selected.await;
        let elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        match selected {
            Ok(selection) => TestReport {
                success: true,
                accounts_found: selection.accounts.len(),
                sample: selection.accounts.iter().take(SAMPLE).filter_map(|row| row.unpack().ok()).collect(),
                elapsed_ms,
                warnings: selection.warnings,
                error: None,
                refused: false,
            },
            Err(error) => TestReport {
                success: false,
                accounts_found: 0,
                sample: Vec::new(),
                elapsed_ms,
                warnings: Vec::new(),
                refused: matches!(error, SourceError::Refused(_)),
                error: Some(error.to_string()),
            },
        }
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
        let history = self.around.ledger.history(name).await.map_err(|error| pool.ledger_error(error))?;
        let selection =
            select(&pool.spec()).await.map_err(|error| PoolError::Source { pool: name.clone(), error })?;
        let leased: Vec<AccountId> = history.leases.iter().map(|lease| lease.account.clone()).collect();
        recall(&pool).await.map_err(|error| pool.ledger_error(error))?;
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
                let mut listing = PoolListing {
                    name: name.to_string(),
                    pool_type: defined.definition.pool_type.clone(),
                    state: PoolState::Ready,
                    generation: defined.generation,
                    counts: super::stats::Counts::default(),
                    last_refresh: None,
                    error: None,
                };
                match numbers {
                    Ok(stats) => {
                        listing.counts = stats.counts;
                        listing.last_refresh = stats.last_refresh;
                        listing.error = stats.error;
                    }
                    Err(PoolError::Source { error, .. }) => {
                        listing.state = PoolState::Failed;
                        listing.error = Some(error.to_string());
                    }
                    Err(error) => {
                        listing.state = PoolState::Failed;
                        listing.error = Some(error.to_string());
                    }
                }
                if let Some(stale) = &defined.stale {
                    listing.state = PoolState::Stale;
                    listing.error = Some(format!("stale since {}: {}", stale.since, stale.message));
                }
                listing
            })
            .collect();
        listings.extend(catalog.broken_pools.iter().map(|broken| PoolListing {
            name: broken.name.clone().unwrap_or_else(|| broken.file.display().to_string()),
            pool_type: String::new(),
            state: PoolState::Failed,
            generation: 0,
            counts: super::stats::Counts::default(),
            last_refresh: None,
            error: Some(broken.message.clone()),
        }));
        listings
    }

    /// Saves a new definition.
    ///
    /// # Errors
    /// When the name is taken, the definition is wrong, or it can't be written.
    pub fn create(&self, definition: PoolDefinition) -> Result<(), PoolError> {
        Ok(self.definitions.create_pool(definition)?)
    }

    /// Saves a changed definition. If the pool is open, it takes the new definition at
    /// once and keeps leases, outcomes and waiting bots.
    ///
    /// # Errors
    /// As for `create`, and when the open pool can't be refreshed by the new definition.
    pub async fn update(&self, name: &PoolName, definition: PoolDefinition) -> Result<(), PoolError> {
        let renamed = definition.name != *name;
        self.definitions.update_pool(name, definition)?;
        let Some(pool) = self.get_open(name) else { return Ok(()) };
        if renamed {
            return self.close(name);
        }
        let defined = self.get_definition(name.as_str())?;
        let source = self
            .source(&defined.definition)
            .await
            .map_err(|error| PoolError::Source { pool: name.clone(), error })?;
        *pool.spec.lock() =
            Arc::new(Spec { definition: defined.definition, generation: defined.generation, source });
        pool.refresh().await.map(|_| ())
    }

    /// Removes a definition. If the pool is open it is closed: bots get nothing more
    /// from it, and what they hold ends normally.
    ///
    /// # Errors
    /// When there is none, or it can't be removed.
    pub fn delete(&self, name: &PoolName) -> Result<(), PoolError> {
        self.definitions.delete_pool(name)?;
        self.close(name)
    }

    /// Refreshes a pool; opens it if it isn't open, which selects its accounts.
    ///
    /// # Errors
    /// When it can't be opened or its source gave nothing.
    pub async fn refresh(&self, name: &PoolName) -> Result<RefreshReport, PoolError> {
        if let Some(pool) = self.get_open(name) {
            return pool.refresh().await;
        }
        let began = Instant::now();
        let pool = self.get(name).await?;
        let counts = pool.stats().counts;
        Ok(RefreshReport {
            counts,
            added: counts.total,
            dropped: 0,
            elapsed_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            warnings: Vec::new(),
        })
    }

    /// Forgets a pool's outcomes, so that its accounts are served again; `only` these.
    ///
    /// # Errors
    /// When there is no such pool or the ledger failed.
    pub async fn reset(
        &self,
        name: &PoolName,
        only: Option<Vec<AccountId>>,
    ) -> Result<ResetReport, PoolError> {
        self.get_definition(name.as_str())?;
        let ledger_error = |error| PoolError::Ledger { pool: name.clone(), error };
        let report = self.around.ledger.reset(name, only.clone()).await.map_err(ledger_error)?;
        if let Some(pool) = self.get_open(name) {
            {
                let mut state = pool.state.lock();
                state.roster.reset(only.as_deref());
                if only.is_none() {
                    state.totals.clear();
                    state.tally = Default::default();
                }
            }
            pool.refresh().await?;
        }
        Ok(report)
    }

    /// Closes a pool, if it is open.
    ///
    /// # Errors
    /// None today; closing may have to write in the future.
    pub fn close(&self, name: &PoolName) -> Result<(), PoolError> {
        let cell = self.open.lock().remove(name);
        if let Some(pool) = cell.and_then(|cell| cell.get().cloned()) {
            pool.close();
        }
        Ok(())
    }

    /// Closes all pools.
    ///
    /// # Errors
    /// As for `close`.
    pub fn close_all(&self) -> Result<(), PoolError> {
        let names: Vec<PoolName> = self.open.lock().keys().cloned().collect();
        names.iter().try_for_each(|name| self.close(name))
    }

    /// The pool types there are.
    pub fn types(&self) -> &Arc<Registry<dyn PoolType>> {
        &self.types
    }
}
