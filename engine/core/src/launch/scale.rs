//! Changing how many bots a launch has while it runs.

use std::sync::Arc;

use async_trait::async_trait;

use crate::hook::LaunchControl;
use crate::launch::running::Life;
use crate::launch::{
    FailureKind, Launch, LaunchFailure, LaunchReport, StopMode, acquire_instances, launch_bots,
};

/// Why a launch can't be scaled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScaleError {
    #[error("its bots haven't been launched yet")]
    NotYet,
    #[error("its bots have ended, or are being stopped")]
    Over,
    #[error("{0}")]
    Failed(LaunchFailure),
}

/// Starts more bots on free instances of the plan, or lets the last ones finish their
/// account and end. Gives the number that runs from now on, which is lower than asked
/// when there aren't enough instances.
pub(crate) async fn scale(launch: &Arc<Launch>, bots: u32) -> Result<u32, ScaleError> {
    let wanted = bots as usize;
    let (plan, live) = {
        let state = launch.state.lock();
        match state.life {
            Life::Preparing => return Err(ScaleError::NotYet),
            Life::Launching | Life::Running => {}
            Life::Over => return Err(ScaleError::Over),
        }
        let live: Vec<_> = state.bots.iter().filter(|bot| !bot.status().has_ended()).cloned().collect();
        (state.plan.clone().ok_or(ScaleError::NotYet)?, live)
    };
    for bot in live.iter().skip(wanted) {
        bot.stop(StopMode::Drain);
    }
    let mut count = live.len().min(wanted);
    if live.len() < wanted {
        let more = acquire_instances::acquire(launch, &plan, wanted - live.len()).await;
        let more = more.map_err(|failure| match failure.kind {
            FailureKind::Stopped => ScaleError::Over,
            _ => ScaleError::Failed(failure),
        })?;
        for reservation in more {
            count += usize::from(launch_bots::start(launch, &plan, reservation));
        }
    }
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// A launch in the hands of its hooks.
pub(crate) struct Control(pub(crate) Arc<Launch>);

#[async_trait]
impl LaunchControl for Control {
    fn report(&self) -> LaunchReport {
        self.0.snapshot()
    }

    async fn scale(&self, bots: u32) -> Result<u32, String> {
        scale(&self.0, bots).await.map_err(|error| error.to_string())
    }
}
