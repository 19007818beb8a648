//! The plugin's table: C on one side, the traits on the other. Nothing thrown leaves it.

use std::any::Any;
use std::collections::HashMap;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use lariat_abi::{
    LARIAT_BROKEN, LARIAT_CANCEL, LARIAT_OK, LariatBytes, LariatHost, LariatPlugin, LariatStatus,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::extension::{Extension, Instance, Kind, Library, Opening, described};
use crate::host::Host;
use crate::operation::Operation;
use crate::{Context, Error, Result};

/// What the host calls in a library.
pub const fn table<L: Library>() -> LariatPlugin {
    LariatPlugin {
        size: size_of::<LariatPlugin>(),
        describe: Some(describe::<L>),
        open: Some(open::<L>),
        call: Some(call),
        cancel: Some(cancel),
        close: Some(close),
        free: Some(free),
    }
}

/// An open extension.
struct Handle {
    host: Host,
    instance: Box<dyn Instance>,
    workspace: Arc<Path>,
    operations: Mutex<HashMap<u64, Arc<Operation>>>,
    /// A panic went through it: what it holds may be half changed.
    broken: AtomicBool,
}

#[derive(Deserialize)]
struct Request {
    kind: Kind,
    name: String,
    #[serde(default)]
    params: Value,
    #[serde(flatten)]
    opening: Opening,
}

unsafe extern "C" fn describe<L: Library>(out: *mut LariatBytes) -> LariatStatus {
    let (status, text) = match catch_unwind(|| described::<L>().to_string()) {
        Ok(text) => (LARIAT_OK, text.into_bytes()),
        Err(panic) => (LARIAT_BROKEN, message(&panicked(&*panic))),
    };
    // SAFETY: the host's place for the answer, or null.
    unsafe { give(out, text) };
    status
}

unsafe extern "C" fn open<L: Library>(
    host: *const LariatHost,
    request: LariatBytes,
    handle: *mut *mut c_void,
    error: *mut LariatBytes,
) -> LariatStatus {
    // SAFETY: valid until the return.
    let request = unsafe { request.as_slice() };
    // SAFETY: the host's table.
    let opened = match unsafe { Host::new(host) } {
        Some(host) => {
            #[cfg(feature = "tracing")]
            crate::trace::install(host);
            open_one::<L>(host, request)
        }
        None => Err(Error::invalid("there is no host")),
    };
    match opened {
        Ok(opened) => {
            // SAFETY: the host's place for the handle. `close` takes the box back, once.
            unsafe { handle.write(Box::into_raw(Box::new(opened)).cast()) };
            LARIAT_OK
        }
        Err(why) => {
            // SAFETY: the host's place for the message, or null.
            unsafe { give(error, message(&why)) };
            why.status
        }
    }
}

fn open_one<L: Library>(host: Host, request: &[u8]) -> Result<Handle> {
    let request: Request = serde_json::from_slice(request)
        .map_err(|error| Error::invalid(format!("the request to open: {error}")))?;
    let instance = guarded(|| {
        let all = L::extensions();
        let found = all.iter().find(|it| it.kind() == request.kind && it.name() == request.name);
        let missing = || Error::unsupported(format!("{} has no {:?} {}", L::ID, request.kind, request.name));
        let _runtime = runtime();
        (found.ok_or_else(missing)?.open)(request.params.clone(), &request.opening)
    })?;
    Ok(Handle::new(host, instance, &request.opening))
}

/// Opens an extension that needs no library.
pub(crate) fn open_for_test(
    host: &'static LariatHost,
    extension: &Extension,
    params: Value,
    opening: &Opening,
) -> Result<*mut c_void> {
    // SAFETY: a table that lives as long as the process.
    let host = unsafe { Host::new(host) }.ok_or_else(|| Error::invalid("there is no host"))?;
    #[cfg(feature = "tracing")]
    crate::trace::install(host);
    let instance = guarded(|| {
        let _runtime = runtime();
        (extension.open)(params, opening)
    })?;
    Ok(Box::into_raw(Box::new(Handle::new(host, instance, opening))).cast())
}

/// What doesn't depend on the library.
pub(crate) const fn rest() -> LariatPlugin {
    LariatPlugin { call: Some(call), cancel: Some(cancel), close: Some(close), ..LariatPlugin::empty() }
}

unsafe extern "C" fn call(
    handle: *mut c_void,
    op: u64,
    method: LariatBytes,
    payload: LariatBytes,
) -> LariatStatus {
    // SAFETY: a handle of `open`'s, which isn't closed while a call is inside.
    let handle = unsafe { &*handle.cast_const().cast::<Handle>() };
    // SAFETY: valid until the return, and the call is over by then.
    let (method, payload) = unsafe { (method.as_slice(), payload.as_slice()) };
    let operation = Arc::new(Operation::new(op));
    handle.operations().insert(op, operation.clone());
    // It may have been told while it was on its way here, when nobody knew it yet.
    operation.tell(handle.host.told(op));
    let answered = handle.answer(&operation, method, payload);
    handle.operations().remove(&op);
    for warning in operation.take_warnings() {
        handle.host.tell(op, "ctx.log", &json!({"level": "warn", "message": warning}));
    }
    match answered {
        Ok(answer) => handle.host.complete(op, LARIAT_OK, &answer),
        Err(error) => handle.host.complete(op, error.status, &message(&error)),
    }
    LARIAT_OK
}

impl Handle {
    fn new(host: Host, instance: Box<dyn Instance>, opening: &Opening) -> Self {
        let workspace = Arc::from(opening.workspace.as_path());
        Self { host, instance, workspace, operations: Mutex::default(), broken: AtomicBool::new(false) }
    }

    fn operations(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Arc<Operation>>> {
        self.operations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, operation: &Arc<Operation>, method: &[u8], payload: &[u8]) -> Result<Vec<u8>> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(Error { status: LARIAT_BROKEN, message: "a panic broke it before".into() });
        }
        let method =
            std::str::from_utf8(method).map_err(|_| Error::unsupported("a method without a name"))?;
        let context =
            Context { host: self.host, operation: operation.clone(), workspace: self.workspace.clone() };
        let answered = guarded(|| {
            let _runtime = runtime();
            #[cfg(feature = "tracing")]
            let _named = crate::trace::enter(self.host, operation.id);
            operation
                .block_on(self.instance.call(&context, method, payload))
                .unwrap_or_else(|| Err(Error::cancelled()))
        });
        if answered.as_ref().is_err_and(|error| error.status == LARIAT_BROKEN) {
            self.broken.store(true, Ordering::SeqCst);
        }
        answered
    }
}

