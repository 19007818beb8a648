//! Whether the engine can do its work. That the store can be written is seen by writing to it;
//! since anybody may ask, that isn't done for every question.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Service;

/// How old an answer may be.
const AGE: Duration = Duration::from_secs(5);
/// How long writing may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// The last look at the store: when it was written to, and whether that went well.
#[derive(Default)]
pub(super) struct LastLook(Mutex<Option<(Instant, bool)>>);

impl Service {
    /// Whether the store can be written, or could a moment ago. While it is being looked,
    /// whoever else asks waits for the same answer.
    pub async fn store_works(&self) -> bool {
        if self.orchestrator.pool_manager().health().outage().is_some() {
            return false;
        }
        let mut last = self.last_look.0.lock().await;
        if let Some((at, works)) = *last
            && at.elapsed() < AGE
        {
            return works;
        }
        let works = match tokio::time::timeout(PATIENCE, self.keeper.probe_store()).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::warn!(error, "the store can't be written: the engine isn't ready");
                false
            }
            Err(_) => {
                tracing::warn!("the store isn't written in time: the engine isn't ready");
                false
            }
        };
        *last = Some((Instant::now(), works));
        works
    }

    /// How many requests wait for the store's writer, and how many may.
    pub fn store_queue(&self) -> Option<(usize, usize)> {
        self.keeper.store_queue()
    }
}
