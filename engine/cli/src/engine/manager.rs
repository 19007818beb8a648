//! The manager of services that started the engine, if one did (systemd, `Type=notify`):
//! it is told when the engine is ready, that it lives, and when it stops.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::task::JoinHandle;

/// Tells the manager how the engine stands. Without one nothing is told.
pub struct Manager {
    alive: Option<JoinHandle<()>>,
}

impl Manager {
    /// The engine is ready; from now on the manager hears that it lives, as often as it wants.
    pub fn ready() -> Self {
        tell(&[NotifyState::Ready]);
        let mut microseconds = 0;
        let wanted = sd_notify::watchdog_enabled(false, &mut microseconds);
        // Twice as often as it must be.
        let alive = wanted.then(|| tokio::spawn(keep_telling(Duration::from_micros(microseconds / 2))));
        Self { alive }
    }

    /// The engine stops, which may take as long as its bots need for their accounts.
    pub fn stopping(&self) {
        tell(&[NotifyState::Stopping]);
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        if let Some(alive) = &self.alive {
            alive.abort();
        }
    }
}

/// As a task among the engine's own: when those hang, so does this.
async fn keep_telling(every: Duration) {
    let mut ticks = tokio::time::interval(every.max(Duration::from_millis(100)));
    loop {
        ticks.tick().await;
        tell(&[NotifyState::Watchdog]);
    }
}

fn tell(state: &[NotifyState<'_>]) {
    // A manager that doesn't listen isn't worth ending for.
    if let Err(error) = sd_notify::notify(false, state) {
        tracing::warn!(%error, "the service manager can't be told how the engine stands");
    }
}
