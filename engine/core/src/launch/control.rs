//! Stopping and pausing the bots of a launch.

use tokio_util::sync::CancellationToken;

use crate::duration::Span;

/// How to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopMode {
    /// No new accounts; the ones being worked on may be finished within the engine's
    /// drain time, then they are returned.
    Drain,
    /// At once: what isn't finished is returned.
    Force,
}

/// Tells a bot, or all bots of a launch, to stop.
#[derive(Debug, Clone, Default)]
pub struct StopSignal {
    drain: CancellationToken,
    force: CancellationToken,
}

impl StopSignal {
    /// A signal that also follows this one.
    pub fn child(&self) -> Self {
        Self { drain: self.drain.child_token(), force: self.force.child_token() }
    }

    /// Gives the signal.
    pub fn stop(&self, mode: StopMode) {
        self.drain.cancel();
        if mode == StopMode::Force {
            self.force.cancel();
        }
    }

    /// Cancelled as soon as a stop of either mode is asked for.
    pub fn draining(&self) -> &CancellationToken {
        &self.drain
    }

    /// Cancelled when the bots must end at once.
    pub fn forced(&self) -> &CancellationToken {
        &self.force
    }

    /// Waits that long; whether nobody asked for a stop meanwhile.
    pub(crate) async fn pause(&self, pause: Span) -> bool {
        tokio::select! {
            biased;
            () = self.drain.cancelled() => false,
            () = tokio::time::sleep(pause.as_duration()) => true,
        }
    }

    /// Whether a stop of either mode was asked for.
    pub fn is_stopping(&self) -> bool {
        self.drain.is_cancelled()
    }
}
