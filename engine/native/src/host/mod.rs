//! The host as a library sees it, and the operations that are under way.
//!
//! | file | holds |
//! |---|---|
//! | [`table`] | the functions that a library calls |
//! | [`asked`] | what it may ask, by the method's name |
//! | [`log`] | what it logs |
//! | [`answer`] | where an answer goes, exactly once |

mod answer;
mod asked;
mod log;
mod table;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use lariat_abi::{LariatHost, LariatStatus};
use lariat_core::kv::KeyValueStore;
use parking_lot::Mutex;
use serde_json::json;
use tokio::runtime::Handle as Runtime;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

pub(crate) use answer::Answer;
use log::Lines;

use crate::call::About;

/// How an operation ended.
pub(crate) struct Reply {
    pub(crate) status: LariatStatus,
    pub(crate) payload: Vec<u8>,
}

/// An operation that is under way.
pub(crate) struct Operation {
    pub(crate) id: u64,
    pub(crate) about: About,
    extension: Arc<str>,
    told: AtomicU32,
    /// Made when it is told to end, or something waits for that: most calls are over before.
    end: OnceLock<CancellationToken>,
    pub(crate) runtime: Runtime,
}

impl Operation {
    pub(crate) fn end(&self) -> &CancellationToken {
        self.end.get_or_init(CancellationToken::new)
    }
}

struct Pending {
    operation: Arc<Operation>,
    answer: oneshot::Sender<Reply>,
}

/// The host as one generation of a plugin sees it. Lives as long as the process: libraries
/// are never unmapped, and may call at any time.
pub(crate) struct HostSide {
    plugin: String,
    kv: Arc<dyn KeyValueStore>,
    table: LariatHost,
    pending: Mutex<HashMap<u64, Pending>>,
    next: AtomicU64,
    dropped: AtomicU64,
    lines: Mutex<Lines>,
}

impl HostSide {
    /// A host for a plugin.
    pub(crate) fn new(plugin: String, kv: Arc<dyn KeyValueStore>) -> &'static Self {
        let side = Box::leak(Box::new(Self {
            plugin,
            kv,
            table: table::table(),
            pending: Mutex::default(),
            next: AtomicU64::new(1),
            dropped: AtomicU64::new(0),
            lines: Mutex::new(Lines::default()),
        }));
        let data: *mut Self = side;
        side.table.data = data.cast();
        side
    }

    pub(crate) fn table(&'static self) -> &'static LariatHost {
        &self.table
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// A new operation, and where its answer will be.
    pub(crate) fn begin(
        &self,
        extension: Arc<str>,
        about: About,
    ) -> (Arc<Operation>, oneshot::Receiver<Reply>) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let operation = Arc::new(Operation {
            id,
            about,
            extension,
            told: AtomicU32::new(0),
            end: OnceLock::new(),
            runtime: Runtime::current(),
        });
        let (sender, receiver) = oneshot::channel();
        let pending = Pending { operation: operation.clone(), answer: sender };
        self.pending.lock().insert(id, pending);
        (operation, receiver)
    }

    /// Ends an operation; an answer that nobody waits for is dropped and counted.
    pub(crate) fn end(&self, op: u64, reply: Reply) {
        let pending = self.pending.lock().remove(&op);
        let taken = pending.is_some_and(|pending| pending.answer.send(reply).is_ok());
        if !taken {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Ends all operations, since nobody is left to work on them.
    pub(crate) fn end_all(&self, status: LariatStatus, message: &str) {
        let all: Vec<Pending> = self.pending.lock().drain().map(|(_, pending)| pending).collect();
        let payload = json!({"message": message}).to_string().into_bytes();
        for pending in all {
            pending.operation.end().cancel();
            let _ = pending.answer.send(Reply { status, payload: payload.clone() });
        }
    }

    /// Gives an operation up; whether it was still under way.
    pub(crate) fn abandon(&self, op: u64) -> bool {
        self.pending.lock().remove(&op).is_some()
    }

    /// Tells an operation to end.
    pub(crate) fn tell(&self, op: u64, reason: u32) {
        if let Some(operation) = self.operation(op) {
            operation.told.fetch_max(reason, Ordering::SeqCst);
            operation.end().cancel();
        }
    }

    fn operation(&self, op: u64) -> Option<Arc<Operation>> {
        self.pending.lock().get(&op).map(|pending| pending.operation.clone())
    }
}
