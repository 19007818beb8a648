//! An extension's handle: opened when it is needed, and anew when it broke.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use lariat_abi::{LARIAT_CAN_CONCURRENT, LARIAT_UNAVAILABLE};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::failure::What;
use super::{CallError, Question};
use crate::load::{ExtensionKind, Plugin};

/// The way to one extension.
pub(crate) struct Door {
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) kind: ExtensionKind,
    pub(crate) name: String,
    request: Vec<u8>,
    /// How long its answers may take, where its limits say so.
    pub(crate) deadline: Option<Duration>,
    /// What all questions go through.
    shared: Mutex<Option<Arc<Handle>>>,
    /// Of routines and hooks of a plugin that takes one call at a time on a handle: those that
    /// nobody uses now. Each question has one for itself, so that bots don't wait for others.
    idle: parking_lot::Mutex<Vec<Arc<Handle>>>,
}

/// A handle that is open; closed when nobody has it any more.
pub(crate) struct Handle {
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) raw: crate::load::Raw,
    /// Held by the call that is inside, where there may be only one.
    pub(crate) turn: Option<Arc<Mutex<()>>>,
    /// A call was given up in it that may still be inside.
    pub(crate) left: AtomicBool,
}

impl Door {
    /// To an extension that is opened without parameters.
    pub(crate) fn plain(plugin: Arc<Plugin>, kind: ExtensionKind, name: &str) -> Self {
        Self::new(plugin, kind, name, json!({}))
    }

    /// To an extension that is opened with more than its name: an object.
    pub(crate) fn new(plugin: Arc<Plugin>, kind: ExtensionKind, name: &str, more: Value) -> Self {
        let mut request = json!({"kind": kind, "name": name, "workspace": plugin.workspace});
        if let (Some(request), Value::Object(more)) = (request.as_object_mut(), more) {
            request.extend(more);
        }
        let request = request.to_string().into_bytes();
        let deadline = plugin.budget(kind, name).deadline;
        Self {
            plugin,
            kind,
            name: name.to_owned(),
            request,
            deadline,
            shared: Mutex::new(None),
            idle: Default::default(),
        }
    }

    pub(crate) fn error(&self, method: &str, what: What) -> CallError {
        CallError {
            plugin: self.plugin.id().to_owned(),
            version: self.plugin.version().to_owned(),
            method: format!("{}.{method}", self.name),
            what,
        }
    }

    /// An answer that isn't what the method gives.
    pub(crate) fn nonsense(&self, method: &str, why: impl Into<String>) -> CallError {
        self.error(method, What::Nonsense(why.into()))
    }

    /// Opens it, unless it is open: so that what is wrong is told before the first question.
    pub(crate) async fn open(&self) -> Result<Arc<Handle>, CallError> {
        let mut shared = self.shared.lock().await;
        match &*shared {
            // Another call would have to wait for the one that was given up.
            Some(open) if open.is_usable() => Ok(open.clone()),
            _ => Ok(shared.insert(self.opened().await?).clone()),
        }
    }

    async fn opened(&self) -> Result<Arc<Handle>, CallError> {
        let (plugin, request) = (self.plugin.clone(), self.request.clone());
        if let Some(child) = plugin.library.child() {
            // After a death the next start waits, on nobody's thread.
            tokio::time::sleep(child.pause()).await;
        }
        let opening = tokio::task::spawn_blocking(move || {
            let raw = plugin.library.open(plugin.host.table(), &request)?;
            let turn = one_by_one(&plugin).then(Arc::default);
            Ok(Arc::new(Handle { plugin, raw, turn, left: AtomicBool::new(false) }))
        });
        let limit = self.plugin.deadlines.open;
        let opened = match tokio::time::timeout(limit, opening).await {
            Err(_) => Err(What::Late(limit)),
            Ok(Err(error)) => Err(What::Host(error.to_string())),
            Ok(Ok(Err((status, said)))) => Err(What::Said { status, message: crate::load::said(&said) }),
            Ok(Ok(Ok(opened))) => Ok(opened),
        };
        opened.map_err(|what| self.error("open", what))
    }

    /// Asks the extension, and opens it before if need be. When it broke, it is opened anew for
    /// the next question. One that nobody waits for any more isn't counted.
    pub(crate) async fn ask(&self, question: Question<'_>) -> Result<Vec<u8>, CallError> {
        if let Some(why) = self.plugin.barred.get() {
            let message = format!("it is quarantined: {why}; `lariat plugin lift {}`", self.plugin.id());
            return Err(self.error(question.method, What::Said { status: LARIAT_UNAVAILABLE, message }));
        }
        let began = Instant::now();
        let answered = self.answered(question).await;
        self.plugin.tallies.count(self.kind, &self.name, began.elapsed(), answered.is_err());
        answered
    }

    async fn answered(&self, question: Question<'_>) -> Result<Vec<u8>, CallError> {
        let for_itself = matches!(self.kind, ExtensionKind::Routine | ExtensionKind::Hook);
        if for_itself && one_by_one(&self.plugin) {
            let idle = self.idle.lock().pop().filter(|handle| handle.is_usable());
            let handle = match idle {
                Some(handle) => handle,
                None => self.opened().await?,
            };
            let answered = question.put(self, &handle).await;
            if !answered.as_ref().is_err_and(CallError::is_broken) {
                self.idle.lock().push(handle);
            }
            return answered;
        }
        let handle = self.open().await?;
        let answered = question.put(self, &handle).await;
        if answered.as_ref().is_err_and(CallError::is_broken) {
            let mut shared = self.shared.lock().await;
            if shared.as_ref().is_some_and(|open| Arc::ptr_eq(open, &handle)) {
                *shared = None;
            }
        }
        answered
    }
}

impl Handle {
    /// Whether it is still open, and no call that was given up stands in the way of another.
    fn is_usable(&self) -> bool {
        let free = self.turn.is_none() || !self.left.load(Ordering::SeqCst);
        free && self.plugin.library.is_open(self.raw)
    }
}

fn one_by_one(plugin: &Plugin) -> bool {
    plugin.library.capabilities & LARIAT_CAN_CONCURRENT == 0
}

impl Drop for Handle {
    fn drop(&mut self) {
        // Closing may block, and the one who lets go last may be anybody. A thread that can't
        // be had leaves the handle open, which costs memory only.
        let (plugin, raw) = (self.plugin.clone(), self.raw);
        let closing = std::thread::Builder::new().name("plugin-close".into());
        let _ = closing.spawn(move || plugin.library.close(raw));
    }
}
