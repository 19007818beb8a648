//! A host for tests.

use std::collections::{BTreeMap, HashMap};
use std::ffi::c_void;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use lariat_abi::{
    LARIAT_CANCEL, LARIAT_CANCELLED, LARIAT_FAILED, LARIAT_INVALID, LARIAT_OK, LARIAT_STOP,
    LARIAT_UNSUPPORTED, LariatBytes, LariatHost, LariatSink, LariatStatus,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A line that an extension logged.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LogLine {
    /// `info`, ….
    pub level: String,
    /// What it says.
    pub message: String,
    /// What belongs to it.
    #[serde(default)]
    pub fields: Map<String, Value>,
}

/// What a host knows; it lives as long as the process, as every host does.
#[derive(Default)]
pub(super) struct State {
    pub(super) logs: Vec<LogLine>,
    pub(super) progress: Vec<(f64, f64)>,
    pub(super) slept_ms: u64,
    /// From which sleep on operations are told to end.
    pub(super) stop_at_sleep: Option<u32>,
    sleeps: u32,
    pub(super) store: BTreeMap<String, Value>,
    /// What came of the launch, and the numbers of bots it was given.
    pub(super) report: Option<Value>,
    pub(super) scaled: Vec<u32>,
    answers: HashMap<u64, (LariatStatus, Vec<u8>)>,
    told: HashMap<u64, u32>,
    operations: u64,
}

#[derive(Default)]
pub(super) struct Shared {
    state: Mutex<State>,
    answered: Condvar,
}

/// A host's table and what is behind it.
#[derive(Clone, Copy)]
pub(super) struct TestHost(pub(super) &'static LariatHost, &'static Shared);

impl TestHost {
    pub(super) fn new() -> Self {
        let shared: &'static Shared = Box::leak(Box::default());
        let table = LariatHost {
            size: size_of::<LariatHost>(),
            data: std::ptr::from_ref(shared).cast_mut().cast(),
            complete: Some(complete),
            call: Some(call),
            call_wait: Some(call_wait),
            cancelled: Some(cancelled),
        };
        Self(Box::leak(Box::new(table)), shared)
    }

    pub(super) fn with<T>(self, look: impl FnOnce(&mut State) -> T) -> T {
        self.1.with(look)
    }

    /// A number for a new operation.
    pub(super) fn begin(self) -> u64 {
        self.with(|state| {
            state.operations += 1;
            state.told.insert(state.operations, 0);
            state.operations
        })
    }

    /// Notes what an operation was told.
    pub(super) fn tell(self, op: u64, reason: u32) {
        self.with(|state| {
            if let Some(told) = state.told.get_mut(&op) {
                *told = reason.max(*told);
            }
        });
    }

    /// Waits for an operation's answer.
    pub(super) fn answer(self, op: u64) -> (LariatStatus, Vec<u8>) {
        let mut state = self.1.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(answer) = state.answers.remove(&op) {
                state.told.remove(&op);
                return answer;
            }
            state = self.1.answered.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Shared {
    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// # Safety
/// `host` is a table of [`TestHost::new`].
unsafe fn shared(host: *const LariatHost) -> &'static Shared {
    // SAFETY: such tables and what they lead to are leaked, so that they live on.
    unsafe { &*(*host).data.cast_const().cast::<Shared>() }
}

unsafe extern "C" fn complete(host: *const LariatHost, op: u64, status: LariatStatus, payload: LariatBytes) {
    // SAFETY: called with the table that it stands in, and bytes that are valid meanwhile.
    let (shared, bytes) = unsafe { (shared(host), payload.as_slice().to_vec()) };
    shared.with(|state| state.answers.insert(op, (status, bytes)));
    shared.answered.notify_all();
}

unsafe extern "C" fn call(
    host: *const LariatHost,
    op: u64,
    method: LariatBytes,
    payload: LariatBytes,
    sink: LariatSink,
    user: *mut c_void,
) {
    // SAFETY: as for `call_wait`.
    unsafe { call_wait(host, op, method, payload, sink, user) };
}

unsafe extern "C" fn call_wait(
    host: *const LariatHost,
    op: u64,
    method: LariatBytes,
    payload: LariatBytes,
    sink: LariatSink,
    user: *mut c_void,
) -> LariatStatus {
    // SAFETY: called with the table that it stands in, and bytes that are valid meanwhile.
    let (shared, method, payload) = unsafe { (shared(host), method.as_slice(), payload.as_slice()) };
    let payload: Value = serde_json::from_slice(payload).unwrap_or_default();
    let (status, answer) = shared.with(|state| state.asked(op, &String::from_utf8_lossy(method), &payload));
    if let Some(sink) = sink {
        let text = answer.to_string();
        // SAFETY: the plugin's sink with what it gave along, once.
        unsafe { sink(user, status, LariatBytes::of(text.as_bytes())) };
    }
    status
}

unsafe extern "C" fn cancelled(host: *const LariatHost, op: u64) -> u32 {
    // SAFETY: called with the table that it stands in.
    unsafe { shared(host) }.with(|state| state.told.get(&op).copied().unwrap_or(LARIAT_CANCEL))
}

impl State {
    fn asked(&mut self, op: u64, method: &str, payload: &Value) -> (LariatStatus, Value) {
        let key = || payload.get("key").and_then(Value::as_str).unwrap_or_default().to_owned();
        let wrong = |what: String| (LARIAT_INVALID, json!({"message": what}));
        match method {
            "ctx.log" => match serde_json::from_value(payload.clone()) {
                Ok(line) => {
                    self.logs.push(line);
                    (LARIAT_OK, Value::Null)
                }
                Err(error) => wrong(error.to_string()),
            },
            "ctx.progress" => {
                let number = |name: &str| payload.get(name).and_then(Value::as_f64);
                match (number("current"), number("total")) {
                    (Some(current), Some(total)) => self.progress.push((current, total)),
                    _ => return wrong("progress takes two numbers".into()),
                }
                (LARIAT_OK, Value::Null)
            }
            "ctx.sleep" => {
                self.sleeps += 1;
                if self.stop_at_sleep.is_some_and(|at| self.sleeps >= at) {
                    self.told.insert(op, LARIAT_STOP);
                    return (LARIAT_CANCELLED, json!({"message": "told to end"}));
                }
                self.slept_ms += payload.get("ms").and_then(Value::as_u64).unwrap_or(0);
                (LARIAT_OK, Value::Null)
            }
            "ctx.stopping" => (LARIAT_OK, Value::Bool(self.told.get(&op).is_some_and(|told| *told != 0))),
            "ctx.report" | "ctx.scale" => {
                let Some(report) = &self.report else {
                    return (LARIAT_FAILED, json!({"message": "there is no launch"}));
                };
                if method == "ctx.report" {
                    return (LARIAT_OK, report.clone());
                }
                let bots = payload.get("bots").and_then(Value::as_u64);
                match bots.and_then(|bots| u32::try_from(bots).ok()) {
                    Some(bots) => {
                        self.scaled.push(bots);
                        (LARIAT_OK, bots.into())
                    }
                    None => wrong("scale takes a number of bots".into()),
                }
            }
            "ctx.store.get" => (LARIAT_OK, self.store.get(&key()).cloned().unwrap_or_default()),
            "ctx.store.set" => {
                match payload.get("value") {
                    None | Some(Value::Null) => self.store.remove(&key()),
                    Some(value) => self.store.insert(key(), value.clone()),
                };
                (LARIAT_OK, Value::Null)
            }
            "ctx.store.keys" => (LARIAT_OK, self.store.keys().cloned().collect()),
            _ => (LARIAT_UNSUPPORTED, json!({"message": format!("the host has no {method}")})),
        }
    }
}

/// So that hosts may be shared between a test's threads.
const _: fn() = || {
    fn both<T: Send + Sync>() {}
    both::<Arc<Shared>>();
};