unsafe extern "C" fn cancel(handle: *mut c_void, op: u64, reason: u32) {
    // SAFETY: a handle of `open`'s that isn't closed.
    let handle = unsafe { &*handle.cast_const().cast::<Handle>() };
    let operation = handle.operations().get(&op).cloned();
    if let Some(operation) = operation {
        operation.tell(if reason == 0 { LARIAT_CANCEL } else { reason });
    }
}

unsafe extern "C" fn close(handle: *mut c_void) {
    // SAFETY: what `open` made of a box; the host closes it once, with no call inside.
    let handle = unsafe { Box::from_raw(handle.cast::<Handle>()) };
    let _ = guarded(|| {
        let _runtime = runtime();
        drop(handle);
        Ok(())
    });
}

unsafe extern "C" fn free(bytes: LariatBytes) {
    if bytes.len > 0 {
        // SAFETY: what `give` leaked, unchanged and once.
        drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(bytes.ptr.cast_mut(), bytes.len)) });
    }
}

/// Leaves bytes to the host, which hands them to `free`.
///
/// # Safety
/// `out` is null or may be written to.
unsafe fn give(out: *mut LariatBytes, bytes: Vec<u8>) {
    if !out.is_null() && !bytes.is_empty() {
        let bytes = Box::leak(bytes.into_boxed_slice());
        // SAFETY: not null, and the caller's place.
        unsafe { out.write(LariatBytes::of(bytes)) };
    }
}

fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(panicked(&*panic)))
}

fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Error { status: LARIAT_BROKEN, message: format!("panicked: {}", text.unwrap_or("without a word")) }
}

fn message(error: &Error) -> Vec<u8> {
    json!({"message": error.message}).to_string().into_bytes()
}

/// Inside of a tokio runtime, as long as the guard lives.
#[cfg(feature = "tokio")]
fn runtime() -> Option<tokio::runtime::EnterGuard<'static>> {
    use std::sync::OnceLock;
    static RUNTIME: OnceLock<Option<tokio::runtime::Runtime>> = OnceLock::new();
    let build = || {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(2).thread_name("plugin").enable_all().build().ok()
    };
    RUNTIME.get_or_init(build).as_ref().map(tokio::runtime::Runtime::enter)
}

#[cfg(not(feature = "tokio"))]
fn runtime() -> Option<()> {
    None
}
