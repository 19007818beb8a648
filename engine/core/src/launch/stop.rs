//! Phase `stop`: waits until the bots have ended by themselves, or brings them to an
//! end when somebody asked for it.

use crate::launch::{Launch, LaunchFailure, StopMode};

pub(crate) async fn run(launch: &Launch) -> Result<(), LaunchFailure> {
    launch.tasks.close();
    tokio::select! {
        biased;
        () = launch.tasks.wait() => return Ok(()),
        () = launch.stop.draining().cancelled() => {}
    }
    if tokio::time::timeout(launch.engine.drain_timeout, launch.tasks.wait()).await.is_err() {
        launch.stop.stop(StopMode::Force);
        launch.tasks.wait().await;
    }
    Ok(())
}
