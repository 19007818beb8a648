//! An extension's handle: opened when it is needed, and anew when it broke.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use lariat_abi::{LARIAT_CAN_CONCURRENT, LARIAT_OK, LARIAT_UNAVAILABLE};
use serde_json::{Value, json};
use tokio::sync::{Mutex, Semaphore};

use super::ask::Put;
use super::failure::What;
use super::{About, CallError, Question};
use crate::host::{Asker, Operation, Reply};
use crate::load::{ExtensionKind, Plugin, said};

/// The way to one extension.
pub(crate) struct Door {
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) kind: ExtensionKind,
    pub(crate) name: Arc<str>,
    request: Vec<u8>,
    /// Made with the first question, which is put within a runtime.
    asker: OnceLock<Arc<Asker>>,
    /// How long its answers may take, where its limits say so.
    pub(crate) deadline: Option<Duration>,
    /// What all questions go through.
    shared: parking_lot::Mutex<Option<Arc<Handle>>>,
    /// Held by the one who opens it.
    opening: Mutex<()>,
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
            name: name.into(),
            request,
            asker: OnceLock::new(),
            deadline,
            shared: Default::default(),
            opening: Default::default(),
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

    /// What a question of it will be while it is under way. Within a tokio runtime.
    pub(crate) fn operation(&self, about: About) -> Arc<Operation> {
        let asker = self.asker.get_or_init(|| Arc::new(Asker::new(self.name.clone())));
        self.plugin.host.operation(asker.clone(), about)
    }

    pub(super) fn late(&self, method: &str, deadline: Option<Duration>) -> CallError {
        self.error(method, What::Late(deadline.unwrap_or_default()))
    }

    /// The answer in what an operation ended with.
    pub(super) fn read(
        &self,
        method: &str,
        operation: &Operation,
        reply: Reply,
    ) -> Result<Vec<u8>, CallError> {
        let Reply { status, payload } = reply;
        if status == LARIAT_OK {
            return Ok(payload);
        }
        let message = said(&payload);
        let message = match &operation.about.work {
            Some(work) => work.secrets.mask(message),
            None => message,
        };
        Err(self.error(method, What::Said { status, message }))
    }

    /// The places for calls that are shared with all plugins.
    pub(super) fn permits(&self) -> &Semaphore {
        match self.kind {
            ExtensionKind::Routine => &self.plugin.permits.runs,
            _ => &self.plugin.permits.answers,
        }
    }

    /// The handle that all questions go through, if it can be used.
    fn shared(&self) -> Option<Arc<Handle>> {
        // Another call would have to wait for one that was given up.
        self.shared.lock().as_ref().filter(|handle| handle.is_usable()).cloned()
    }

    /// Opens it, unless it is open: so that what is wrong is told before the first question.
    pub(crate) async fn open(&self) -> Result<Arc<Handle>, CallError> {
        if let Some(handle) = self.shared() {
            return Ok(handle);
        }
        let _one = self.opening.lock().await;
        if let Some(handle) = self.shared() {
            return Ok(handle);
        }
        let handle = self.opened().await?;
        let old = self.shared.lock().replace(handle.clone());
        drop(old);
        Ok(handle)
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
            Ok(Ok(Err((status, message)))) => Err(What::Said { status, message: said(&message) }),
            Ok(Ok(Ok(opened))) => Ok(opened),
        };
        opened.map_err(|what| self.error("open", what))
    }

    /// Asks the extension, and opens it before if need be. When it broke, it is opened anew for
    /// the next question.
    pub(crate) async fn ask(&self, question: Question<'_>) -> Result<Vec<u8>, CallError> {
        if let Some(why) = self.plugin.barred.get() {
            let message = format!("it is quarantined: {why}; `lariat plugin lift {}`", self.plugin.id());
            return Err(self.error(question.method, What::Said { status: LARIAT_UNAVAILABLE, message }));
        }
        let Some(handle) = self.shared() else { return Box::pin(self.asked(question)).await };
        let answered = match question.put_now(self, &handle) {
            Put::Answered(answered) => answered,
            // Boxed, so that a call that doesn't wait carries no room for all that waiting needs.
            Put::Going(going) => Box::pin(going.answered()).await,
            Put::Not(question) => return Box::pin(self.asked(question)).await,
        };
        self.close_if_broken(&handle, &answered);
        answered
    }

    /// Asks when its turn comes.
    async fn asked(&self, question: Question<'_>) -> Result<Vec<u8>, CallError> {
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
        self.close_if_broken(&handle, &answered);
        answered
    }

    fn close_if_broken(&self, handle: &Arc<Handle>, answered: &Result<Vec<u8>, CallError>) {
        if answered.as_ref().is_err_and(CallError::is_broken) {
            self.shared.lock().take_if(|open| Arc::ptr_eq(open, handle));
        }
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
