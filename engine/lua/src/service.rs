//! What the host does for one run, besides executing it.

use std::cell::RefCell;
use std::future::Future;
use std::sync::Arc;

use lariat_core::clock::SharedClock;
use lariat_core::kv::KeyValueStore;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use crate::http::HttpClient;
use crate::log::LogBudget;
use crate::work::{Who, Work};
use lariat_core::masking::Secrets;

/// The host's side of one run.
pub(crate) struct Service {
    /// What the run is for.
    pub(crate) work: Work,
    /// The extension.
    pub(crate) who: Arc<Who>,
    /// Behind `ctx.store`.
    pub(crate) kv: Arc<dyn KeyValueStore>,
    /// Behind `ctx.clock`.
    pub(crate) clock: SharedClock,
    /// Behind `ctx.http`.
    pub(crate) http: Arc<HttpClient>,
    /// What must not be logged.
    pub(crate) secrets: Secrets,
    /// How much it may log.
    pub(crate) log_budget: LogBudget,
    /// Where requests and the store work, so that a busy script doesn't hold them up.
    pub(crate) engine: Handle,
    /// What the run waits for there.
    pub(crate) waiting_for: RefCell<Option<AbortHandle>>,
}

impl Service {
    /// Does something on the engine's runtime and waits for it; nothing when the
    /// engine is shutting down.
    pub(crate) async fn on_engine<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let task = self.engine.spawn(work);
        *self.waiting_for.borrow_mut() = Some(task.abort_handle());
        task.await.ok()
    }

    /// Gives up what the run still waits for.
    pub(crate) fn give_up(&self) {
        if let Some(task) = self.waiting_for.borrow_mut().take() {
            task.abort();
        }
    }
}
