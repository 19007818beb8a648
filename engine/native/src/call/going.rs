//! An operation that is under way: its deadline, what becomes of it when nobody waits.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use lariat_abi::{LARIAT_CANCEL, LARIAT_STOP};
use tokio::sync::SemaphorePermit;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::CallError;
use super::door::{Door, Handle};
use crate::host::Operation;
use crate::load::Raw;

/// Where a call is.
pub(super) const INSIDE: u8 = 0;
pub(super) const GIVEN_UP: u8 = 1;
pub(super) const OUT: u8 = 2;

/// An operation that was begun, and whose answer isn't there yet.
pub(super) struct Going<'a> {
    pub(super) door: &'a Door,
    pub(super) method: &'a str,
    pub(super) deadline: Option<Duration>,
    pub(super) ends: Option<Instant>,
    pub(super) stopping: Option<CancellationToken>,
    pub(super) waiting: Waiting,
    pub(super) _permit: Option<SemaphorePermit<'a>>,
}

/// When a deadline is over; one beyond all clocks never is.
pub(super) fn ends(deadline: Option<Duration>) -> Option<Instant> {
    deadline.and_then(|deadline| Instant::now().checked_add(deadline))
}

/// Waits for that until then.
pub(super) async fn within<T>(ends: Option<Instant>, wanted: impl Future<Output = T>) -> Option<T> {
    match ends {
        Some(ends) => timeout_at(ends, wanted).await.ok(),
        None => Some(wanted.await),
    }
}

impl Going<'_> {
    /// Waits for the answer, as long as it may take.
    pub(super) async fn answered(mut self) -> Result<Vec<u8>, CallError> {
        let stop = async {
            match self.stopping.take() {
                Some(stopping) => stopping.cancelled_owned().await,
                None => std::future::pending().await,
            }
        };
        let waiting = &self.waiting;
        let operation = &waiting.operation;
        let asked = async {
            tokio::pin!(stop);
            let mut told = false;
            loop {
                tokio::select! {
                    biased;
                    reply = operation.answered() => break reply,
                    () = &mut stop, if !told => {
                        told = true;
                        waiting.tell(LARIAT_STOP);
                    }
                }
            }
        };
        let Some(reply) = within(self.ends, asked).await else {
            self.waiting.tell(LARIAT_CANCEL);
            // What it says in its last moment isn't wanted, only whether it ends.
            let grace = self.door.plugin.deadlines.grace;
            self.waiting.over = timeout(grace, self.waiting.operation.answered()).await.is_ok();
            return Err(self.door.late(self.method, self.deadline));
        };
        self.waiting.over = true;
        self.door.read(self.method, &self.waiting.operation, reply)
    }
}

/// Somebody waits for an operation. When nobody does any more it is told to end, and given up.
pub(super) struct Waiting {
    handle: Arc<Handle>,
    operation: Arc<Operation>,
    phase: Arc<AtomicU8>,
    over: bool,
}

impl Waiting {
    pub(super) fn new(handle: Arc<Handle>, operation: Arc<Operation>, phase: Arc<AtomicU8>) -> Self {
        Self { handle, operation, phase, over: false }
    }

    pub(super) fn operation(&self) -> &Arc<Operation> {
        &self.operation
    }

    fn tell(&self, reason: u32) {
        self.handle.plugin.host.tell(self.operation.id, reason);
        self.handle.plugin.library.cancel(self.handle.raw, self.operation.id, reason);
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        self.tell(LARIAT_CANCEL);
        let (plugin, op) = (&self.handle.plugin, self.operation.id);
        if plugin.host.abandon(op) {
            if let (Some(child), Raw::Child { life, .. }) = (plugin.library.child(), self.handle.raw) {
                // It has a last chance to end; then its process is ended.
                child.gave_up(life, op);
                let (child, grace) = (child.clone(), plugin.deadlines.grace);
                self.operation.asker.runtime.spawn(async move {
                    tokio::time::sleep(grace).await;
                    child.end_if_it_hangs(op);
                });
            }
            plugin.abandoned.fetch_add(1, Ordering::Relaxed);
            self.handle.left.store(true, Ordering::SeqCst);
            // Counted first, so that the call's end never finds less than its own.
            plugin.stuck.fetch_add(1, Ordering::Relaxed);
            let inside = self.phase.compare_exchange(INSIDE, GIVEN_UP, Ordering::SeqCst, Ordering::SeqCst);
            if inside.is_err() {
                plugin.stuck.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }
}
