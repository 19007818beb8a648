//! The engine's status for many open pages: they ask at the same moment, since they are told
//! at the same moment, and pools that aren't open are counted anew each time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::{Service, Status};

/// How old an answer may be.
const BLINK: Duration = Duration::from_millis(100);

/// The last answer.
#[derive(Default)]
pub(super) struct Glance(Mutex<Option<(Instant, Arc<Status>)>>);

impl Glance {
    /// The status. While it is asked for, whoever else wants it waits for the same answer.
    pub(super) async fn status(&self, service: &Service) -> Arc<Status> {
        let mut last = self.0.lock().await;
        if let Some((at, status)) = &*last
            && at.elapsed() < BLINK
        {
            return status.clone();
        }
        let began = Instant::now();
        let status = Arc::new(service.status().await);
        *last = Some((began.max(Instant::now() - BLINK / 2), status.clone()));
        status
    }
}
