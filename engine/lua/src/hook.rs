//! A script as core's [`Hook`].

use async_trait::async_trait;
use lariat_core::hook::{Hook, HookCall, HookError, HookInfo, Verdict};
use lariat_core::routine::RoutineError;

use crate::script::{Script, beside_the_point};
use crate::work::{Answer, Work};

/// A hook whose `run` is a script. It takes as long as its pipeline lets it.
pub(crate) struct LuaHook {
    pub(crate) info: HookInfo,
    pub(crate) script: Script,
}

#[async_trait]
impl Hook for LuaHook {
    fn info(&self) -> &HookInfo {
        &self.info
    }

    async fn run(&self, call: HookCall) -> Result<Verdict, HookError> {
        match self.script.run(Work::Hook(Box::new(call))).await {
            Ok(Answer::Verdict(verdict)) => Ok(verdict),
            Ok(_) => Err(broken(beside_the_point())),
            Err(error) => Err(broken(error)),
        }
    }
}

fn broken(error: RoutineError) -> HookError {
    match error {
        RoutineError::Raised { message, traceback } => HookError { message, traceback },
        other => HookError::new(other.to_string()),
    }
}
