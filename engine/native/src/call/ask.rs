//! One question: what is needed before it is put, and how it gets into the library.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use lariat_abi::{LARIAT_CAN_ASYNC, LARIAT_UNAVAILABLE};
use lariat_core::hook::LaunchControl;
use lariat_core::ids::InstanceId;
use lariat_core::masking::Secrets;
use lariat_core::routine::Progress;
use serde_json::json;
use tokio::sync::OwnedMutexGuard;
use tokio_util::sync::CancellationToken;

use super::CallError;
use super::door::{Door, Handle};
use super::failure::What;
use super::going::{GIVEN_UP, Going, INSIDE, OUT, Waiting, ends, within};
use crate::host::{Operation, Reply};
use crate::load::{ExtensionKind, Raw};

/// So many calls may hang in a plugin before it isn't asked any more.
const MOST_STUCK: u64 = 32;

/// What an operation is about, for the log and for what it may ask. What most have nothing of is
/// kept apart, since it is handed on a few times.
#[derive(Default)]
pub(crate) struct About {
    pub(crate) instance: Option<InstanceId>,
    pub(crate) work: Option<Box<Work>>,
}

/// What an operation works on.
#[derive(Default)]
pub(crate) struct Work {
    pub(crate) launch: String,
    pub(crate) group: String,
    pub(crate) account: String,
    pub(crate) pool: String,
    pub(crate) secrets: Secrets,
    pub(crate) progress: Option<Progress>,
    /// Of a hook: the launch that it may look at and change.
    pub(crate) control: Option<Arc<dyn LaunchControl>>,
}

impl About {
    pub(crate) fn work(work: Work) -> Self {
        Self { instance: None, work: Some(Box::new(work)) }
    }
}

/// A question, before it is put.
pub(crate) struct Question<'a> {
    pub(crate) method: &'a str,
    pub(crate) payload: Vec<u8>,
    /// What it will be while it is under way.
    pub(crate) operation: Arc<Operation>,
    /// How long it may take; no end for routines and hooks, whose callers drop the future.
    pub(crate) deadline: Option<Duration>,
    /// Asks it to come to an end.
    pub(crate) stopping: Option<CancellationToken>,
}

