//! `refresh_policy`: how old a pool's selection may be at a launch, for every group.
//!
//! ```yaml
//! hooks:
//!   refresh_policy: {enabled: true, config: {if_older_than: 5m}}
//! ```

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::info;
use crate::definition;
use crate::duration::Span;
use crate::hook::{Hook, HookCall, HookError, HookInfo, Moment, Verdict};
use crate::launch::Phase;

/// Decides `refresh_pool` for every launch with a pool.
pub struct RefreshPolicy {
    info: HookInfo,
}

impl RefreshPolicy {
    /// The hook.
    pub fn new() -> Self {
        let description = "Refreshes a launch's pool when its selection is older";
        let params = json!({
            "if_older_than": {"type": "duration", "required": true, "description": "How old it may be"},
        });
        Self { info: info("refresh_policy", description, Moment::Before, Phase::ResolvePool, params) }
    }
}

impl Default for RefreshPolicy {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Hook for RefreshPolicy {
    fn info(&self) -> &HookInfo {
        &self.info
    }

    async fn run(&self, call: HookCall) -> Result<Verdict, HookError> {
        let age = call.params.get("if_older_than").and_then(Value::as_f64).unwrap_or_default();
        let age = Duration::try_from_secs_f64(age).map_err(|error| HookError::new(error.to_string()))?;
        let policy = definition::RefreshPolicy::IfOlderThan(Span::from(age));
        if call.plan.account_pool.is_none() || call.plan.options.refresh_pool == policy {
            return Ok(Verdict::Continue);
        }
        let patch = Map::from_iter([("options".to_owned(), json!({"refresh_pool": policy.to_string()}))]);
        Ok(Verdict::Patch { patch })
    }
}
