//! Phase `release`: gives back what the launch took. Always runs, whatever happened.
//!
//! Instances are given back by their bots as these end; here the ones that the launch
//! had to start are stopped again.

use crate::launch::{Launch, LaunchFailure};

pub(crate) async fn run(launch: &Launch) -> Result<(), LaunchFailure> {
    stop_instances(launch).await;
    Ok(())
}

/// Stops the instances that this launch had to start; once.
pub(crate) async fn stop_instances(launch: &Launch) {
    let started = std::mem::take(&mut launch.state.lock().started);
    for (id, provider) in started {
        if let Err(error) = provider.stop(id).await {
            tracing::warn!(%error, "couldn't stop an instance that the launch had started");
        }
    }
}
