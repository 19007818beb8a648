//! Phase `resolve_pool`: opens or finds the pool by its name, and refreshes it if the
//! options or the person say so.

use std::sync::Arc;

use crate::definition::RefreshPolicy;
use crate::launch::{DraftPlan, Launch, LaunchFailure, Phase, RefreshQuestion};
use crate::pool::Pool;

pub(crate) async fn run(launch: &Launch, draft: &DraftPlan) -> Result<Option<Arc<Pool>>, LaunchFailure> {
    let Some(name) = &draft.account_pool else { return Ok(None) };
    let failed = |error| LaunchFailure::of_pool(Phase::ResolvePool, &error);
    let pools = &launch.engine.pools;
    let was_open = pools.get_open(name).is_some();
    let pool = pools.get(name).await.map_err(failed)?;
    // A pool that was opened just now has just been selected.
    if was_open && wants_refresh(launch, draft, &pool).await {
        pool.refresh().await.map_err(failed)?;
    }
    Ok(Some(pool))
}

async fn wants_refresh(launch: &Launch, draft: &DraftPlan, pool: &Pool) -> bool {
    let Some(last_refresh) = pool.stats().last_refresh else { return true };
    match draft.options.refresh_pool {
        RefreshPolicy::Always => true,
        RefreshPolicy::Never => false,
        RefreshPolicy::IfOlderThan(age) => {
            let since = launch.engine.clock.now().duration_since(last_refresh);
            std::time::Duration::try_from(since).is_ok_and(|since| since > age.as_duration())
        }
        RefreshPolicy::Ask => {
            let question =
                RefreshQuestion { group: launch.group.clone(), pool: pool.name().clone(), last_refresh };
            launch.asker.refresh(question).await.unwrap_or(false)
        }
    }
}
