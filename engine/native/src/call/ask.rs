//! One operation: its thread, its deadline, what becomes of it when nobody waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use lariat_abi::{LARIAT_CAN_ASYNC, LARIAT_CANCEL, LARIAT_OK, LARIAT_STOP};
use lariat_core::routine::Progress;
use tokio::sync::OwnedMutexGuard;
use tokio_util::sync::CancellationToken;

use super::CallError;
use super::door::{Door, Handle};
use super::failure::What;
use crate::host::{Operation, Reply};
use crate::load::{ExtensionKind, Raw, said};
use lariat_core::masking::Secrets;

/// So many calls may hang in a plugin before it isn't asked any more.
const MOST_STUCK: u64 = 32;

/// Where a call is.
const INSIDE: u8 = 0;
const GIVEN_UP: u8 = 1;
const OUT: u8 = 2;

/// What an operation is about, for the log and for what it may ask.
#[derive(Default)]
pub(crate) struct About {
    pub(crate) launch: String,
    pub(crate) group: String,
    pub(crate) instance: String,
    pub(crate) account: String,
    pub(crate) pool: String,
    pub(crate) secrets: Secrets,
    pub(crate) progress: Option<Progress>,
}

/// A question, before it is put.
pub(crate) struct Question<'a> {
    pub(crate) method: &'a str,
    pub(crate) payload: Vec<u8>,
    pub(crate) about: About,
    /// How long it may take; no end for routines and hooks, whose callers drop the future.
    pub(crate) deadline: Option<Duration>,
    /// Asks it to come to an end.
    pub(crate) stopping: Option<CancellationToken>,
}

impl Question<'_> {
    pub(super) async fn put(self, door: &Door, handle: &Arc<Handle>) -> Result<Vec<u8>, CallError> {
        let Self { method, payload, about, deadline, stopping } = self;
        let plugin = &door.plugin;
        let stuck = plugin.stuck.load(Ordering::Relaxed);
        if stuck >= MOST_STUCK {
            let why = format!("{stuck} calls that were given up still hang in it; reload it, or restart");
            return Err(door.error(method, What::Host(why)));
        }
        let limit = async {
            match deadline {
                Some(deadline) => tokio::time::sleep(deadline).await,
                None => std::future::pending().await,
            }
        };
        let late = || door.error(method, What::Late(deadline.unwrap_or_default()));
        tokio::pin!(limit);
        let turn = tokio::select! {
            biased;
            turn = my_turn(handle) => turn,
            () = &mut limit => return Err(late()),
        };
        let runs = door.kind == ExtensionKind::Routine;
        let permits = if runs { &plugin.permits.runs } else { &plugin.permits.answers };
        let permit = tokio::select! {
            biased;
            permit = permits.clone().acquire_owned() => permit,
            () = &mut limit => return Err(late()),
        };
        let _permit = permit.map_err(|error| door.error(method, What::Host(error.to_string())))?;
        let (operation, mut answer) = plugin.host.begin(door.name.clone(), about);
        // Should this future be dropped, the operation is told, and given up.
        let phase = Arc::new(AtomicU8::new(INSIDE));
        let mut waiting = Waiting {
            handle: handle.clone(),
            op: operation.id,
            phase: phase.clone(),
            runtime: tokio::runtime::Handle::current(),
            over: false,
        };
        let call = Call { handle: handle.clone(), operation: operation.clone(), phase, turn: turn.clone() };
        if let Err(error) = call.begin(method, payload, runs) {
            return Err(door.error(method, What::Host(error.to_string())));
        }
        let stop = async {
            match stopping {
                Some(stopping) => stopping.cancelled_owned().await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(stop);
        let mut told = false;
        let reply = loop {
            tokio::select! {
                biased;
                reply = &mut answer => break reply.ok(),
                () = &mut stop, if !told => {
                    told = true;
                    waiting.tell(LARIAT_STOP);
                }
                () = &mut limit => {
                    waiting.tell(LARIAT_CANCEL);
                    // What it says in its last moment isn't wanted, only whether it ends.
                    let ended = tokio::time::timeout(plugin.deadlines.grace, &mut answer).await.is_ok();
                    waiting.over = ended;
                    return Err(late());
                }
            }
        };
        waiting.over = true;
        match reply {
            Some(Reply { status: LARIAT_OK, payload }) => Ok(payload),
            Some(Reply { status, payload }) => {
                let message = operation.about.secrets.mask(said(&payload));
                Err(door.error(method, What::Said { status, message }))
            }
            None => Err(door.error(method, What::Host("its operation was lost".into()))),
        }
    }
}

/// Waits until no other call is inside of a handle that takes one at a time.
async fn my_turn(handle: &Handle) -> Option<Arc<OwnedMutexGuard<()>>> {
    match &handle.turn {
        Some(turn) => Some(Arc::new(turn.clone().lock_owned().await)),
        None => None,
    }
}

/// A call on its way into the library.
struct Call {
    handle: Arc<Handle>,
    operation: Arc<Operation>,
    phase: Arc<AtomicU8>,
    turn: Option<Arc<OwnedMutexGuard<()>>>,
}

impl Call {
    /// Calls the library: here if it returns at once, else from a thread that may be blocked;
    /// runs, which may take hours, have one of their own.
    fn begin(self, method: &str, payload: Vec<u8>, runs: bool) -> std::io::Result<()> {
        let library = &self.handle.plugin.library;
        match library.child() {
            None if library.capabilities & LARIAT_CAN_ASYNC != 0 => self.go(method, &payload),
            None if runs => {
                let (method, thread) = (method.to_owned(), std::thread::Builder::new());
                thread.name("plugin-run".into()).spawn(move || self.go(&method, &payload))?;
            }
            // A short question fits into the socket as a rule, and nobody has to wait.
            Some(child) if child.called_at_once(self.handle.raw, self.operation.id, method, &payload) => {
                self.leave();
            }
            _ => {
                let method = method.to_owned();
                tokio::task::spawn_blocking(move || self.go(&method, &payload));
            }
        }
        Ok(())
    }

    fn go(self, method: &str, payload: &[u8]) {
        let plugin = &self.handle.plugin;
        if let Err((status, payload)) =
            plugin.library.call(self.handle.raw, self.operation.id, method, payload)
        {
            plugin.host.end(self.operation.id, Reply { status, payload });
        }
        self.leave();
    }

    fn leave(self) {
        let Self { handle, phase, turn, .. } = self;
        let plugin = &handle.plugin;
        if phase.swap(OUT, Ordering::SeqCst) == GIVEN_UP {
            plugin.stuck.fetch_sub(1, Ordering::Relaxed);
        }
        // Another call may come in only once this one is out.
        drop(turn);
    }
}

/// An operation that somebody waits for.
struct Waiting {
    handle: Arc<Handle>,
    op: u64,
    phase: Arc<AtomicU8>,
    runtime: tokio::runtime::Handle,
    over: bool,
}

impl Waiting {
    fn tell(&self, reason: u32) {
        self.handle.plugin.host.tell(self.op, reason);
        self.handle.plugin.library.cancel(self.handle.raw, self.op, reason);
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        self.tell(LARIAT_CANCEL);
        let plugin = &self.handle.plugin;
        if plugin.host.abandon(self.op) {
            if let (Some(child), Raw::Child { life, .. }) = (plugin.library.child(), self.handle.raw) {
                // It has a last chance to end; then its process is ended.
                child.gave_up(life, self.op);
                let (child, op, grace) = (child.clone(), self.op, plugin.deadlines.grace);
                self.runtime.spawn(async move {
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
