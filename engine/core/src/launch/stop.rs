//! Phase `stop`: waits until the bots have ended by themselves, or brings them to an
//! end when somebody asked for it.

use crate::launch::state::Life;
use crate::launch::{Launch, LaunchFailure, StopMode};

pub(crate) async fn run(launch: &Launch) -> Result<(), LaunchFailure> {
    launch.tasks.close();
    tokio::select! {
        biased;
        () = all_ended(launch) => return Ok(()),
        () = launch.stop.draining().cancelled() => {}
    }
    if tokio::time::timeout(launch.engine.live().drain_timeout, all_ended(launch)).await.is_err() {
        launch.stop.stop(StopMode::Force);
        all_ended(launch).await;
    }
    Ok(())
}

/// Waits until the last bot has ended; after that none is started any more.
pub(crate) async fn all_ended(launch: &Launch) {
    loop {
        launch.tasks.wait().await;
        // Under the lock under which bots are started.
        let mut state = launch.state.lock();
        if launch.tasks.is_empty() {
            state.life = Life::Over;
            return;
        }
    }
}
