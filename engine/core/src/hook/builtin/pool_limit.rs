//! `pool_limit`: how many bots may be at work on one pool at the same time, across all
//! groups.
//!
//! ```yaml
//! hooks:
//!   pool_limit: {enabled: true, config: {pools: {"Premium Farmers Pool": 5}, mode: shrink}}
//! ```

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::{EngineView, info, mode};
use crate::hook::{Hook, HookBand, HookCall, HookError, HookInfo, Moment, Verdict};
use crate::launch::Phase;

/// Denies a launch, or gives it fewer bots, when its pool has its limit of bots.
pub struct PoolLimit {
    info: HookInfo,
    engine: Arc<dyn EngineView>,
}

impl PoolLimit {
    /// The hook over this engine.
    pub fn new(engine: Arc<dyn EngineView>) -> Self {
        let description = "Limits the bots at work on one pool at the same time, across all groups";
        let params = json!({
            "max": {"type": "integer", "min": 1, "description": "Bots on any pool that isn't named in `pools`"},
            "pools": {"type": "table", "default": {}, "description": "Bots by the pool's name"},
            "mode": mode(["deny", "shrink"], "What is done about a launch that asks for more: deny it, or give it what is left"),
        });
        // Late, so that it sees what the others made of the plan.
        let info = HookInfo {
            band: HookBand::Late,
            ..info("pool_limit", description, Moment::Before, Phase::Validate, params)
        };
        Self { info, engine }
    }
}

#[async_trait]
impl Hook for PoolLimit {
    fn info(&self) -> &HookInfo {
        &self.info
    }

    async fn run(&self, call: HookCall) -> Result<Verdict, HookError> {
        let Some(pool) = &call.plan.account_pool else { return Ok(Verdict::Continue) };
        let named = call.params.get("pools").and_then(|pools| pools.get(pool.as_str()));
        let Some(limit) = named.or_else(|| call.params.get("max")) else { return Ok(Verdict::Continue) };
        let limit = limit.as_u64().and_then(|limit| u32::try_from(limit).ok()).ok_or_else(|| {
            HookError::new(format!("config.pools.\"{pool}\": {limit} is not a whole number of bots"))
        })?;
        let taken = self.engine.bots_on(pool, call.launch_id);
        let (left, asked) = (limit.saturating_sub(taken), call.plan.bot_count);
        if asked <= left {
            return Ok(Verdict::Continue);
        }
        let shrink = call.params.get("mode").and_then(Value::as_str) == Some("shrink");
        if shrink && left > 0 {
            let patch = Map::from_iter([("bot_count".to_owned(), left.into())]);
            return Ok(Verdict::Patch { patch });
        }
        let reason =
            format!("pool \"{pool}\" has {taken} of at most {limit} bots; {asked} more are too many");
        Ok(Verdict::Deny { reason })
    }
}
