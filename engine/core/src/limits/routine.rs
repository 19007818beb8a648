//! A routine that keeps to its limits.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Calls, Turns};
use crate::outcome::Outcome;
use crate::routine::{Routine, RoutineError, RoutineInfo, RoutineRun};

/// A routine whose runs take turns. A run is never put again: its account goes back to the
/// pool, which knows how often it may fail.
pub struct LimitedRoutine {
    inner: Arc<dyn Routine>,
    turns: Turns,
}

impl LimitedRoutine {
    /// This routine, within these turns.
    pub fn new(inner: Arc<dyn Routine>, turns: Turns) -> Self {
        Self { inner, turns }
    }
}

#[async_trait]
impl Routine for LimitedRoutine {
    fn info(&self) -> &RoutineInfo {
        self.inner.info()
    }

    fn calls(&self) -> Option<Calls> {
        Some(self.turns.calls())
    }

    async fn run(&self, run: RoutineRun) -> Result<Outcome, RoutineError> {
        let _turn = tokio::select! {
            biased;
            turn = self.turns.turn() => turn,
            () = run.stopping.cancelled() => {
                return Ok(Outcome::Returned { reason: "stopped before its turn came".into() });
            }
        };
        self.turns.counted(self.inner.run(run)).await
    }
}
