//! An open pool takes another definition: leases, outcomes, counts and waiting bots stay,
//! and only what changed acts.

use std::sync::Arc;

use super::error::PoolError;
use super::manager::PoolManager;
use super::refresh::RefreshReport;
use super::runtime::{Pool, Spec};
use crate::definition::{Defined, DefinitionError};
use crate::ids::PoolName;

/// What an open pool made of its definition.
#[derive(Debug, Clone)]
pub enum Followed {
    /// It isn't open: it will be opened by the definition of then.
    NotOpen,
    /// It has it already.
    Same,
    /// How it behaves changed, and nothing was selected anew.
    Settings,
    /// What it selects changed, and was selected anew.
    Selection(RefreshReport),
    /// There is no definition any more: it serves nothing, and is closed once what bots
    /// hold has ended.
    Draining,
}

impl PoolManager {
    /// Has a pool follow its definition as it is now, if the pool is open.
    ///
    /// # Errors
    /// When the new definition's source can't be opened or gives nothing; the pool then
    /// keeps what it has.
    pub async fn follow(&self, name: &PoolName) -> Result<Followed, PoolError> {
        self.follow_by(name, false).await
    }

    /// As [`PoolManager::follow`], and opens its source anew in any case: its pool type is
    /// another.
    ///
    /// # Errors
    /// As for `follow`.
    pub async fn reopen(&self, name: &PoolName) -> Result<Followed, PoolError> {
        self.follow_by(name, true).await
    }

    async fn follow_by(&self, name: &PoolName, anew: bool) -> Result<Followed, PoolError> {
        let Some(pool) = self.get_open(name) else { return Ok(Followed::NotOpen) };
        // One change at a time, and none during a refresh.
        let _one_at_a_time = pool.refreshing.lock().await;
        let defined = match self.definitions.catalog().pool(name.as_str()) {
            Ok(defined) => defined.clone(),
            Err(DefinitionError::NotFound { .. }) => {
                self.drain(name);
                return Ok(Followed::Draining);
            }
            // A file that can't be used harms nothing that is open.
            Err(_) => return Ok(Followed::Same),
        };
        *pool.tried.lock() = defined.generation;
        let before = pool.spec();
        if !anew && before.generation == defined.generation {
            return Ok(Followed::Same);
        }
        let repeats =
            before.definition.pool_config.repeat_after != defined.definition.pool_config.repeat_after;
        let followed = if !anew && before.definition.selecting() == defined.definition.selecting() {
            let Defined { definition, generation, .. } = defined;
            let source = before.source.clone();
            *pool.spec.lock() = Arc::new(Spec { definition, generation, source });
            Followed::Settings
        } else {
            let source = self.source(&defined.definition).await.map_err(|error| {
                let error = pool.source_error(error);
                pool.refresh_failed(&error, defined.generation);
                error
            })?;
            let Defined { definition, generation, .. } = defined;
            *pool.kept.lock() = None;
            Followed::Selection(pool.refresh_by(Arc::new(Spec { definition, generation, source })).await?)
        };
        pool.announce();
        self.turnover.send_replace(());
        if repeats {
            pool.redate().await;
        }
        Ok(followed)
    }
}

impl Pool {
    /// Lets chores and waiting bots look at the definition again.
    fn announce(self: &Arc<Self>) {
        self.redefined.send_modify(|count| *count += 1);
        self.state.lock().waiters.wake_all();
    }
}
