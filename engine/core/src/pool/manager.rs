//! The mission's verbs over all pools of a workspace.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{OnceCell, watch};
use tokio::time::Instant;

use super::error::PoolError;
use super::refresh::{RefreshReport, recall};
use super::runtime::{Pool, Surroundings};
use crate::clock::SharedClock;
use crate::definition::{Catalog, Defined, DefinitionStore, PoolDefinition};
use crate::event::EventBus;
use crate::ids::{AccountId, PoolName};
use crate::ledger::{KeptSelection, Ledger, LedgerHealth, ResetReport};
use crate::registry::Registry;
use crate::source::{PoolType, SourceError};

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
    pub(super) definitions: Arc<dyn DefinitionStore>,
    types: Arc<Registry<dyn PoolType>>,
    pub(super) around: Surroundings,
    open: Mutex<BTreeMap<PoolName, Arc<OnceCell<Arc<Pool>>>>>,
    /// How often each was reset, so that one that is being opened meanwhile notices.
    resets: Mutex<BTreeMap<PoolName, u64>>,
    pub(super) turnover: watch::Sender<()>,
}

impl PoolManager {
    /// A manager of the pools that `parts.definitions` holds.
    pub fn new(parts: PoolParts) -> Arc<Self> {
        let health = LedgerHealth::new(parts.events.clone(), parts.clock.clone());
        let around = Surroundings {
            definitions: parts.definitions.clone(),
            ledger: parts.ledger,
            health,
            events: parts.events,
            clock: parts.clock,
        };
        let (open, resets, turnover) = (Mutex::default(), Mutex::default(), watch::channel(()).0);
        Arc::new(Self { definitions: parts.definitions, types: parts.types, around, open, resets, turnover })
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

    /// The pools that are open, with their definitions in force.
    pub fn open_pools(&self) -> Vec<Arc<Pool>> {
        self.open.lock().values().filter_map(|cell| cell.get().cloned()).collect()
    }

    /// Is told after a pool was opened or closed, and after an open one took another
    /// definition: what [`PoolManager::open_pools`] gives then is new. Events can't say so;
    /// a pool's first `pool.refreshed` comes while it is still being opened.
    pub fn turnover(&self) -> watch::Receiver<()> {
        self.turnover.subscribe()
    }

    /// The open pool of that name; opened at the first call, shared by all others.
    ///
    /// # Errors
    /// When it can't be found or opened; the next call tries again.
    pub async fn get(&self, name: &PoolName) -> Result<Arc<Pool>, PoolError> {
        self.get_or_open(name, None).await
    }

    /// As [`PoolManager::get`]; a pool that isn't open is opened with the accounts that
    /// an earlier refresh selected, with their fields as they are now.
    ///
    /// # Errors
    /// As for `get`.
    pub async fn get_kept(&self, name: &PoolName, kept: KeptSelection) -> Result<Arc<Pool>, PoolError> {
        self.get_or_open(name, Some(kept)).await
    }

    /// What the pool's last refresh selected, whichever engine made it; nothing when the
    /// definition selects otherwise since then.
    ///
    /// # Errors
    /// When there is no such pool or the ledger failed.
    pub async fn kept_selection(&self, name: &PoolName) -> Result<Option<KeptSelection>, PoolError> {
        let by = self.get_definition(name.as_str())?.definition.selecting();
        let kept = self.around.ledger.kept_selection(name).await;
        let kept = kept.map_err(|error| PoolError::Ledger { pool: name.clone(), error })?;
        Ok(kept.filter(|kept| kept.by == by))
    }

    async fn get_or_open(
        &self,
        name: &PoolName,
        kept: Option<KeptSelection>,
    ) -> Result<Arc<Pool>, PoolError> {
        let cell = self.open.lock().entry(name.clone()).or_default().clone();
        let opening = cell.get().is_none();
        let pool = cell.get_or_try_init(|| self.open_pool(name, kept)).await?.clone();
        if opening {
            self.turnover.send_replace(());
        }
        // The definition may have changed while the pool was being opened.
        let catalog = self.definitions.catalog();
        let now = catalog.pools.get(name).map(|defined| defined.generation);
        if now.is_some_and(|now| now != *pool.tried.lock()) {
            self.follow(name).await?;
        }
        Ok(pool)
    }

    /// The pool of that name, if it is open.
    pub fn get_open(&self, name: &PoolName) -> Option<Arc<Pool>> {
        self.open.lock().get(name)?.get().cloned()
    }

    /// The pool of that name once its opening has ended, if it is open or being opened.
    async fn opened(&self, name: &PoolName) -> Option<Arc<Pool>> {
        let cell = self.open.lock().get(name).cloned()?;
        cell.get_or_try_init(|| std::future::ready(Err(()))).await.ok().cloned()
    }

    async fn open_pool(&self, name: &PoolName, kept: Option<KeptSelection>) -> Result<Arc<Pool>, PoolError> {
        loop {
            let resets = self.resets_of(name);
            let defined = self.get_definition(name.as_str())?;
            let pool = self.prepare(&defined).await?;
            recall(&pool).await.map_err(|error| pool.ledger_error(error))?;
            match &kept {
                Some(kept) => pool.restore(kept).await?,
                None => drop(pool.refresh().await?),
            }
            // After a reset meanwhile it remembers what is forgotten.
            if resets == self.resets_of(name) {
                pool.start_chores();
                return Ok(pool);
            }
        }
    }

    fn resets_of(&self, name: &PoolName) -> u64 {
        self.resets.lock().get(name).copied().unwrap_or_default()
    }

    pub(super) async fn prepare(&self, defined: &Defined<PoolDefinition>) -> Result<Arc<Pool>, PoolError> {
        let name = defined.definition.name.clone();
        let source =
            self.source(&defined.definition).await.map_err(|error| self.around.source_error(&name, error))?;
        Ok(Pool::new(defined, source, self.around.clone()))
    }

    pub(super) async fn source(
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

    /// Saves a new definition.
    ///
    /// # Errors
    /// When the name is taken, the definition is wrong, or it can't be written.
    pub fn create(&self, definition: PoolDefinition) -> Result<(), PoolError> {
        Ok(self.definitions.create_pool(definition)?)
    }

    /// Saves a changed definition. If the pool is open, it takes the new definition at
    /// once and keeps leases, outcomes and waiting bots; only another selection selects
    /// anew.
    ///
    /// # Errors
    /// As for `create`, and when the open pool can't be refreshed by the new definition.
    pub async fn update(&self, name: &PoolName, definition: PoolDefinition) -> Result<(), PoolError> {
        let renamed = definition.name != *name;
        self.definitions.update_pool(name, definition)?;
        if renamed {
            self.drain(name);
            return Ok(());
        }
        self.follow(name).await.map(|_| ())
    }

    /// Removes a definition. If the pool is open it is closed: bots get nothing more
    /// from it, and what they hold ends normally.
    ///
    /// # Errors
    /// When there is none, or it can't be removed.
    pub fn delete(&self, name: &PoolName) -> Result<(), PoolError> {
        self.definitions.delete_pool(name)?;
        self.drain(name);
        Ok(())
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
        *self.resets.lock().entry(name.clone()).or_default() += 1;
        if let Some(pool) = self.opened(name).await {
            {
                let mut state = pool.state.lock();
                state.uncertain.note_reset();
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

    /// Has an open pool serve nothing any more, and be closed once what bots hold has
    /// ended. Says whether it was open.
    pub(super) fn drain(&self, name: &PoolName) -> bool {
        self.take(name).inspect(|pool| pool.drain()).is_some()
    }

    /// Closes a pool, if it is open.
    ///
    /// # Errors
    /// None today; closing may have to write in the future.
    pub fn close(&self, name: &PoolName) -> Result<(), PoolError> {
        if let Some(pool) = self.take(name) {
            pool.close();
        }
        Ok(())
    }

    /// Has the next call for this pool open it anew; gives the one that was open.
    fn take(&self, name: &PoolName) -> Option<Arc<Pool>> {
        let pool = self.open.lock().remove(name)?.get().cloned();
        self.turnover.send_replace(());
        pool
    }

    /// Closes all pools.
    ///
    /// # Errors
    /// As for `close`.
    pub fn close_all(&self) -> Result<(), PoolError> {
        let names: Vec<PoolName> = self.open.lock().keys().cloned().collect();
        names.iter().try_for_each(|name| self.close(name))
    }

    /// Whether the ledger can be written.
    pub fn health(&self) -> &LedgerHealth {
        &self.around.health
    }

    /// The pool types there are.
    pub fn types(&self) -> &Arc<Registry<dyn PoolType>> {
        &self.types
    }
}
