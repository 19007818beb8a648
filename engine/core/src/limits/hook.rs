//! A hook that keeps to its limits.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Calls, Turns};
use crate::hook::{Hook, HookCall, HookError, HookInfo, Verdict};

/// A hook that is asked in turns; its `timeout` counts the waiting too.
pub struct LimitedHook {
    inner: Arc<dyn Hook>,
    turns: Turns,
}

impl LimitedHook {
    /// This hook, within these turns.
    pub fn new(inner: Arc<dyn Hook>, turns: Turns) -> Self {
        Self { inner, turns }
    }
}

#[async_trait]
impl Hook for LimitedHook {
    fn info(&self) -> &HookInfo {
        self.inner.info()
    }

    fn calls(&self) -> Option<Calls> {
        Some(self.turns.calls())
    }

    async fn run(&self, call: HookCall) -> Result<Verdict, HookError> {
        let _turn = self.turns.turn().await;
        self.turns.counted(self.inner.run(call)).await
    }
}
