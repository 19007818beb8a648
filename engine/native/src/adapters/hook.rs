//! A plugin's hook.

use std::sync::Arc;

use async_trait::async_trait;
use lariat_core::hook::{Hook, HookCall, HookError, HookInfo, Verdict};

use super::answer;
use crate::call::{About, Door, Question, Work};
use crate::load::resolve;

/// A hook whose `run` is a library's. It takes as long as its pipeline lets it.
pub(crate) struct NativeHook {
    pub(crate) info: HookInfo,
    pub(crate) door: Door,
}

#[async_trait]
impl Hook for NativeHook {
    fn info(&self) -> &HookInfo {
        &self.info
    }

    async fn run(&self, mut call: HookCall) -> Result<Verdict, HookError> {
        resolve(&self.info.params, Arc::make_mut(&mut call.params), &self.door.plugin.workspace);
        let payload = serde_json::to_vec(&call).map_err(|error| HookError::new(error.to_string()))?;
        let about = About::work(Work {
            launch: call.launch_id.to_string(),
            group: call.group.to_string(),
            control: call.launch.clone(),
            ..Work::default()
        });
        let operation = self.door.operation(about);
        let question =
            Question { method: "run", payload, operation, deadline: self.door.deadline, stopping: None };
        let answer = self.door.ask(question).await.map_err(|error| HookError::new(error.to_string()))?;
        let verdict = answer::read_any::<Verdict>(&answer);
        verdict
            .map(Option::unwrap_or_default)
            .map_err(|why| HookError::new(self.door.nonsense("run", why).to_string()))
    }
}
