//! The host as a library sees it, and the operations that are under way.
//!
//! | file | holds |
//! |---|---|
//! | [`table`] | the functions that a library calls |
//! | [`asked`] | what it may ask, by the method's name |
//! | [`log`] | what it logs |
//! | [`operation`] | one operation, and its answer |
//! | [`answer`] | where an answer goes, exactly once |

mod answer;
mod asked;
mod log;
mod operation;
mod table;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hashbrown::HashMap;
use lariat_abi::{LariatHost, LariatStatus};
use lariat_core::kv::KeyValueStore;
use parking_lot::Mutex;
use serde_json::json;

pub(crate) use answer::Answer;
use log::Lines;
pub(crate) use operation::{Asker, Operation, Reply};

use crate::call::About;

/// The host as one generation of a plugin sees it. Lives as long as the process: libraries
/// are never unmapped, and may call at any time.
pub(crate) struct HostSide {
    plugin: String,
    kv: Arc<dyn KeyValueStore>,
    table: LariatHost,
    pending: Mutex<HashMap<u64, Arc<Operation>>>,
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

    /// A new operation.
    pub(crate) fn operation(&self, asker: Arc<Asker>, about: About) -> Arc<Operation> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        Arc::new(Operation::new(id, asker, about))
    }

    /// From now on it can be asked about, and ended.
    pub(crate) fn begin(&self, operation: &Arc<Operation>) {
        self.pending.lock().insert(operation.id, operation.clone());
    }

    /// Ends an operation; an answer that nobody waits for is dropped and counted.
    pub(crate) fn end(&self, op: u64, reply: Reply) {
        let pending = self.pending.lock().remove(&op);
        match pending {
            Some(operation) => operation.answer(reply),
            None => {
                self.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Ends all operations, since nobody is left to work on them.
    pub(crate) fn end_all(&self, status: LariatStatus, message: &str) {
        let all: Vec<Arc<Operation>> = self.pending.lock().drain().map(|(_, operation)| operation).collect();
        let payload = json!({"message": message}).to_string().into_bytes();
        for operation in all {
            operation.end().cancel();
            operation.answer(Reply { status, payload: payload.clone() });
        }
    }

    /// Gives an operation up; whether it was still under way.
    pub(crate) fn abandon(&self, op: u64) -> bool {
        self.pending.lock().remove(&op).is_some()
    }

    /// Tells an operation to end.
    pub(crate) fn tell(&self, op: u64, reason: u32) {
        if let Some(operation) = self.pending(op) {
            operation.tell(reason);
        }
    }

    fn pending(&self, op: u64) -> Option<Arc<Operation>> {
        self.pending.lock().get(&op).cloned()
    }
}
