//! `min_available`: how many accounts a pool must have to serve before a launch.
//!
//! ```yaml
//! hooks:
//!   min_available: {enabled: true, config: {accounts: 10}}
//! ```

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{EngineView, info};
use crate::hook::{Hook, HookCall, HookError, HookInfo, Moment, Verdict};
use crate::launch::Phase;

/// Denies a launch whose pool has too few accounts.
pub struct MinAvailable {
    info: HookInfo,
    engine: Arc<dyn EngineView>,
}

impl MinAvailable {
    /// The hook over this engine.
    pub fn new(engine: Arc<dyn EngineView>) -> Self {
        let description = "Denies a launch whose pool has fewer accounts to serve";
        let params = json!({
            "accounts": {"type": "integer", "min": 1, "required": true, "description": "How many there must be"},
        });
        Self { info: info("min_available", description, Moment::After, Phase::ResolvePool, params), engine }
    }
}

#[async_trait]
impl Hook for MinAvailable {
    fn info(&self) -> &HookInfo {
        &self.info
    }

    async fn run(&self, call: HookCall) -> Result<Verdict, HookError> {
        let Some(pool) = &call.plan.account_pool else { return Ok(Verdict::Continue) };
        let Some(available) = self.engine.available(pool) else { return Ok(Verdict::Continue) };
        let wanted = call.params.get("accounts").and_then(Value::as_u64).unwrap_or_default();
        if available as u64 >= wanted {
            return Ok(Verdict::Continue);
        }
        let reason =
            format!("pool \"{pool}\" has {available} accounts to serve; at least {wanted} are wanted");
        Ok(Verdict::Deny { reason })
    }
}
