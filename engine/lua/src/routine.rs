//! A script as core's [`Routine`].

use async_trait::async_trait;
use lariat_core::outcome::Outcome;
use lariat_core::routine::{Routine, RoutineError, RoutineInfo, RoutineRun};

use crate::script::{Script, beside_the_point};
use crate::work::{Answer, Work};

/// A routine whose `run` is a script.
pub(crate) struct LuaRoutine {
    pub(crate) info: RoutineInfo,
    pub(crate) script: Script,
}

#[async_trait]
impl Routine for LuaRoutine {
    fn info(&self) -> &RoutineInfo {
        &self.info
    }

    async fn run(&self, run: RoutineRun) -> Result<Outcome, RoutineError> {
        match self.script.run(Work::Routine(run)).await? {
            Answer::Outcome(outcome) => Ok(outcome),
            _ => Err(beside_the_point()),
        }
    }
}
