//! Phase `resolve_pool`: opens or finds the pool by its name, and refreshes it if the
//! launch's options, or the person who launches, want that.

use std::sync::Arc;

use jiff::Timestamp;

use crate::definition::RefreshPolicy;
use crate::ids::PoolName;
use crate::launch::{DraftPlan, Launch, LaunchFailure, Phase, RefreshQuestion};
use crate::pool::{Pool, PoolError};

pub(crate) async fn run(launch: &Launch, draft: &DraftPlan) -> Result<Option<Arc<Pool>>, LaunchFailure> {
    let Some(name) = &draft.account_pool else { return Ok(None) };
    let pool = resolve(launch, draft, name).await;
    pool.map(Some).map_err(|error| LaunchFailure::of_pool(Phase::ResolvePool, &error))
}

async fn resolve(launch: &Launch, draft: &DraftPlan, name: &PoolName) -> Result<Arc<Pool>, PoolError> {
    let pools = &launch.engine.pools;
    let Some(pool) = pools.get_open(name) else { return open(launch, draft, name).await };
    if wants_refresh(launch, draft, &pool).await {
        pool.refresh().await?;
    }
    Ok(pool)
}

/// Opens a pool, which selects its accounts anew, unless a person would rather have
/// those of the last refresh.
async fn open(launch: &Launch, draft: &DraftPlan, name: &PoolName) -> Result<Arc<Pool>, PoolError> {
    let pools = &launch.engine.pools;
    if draft.options.refresh_pool == RefreshPolicy::Ask
        && launch.asker.answers()
        && let Some(kept) = pools.kept_selection(name).await?
        && ask(launch, name, kept.at).await == Some(false)
    {
        return pools.get_kept(name, kept).await;
    }
    pools.get(name).await
}

async fn wants_refresh(launch: &Launch, draft: &DraftPlan, pool: &Arc<Pool>) -> bool {
    let Some(last_refresh) = pool.stats().last_refresh else { return true };
    match draft.options.refresh_pool {
        RefreshPolicy::Always => true,
        RefreshPolicy::Never => false,
        RefreshPolicy::IfOlderThan(age) => {
            let since = launch.engine.clock.now().duration_since(last_refresh);
            std::time::Duration::try_from(since).is_ok_and(|since| since > age.as_duration())
        }
        RefreshPolicy::Ask => ask(launch, pool.name(), last_refresh).await.unwrap_or(false),
    }
}

async fn ask(launch: &Launch, pool: &PoolName, last_refresh: Timestamp) -> Option<bool> {
    let question = RefreshQuestion { group: launch.group.clone(), pool: pool.clone(), last_refresh };
    launch.unless_stopped(launch.asker.refresh(question)).await
}