/// What came of a question that was put without waiting for anything.
pub(super) enum Put<'a> {
    Answered(Result<Vec<u8>, CallError>),
    Going(Going<'a>),
    /// It would have to wait before.
    Not(Question<'a>),
}

impl<'a> Question<'a> {
    /// Puts it to a library that answers at once, unless it has to wait for others. What only a
    /// call that lasts needs, such as a timer, is made when one lasts.
    pub(super) fn put_now(self, door: &'a Door, handle: &Arc<Handle>) -> Put<'a> {
        if handle.turn.is_some() || !returns_at_once(handle) {
            return Put::Not(self);
        }
        // A place is looked at only: who gives one back has to lock all of them. So many more than
        // there are places can be inside as there are threads that ask at this moment.
        if door.permits().available_permits() == 0 {
            return Put::Not(self);
        }
        if let Err(error) = self.may_be_put(door) {
            return Put::Answered(Err(error));
        }
        let Self { method, payload, operation, deadline, stopping } = self;
        door.plugin.host.begin(&operation);
        enter(handle, operation.id, method, &payload);
        if let Some(reply) = operation.take() {
            return Put::Answered(door.read(method, &operation, reply));
        }
        let waiting = Waiting::new(handle.clone(), operation, Arc::new(AtomicU8::new(OUT)));
        let ends = ends(deadline);
        let permit = door.permits().try_acquire().ok();
        Put::Going(Going { door, method, deadline, ends, stopping, _permit: permit, waiting })
    }

    /// Puts it when its turn comes, and waits for the answer.
    pub(super) async fn put(self, door: &'a Door, handle: &Arc<Handle>) -> Result<Vec<u8>, CallError> {
        self.may_be_put(door)?;
        let Self { method, payload, operation, deadline, stopping } = self;
        let ends = ends(deadline);
        let turn = within(ends, my_turn(handle)).await.ok_or_else(|| door.late(method, deadline))?;
        let permit =
            within(ends, door.permits().acquire()).await.ok_or_else(|| door.late(method, deadline))?;
        let permit = permit.map_err(|error| door.error(method, What::Host(error.to_string())))?;
        door.plugin.host.begin(&operation);
        let phase = Arc::new(AtomicU8::new(INSIDE));
        let call = Call { handle: handle.clone(), op: operation.id, phase: phase.clone(), turn };
        // Should this future be dropped, the operation is told, and given up.
        let waiting = Waiting::new(handle.clone(), operation, phase);
        let going = Going { door, method, deadline, ends, stopping, _permit: Some(permit), waiting };
        let operation = going.waiting.operation().clone();
        let answered = || operation.is_answered();
        call.begin(method, payload, door.kind == ExtensionKind::Routine, answered);
        going.answered().await
    }

    fn may_be_put(&self, door: &Door) -> Result<(), CallError> {
        let stuck = door.plugin.stuck.load(Ordering::Relaxed);
        if stuck < MOST_STUCK {
            return Ok(());
        }
        let why = format!("{stuck} calls that were given up still hang in it; reload it, or restart");
        Err(door.error(self.method, What::Host(why)))
    }
}

/// Waits until no other call is inside of a handle that takes one at a time.
async fn my_turn(handle: &Handle) -> Option<OwnedMutexGuard<()>> {
    match &handle.turn {
        Some(turn) => Some(turn.clone().lock_owned().await),
        None => None,
    }
}

/// Whether its functions come back at once, here in this process.
fn returns_at_once(handle: &Handle) -> bool {
    let library = &handle.plugin.library;
    library.child().is_none() && library.capabilities & LARIAT_CAN_ASYNC != 0
}

/// Calls the library; a call that it refuses is answered with that.
fn enter(handle: &Handle, op: u64, method: &str, payload: &[u8]) {
    let plugin = &handle.plugin;
    if let Err((status, payload)) = plugin.library.call(handle.raw, op, method, payload) {
        plugin.host.end(op, Reply { status, payload });
    }
}

/// A call on its way into the library.
struct Call {
    handle: Arc<Handle>,
    op: u64,
    phase: Arc<AtomicU8>,
    /// Another call may come in only once this one is out.
    turn: Option<OwnedMutexGuard<()>>,
}

impl Call {
    /// Calls the library: here if it returns at once, else from a thread that may be blocked;
    /// runs, which may take hours, have one of their own.
    fn begin(self, method: &str, payload: Vec<u8>, runs: bool, answered: impl Fn() -> bool) {
        match self.handle.plugin.library.child() {
            None if returns_at_once(&self.handle) => self.go(method, &payload),
            None if runs => {
                let (method, plugin, op) = (method.to_owned(), self.handle.plugin.clone(), self.op);
                let thread = std::thread::Builder::new().name("plugin-run".into());
                if let Err(error) = thread.spawn(move || self.go(&method, &payload)) {
                    let why = json!({"message": format!("no thread for it could be started: {error}")});
                    let payload = why.to_string().into_bytes();
                    plugin.host.end(op, Reply { status: LARIAT_UNAVAILABLE, payload });
                }
            }
            // A short question fits into the socket as a rule, and nobody has to wait.
            Some(child) if child.called_at_once(self.handle.raw, self.op, method, &payload) => {
                let (raw, child) = (self.handle.raw, child.clone());
                self.leave();
                if let (false, Raw::Child { life, .. }) = (runs, raw) {
                    child.hear_now(life, answered);
                }
            }
            _ => {
                let method = method.to_owned();
                tokio::task::spawn_blocking(move || self.go(&method, &payload));
            }
        }
    }

    fn go(self, method: &str, payload: &[u8]) {
        enter(&self.handle, self.op, method, payload);
        self.leave();
    }

    fn leave(self) {
        let Self { handle, phase, turn, .. } = self;
        if phase.swap(OUT, Ordering::SeqCst) == GIVEN_UP {
            handle.plugin.stuck.fetch_sub(1, Ordering::Relaxed);
        }
        drop(turn);
    }
}
