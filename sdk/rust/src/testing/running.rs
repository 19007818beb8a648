//! A question that a test has put and doesn't wait for yet.

use std::sync::Arc;
use std::thread::JoinHandle;

use lariat_abi::{LARIAT_CANCEL, LARIAT_STOP};
use serde_json::Value;

use super::opened::Inner;
use crate::{Error, Result};

/// A question that is under way, on a thread of its own as in the engine.
pub struct Running {
    pub(super) inner: Arc<Inner>,
    pub(super) op: u64,
    pub(super) thread: JoinHandle<Result<Value>>,
}

impl Running {
    /// Asks it to come to an end in its own good time, as the engine does when a launch is stopped:
    /// [`Context::stopping`](crate::Context::stopping).
    pub fn stop(&self) {
        self.inner.tell(self.op, LARIAT_STOP);
    }

    /// Tells it that nobody waits any more, as the engine does when its deadline has passed: it ends
    /// at its next await.
    pub fn cancel(&self) {
        self.inner.tell(self.op, LARIAT_CANCEL);
    }

    /// Waits for its answer.
    ///
    /// # Errors
    /// As the extension says; one that was cancelled is an error too.
    pub fn answer(self) -> Result<Value> {
        self.thread.join().unwrap_or_else(|_| Err(Error::failed("the thread that asked panicked")))
    }
}
