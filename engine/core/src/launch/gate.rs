//! Where the bots of a paused launch wait.

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

/// Open, or closed by a pause. Those who wait go on in the order in which they came, so
/// that a simulation is the same story each time (`tokio::sync::watch` wakes by chance).
#[derive(Debug, Default)]
pub(crate) struct Gate(Mutex<Option<CancellationToken>>);

impl Gate {
    /// Holds who comes from now on.
    pub(crate) fn close(&self) {
        self.0.lock().get_or_insert_default();
    }

    /// Lets everybody go on.
    pub(crate) fn open(&self) {
        if let Some(opened) = self.0.lock().take() {
            opened.cancel();
        }
    }

    /// Whether it holds who comes.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.lock().is_some()
    }

    /// Waits until it is open.
    pub(crate) async fn pass(&self) {
        while let Some(opened) = self.opened() {
            opened.cancelled().await;
        }
    }

    fn opened(&self) -> Option<CancellationToken> {
        self.0.lock().clone()
    }
}
