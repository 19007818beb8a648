//! What a library may ask: the host's table, and the operations that are under way.

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use lariat_abi::{
    LARIAT_CANCEL, LARIAT_CANCELLED, LARIAT_FAILED, LARIAT_INVALID, LARIAT_OK, LARIAT_UNSUPPORTED,
    LariatBytes, LariatHost, LariatSink, LariatStatus,
};
use lariat_core::kv::{KeyValueStore, KvError};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::runtime::Handle as Runtime;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::call::{About, wait};

/// The largest answer that is taken, in bytes.
const LARGEST: usize = 256 << 20;
/// How many lines a plugin may log in a second.
const LINES_A_SECOND: u32 = 1_000;

/// How an operation ended.
pub(crate) struct Reply {
    pub(crate) status: LariatStatus,
    pub(crate) payload: Vec<u8>,
}

/// An operation that is under way.
pub(crate) struct Operation {
    pub(crate) id: u64,
    pub(crate) about: About,
    extension: String,
    told: AtomicU32,
    end: CancellationToken,
    runtime: Runtime,
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

struct Lines {
    since: Instant,
    logged: u32,
    passed_over: u64,
}

impl HostSide {
    /// A host for a plugin.
    pub(crate) fn new(plugin: String, kv: Arc<dyn KeyValueStore>) -> &'static Self {
        let table = LariatHost {
            size: size_of::<LariatHost>(),
            data: std::ptr::null_mut(),
            complete: Some(complete),
            call: Some(call),
            call_wait: Some(call_wait),
            cancelled: Some(cancelled),
        };
        let side = Box::leak(Box::new(Self {
            plugin,
            kv,
            table,
            pending: Mutex::default(),
            next: AtomicU64::new(1),
            dropped: AtomicU64::new(0),
            lines: Mutex::new(Lines { since: Instant::now(), logged: 0, passed_over: 0 }),
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
        extension: String,
        about: About,
    ) -> (Arc<Operation>, oneshot::Receiver<Reply>) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let operation = Arc::new(Operation {
            id,
            about,
            extension,
            told: AtomicU32::new(0),
            end: CancellationToken::new(),
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
            pending.operation.end.cancel();
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
            operation.end.cancel();
        }
    }

    fn operation(&self, op: u64) -> Option<Arc<Operation>> {
        self.pending.lock().get(&op).map(|pending| pending.operation.clone())
    }

    /// Answers what a plugin asks.
    pub(crate) fn asked(&'static self, op: u64, method: &str, payload: &[u8], answer: Answer) {
        let payload: Map<String, Value> = match payload {
            [] => Map::new(),
            some => match serde_json::from_slice(some) {
                Ok(payload) => payload,
                Err(error) => {
                    return answer.fail(LARIAT_INVALID, format!("the payload of {method}: {error}"));
                }
            },
        };
        let operation = self.operation(op);
        if method == "ctx.log" {
            return match serde_json::from_value(Value::Object(payload)) {
                Ok(line) => {
                    self.log(operation.as_deref(), line);
                    answer.give(&Value::Null);
                }
                Err(error) => answer.fail(LARIAT_INVALID, format!("the payload of ctx.log: {error}")),
            };
        }
        let Some(operation) = operation else {
            return answer
                .fail(LARIAT_CANCELLED, format!("{method}: the operation is over, or there is none"));
        };
        match method {
            "ctx.progress" => {
                let number = |name: &str| payload.get(name).and_then(Value::as_f64);
                match (&operation.about.progress, number("current"), number("total")) {
                    (Some(progress), Some(current), Some(total)) => progress.report(current, total),
                    (None, Some(_), Some(_)) => {}
                    _ => {
                        return answer
                            .fail(LARIAT_INVALID, "ctx.progress takes `current` and `total`".into());
                    }
                }
                answer.give(&Value::Null);
            }
            "ctx.stopping" => answer.give(&Value::Bool(operation.told.load(Ordering::SeqCst) != 0)),
            "ctx.sleep" => match payload.get("ms").and_then(Value::as_u64) {
                Some(ms) => {
                    let runtime = operation.runtime.clone();
                    runtime.spawn(async move {
                        tokio::select! {
                            biased;
                            () = operation.end.cancelled() => answer.fail(LARIAT_CANCELLED, "told to end".into()),
                            () = tokio::time::sleep(Duration::from_millis(ms)) => answer.give(&Value::Null),
                        }
                    });
                }
                None => answer.fail(LARIAT_INVALID, "ctx.sleep takes `ms`, a number from 0 on".into()),
            },
            "ctx.store.get" | "ctx.store.set" | "ctx.store.keys" => {
                let (method, runtime) = (method.to_owned(), operation.runtime.clone());
                runtime.spawn(async move {
                    match self.stored(&operation.extension, &method, payload).await {
                        Ok(value) => answer.give(&value),
                        Err(error) => answer.fail(LARIAT_FAILED, error.to_string()),
                    }
                });
            }
            _ => answer.fail(LARIAT_UNSUPPORTED, format!("this host has no method {method}")),
        }
    }

    async fn stored(
        &self,
        extension: &str,
        method: &str,
        mut payload: Map<String, Value>,
    ) -> Result<Value, KvError> {
        let key = payload.get("key").and_then(Value::as_str).unwrap_or_default().to_owned();
        match method {
            "ctx.store.get" => Ok(self.kv.get(extension, &key).await?.unwrap_or_default()),
            "ctx.store.keys" => Ok(self.kv.keys(extension).await?.into()),
            _ => {
                let value = payload.remove("value").unwrap_or_default();
                lariat_core::kv::check_limits(&key, &value)?;
                self.kv.set(extension, &key, value).await.map(|()| Value::Null)
            }
        }
    }

    fn log(&self, operation: Option<&Operation>, line: Line) {
        let passed_over = {
            let mut lines = self.lines.lock();
            if lines.since.elapsed() >= Duration::from_secs(1) {
                lines.since = Instant::now();
                lines.logged = 0;
            }
            if lines.logged >= LINES_A_SECOND {
                lines.passed_over += 1;
                return;
            }
            lines.logged += 1;
            std::mem::take(&mut lines.passed_over)
        };
        let plugin = &self.plugin;
        if passed_over > 0 {
            tracing::warn!(target: "lariat::plugin", plugin, "{passed_over} log lines were dropped; it logs too many a second");
        }
        let nothing = About::default();
        let about = operation.map_or(&nothing, |operation| &operation.about);
        let extension = operation.map_or("", |operation| operation.extension.as_str());
        let mask = |text: String| about.secrets.mask(text);
        let (message, fields) = (mask(line.message), mask(Value::Object(line.fields).to_string()));
        let About { launch, group, instance, account, pool, .. } = about;
        macro_rules! emit {
            ($level:ident) => {
                tracing::$level!(target: "lariat::plugin", plugin, extension, launch_id = launch, group, instance,
                    account, pool, fields, "{message}")
            };
        }
        match line.level.as_str() {
            "trace" => emit!(trace),
            "debug" => emit!(debug),
            "warn" => emit!(warn),
            "error" => emit!(error),
            _ => emit!(info),
        }
    }
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    level: String,
    message: String,
    #[serde(default)]
    fields: Map<String, Value>,
}

/// How an answer reaches who asked.
type Deliver = Box<dyn FnOnce(LariatStatus, &[u8]) + Send>;

/// Where an answer of the host's goes, exactly once: also when nobody is left to give it.
pub(crate) struct Answer(Option<Deliver>);

/// What a plugin gave along with its sink.
struct User(*mut c_void);

// SAFETY: only handed to the plugin's sink, which takes it on any thread.
unsafe impl Send for User {}

impl Answer {
    pub(crate) fn new(deliver: impl FnOnce(LariatStatus, &[u8]) + Send + 'static) -> Self {
        Self(Some(Box::new(deliver)))
    }

    /// To a sink of a plugin in this process.
    fn to(sink: LariatSink, user: *mut c_void) -> Self {
        let user = User(user);
        Self::new(move |status, answer| {
            // The whole of it, so that it is what moves here.
            let user = user;
            if let Some(sink) = sink {
                // SAFETY: the plugin's sink with what it gave along, once; the bytes outlive it.
                unsafe { sink(user.0, status, LariatBytes::of(answer)) }
            }
        })
    }

    fn give(mut self, value: &Value) {
        self.put(LARIAT_OK, value);
    }

    fn fail(mut self, status: LariatStatus, message: String) {
        self.put(status, &json!({"message": message}));
    }

    fn put(&mut self, status: LariatStatus, value: &Value) {
        if let Some(deliver) = self.0.take() {
            deliver(status, value.to_string().as_bytes());
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.put(LARIAT_CANCELLED, &json!({"message": "the engine is shutting down"}));
    }
}

/// # Safety
/// `host` is a table of [`HostSide::new`]'s.
unsafe fn side(host: *const LariatHost) -> &'static HostSide {
    // SAFETY: such a table, and the side that it belongs to, live as long as the process.
    unsafe { &*(*host).data.cast_const().cast::<HostSide>() }
}

unsafe extern "C" fn complete(host: *const LariatHost, op: u64, status: LariatStatus, payload: LariatBytes) {
    // SAFETY: a plugin calls with the table that it stands in.
    let side = unsafe { side(host) };
    let reply = if payload.len > LARGEST {
        let message = format!("its answer has {} bytes; at most {LARGEST} are taken", payload.len);
        Reply { status: LARIAT_FAILED, payload: json!({"message": message}).to_string().into_bytes() }
    } else {
        // SAFETY: valid until the return.
        Reply { status, payload: unsafe { payload.as_slice() }.to_vec() }
    };
    side.end(op, reply);
}

unsafe extern "C" fn call(
    host: *const LariatHost,
    op: u64,
    method: LariatBytes,
    payload: LariatBytes,
    sink: LariatSink,
    user: *mut c_void,
) {
    // SAFETY: a plugin calls with the table that it stands in, and bytes valid until the return.
    let (side, method, payload) = unsafe { (side(host), method.as_slice(), payload.as_slice()) };
    let answer = Answer::to(sink, user);
    side.asked(op, &String::from_utf8_lossy(method), payload, answer);
}

unsafe extern "C" fn call_wait(
    host: *const LariatHost,
    op: u64,
    method: LariatBytes,
    payload: LariatBytes,
    sink: LariatSink,
    user: *mut c_void,
) -> LariatStatus {
    // SAFETY: what the plugin gave; `call` has a sink called once with what goes along.
    unsafe { wait(sink, user, |sink, user| call(host, op, method, payload, sink, user)) }
}

unsafe extern "C" fn cancelled(host: *const LariatHost, op: u64) -> u32 {
    // SAFETY: a plugin calls with the table that it stands in.
    let operation = unsafe { side(host) }.operation(op);
    operation.map_or(LARIAT_CANCEL, |operation| operation.told.load(Ordering::SeqCst))
}
