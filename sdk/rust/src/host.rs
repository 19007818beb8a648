//! The host's table behind a safe face.

use std::ffi::c_void;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context as Task, Poll, Waker};

use lariat_abi::{LARIAT_FAILED, LARIAT_OK, LariatBytes, LariatHost, LariatStatus};
use serde_json::Value;

use crate::{Error, Result};

/// The host that opened an extension; it stays as long as the process.
#[derive(Clone, Copy)]
pub(crate) struct Host(&'static LariatHost, LariatHost);

impl Host {
    /// # Safety
    /// `host` is a host's table as `open` gets it: valid until the process ends.
    pub(crate) unsafe fn new(host: *const LariatHost) -> Option<Self> {
        if host.is_null() {
            return None;
        }
        // SAFETY: a table of this major, valid for as long as the process lives. The
        // reference is only handed back to the host's own functions; what it holds is read
        // from the copy, which has no more than the host does.
        unsafe { Some(Self(&*host, LariatHost::read(host))) }
    }

    /// Ends an operation.
    pub(crate) fn complete(self, op: u64, status: LariatStatus, payload: &[u8]) {
        if let Some(complete) = self.1.complete {
            // SAFETY: the host's own function with its own table; the bytes outlive the call.
            unsafe { complete(self.0, op, status, LariatBytes::of(payload)) }
        }
    }

    /// Whether an operation has been told to end, and why.
    pub(crate) fn told(self, op: u64) -> u32 {
        // SAFETY: as for `complete`.
        self.1.cancelled.map_or(0, |cancelled| unsafe { cancelled(self.0, op) })
    }

    /// Asks without wanting an answer.
    pub(crate) fn tell(self, op: u64, method: &str, payload: &Value) {
        let payload = payload.to_string();
        if let Some(call) = self.1.call {
            let (method, payload) = (LariatBytes::of(method.as_bytes()), LariatBytes::of(payload.as_bytes()));
            // SAFETY: as for `complete`; no sink, so that `user` is never read.
            unsafe { call(self.0, op, method, payload, None, std::ptr::null_mut()) }
        }
    }

    /// Asks, and gives the answer once it is there.
    pub(crate) fn ask(self, op: u64, method: &str, payload: &Value) -> Asked {
        let slot = Arc::new(Slot::default());
        let payload = payload.to_string();
        match self.1.call {
            Some(call) => {
                let user = Arc::into_raw(slot.clone()).cast_mut().cast::<c_void>();
                let (method, payload) =
                    (LariatBytes::of(method.as_bytes()), LariatBytes::of(payload.as_bytes()));
                // SAFETY: as for `complete`; `sink` takes back the count that `user` stands
                // for, exactly once.
                unsafe { call(self.0, op, method, payload, Some(sink), user) }
            }
            None => slot.put(Err(Error::unsupported("the host can't be asked"))),
        }
        Asked(slot)
    }
}

/// Where an answer is put.
#[derive(Default)]
struct Slot(Mutex<(Option<Result<Value>>, Option<Waker>)>);

impl Slot {
    fn put(&self, answer: Result<Value>) {
        let waker = {
            let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            slot.0 = Some(answer);
            slot.1.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

unsafe extern "C" fn sink(user: *mut c_void, status: LariatStatus, answer: LariatBytes) {
    // SAFETY: `user` is what `ask` gave, which the host hands to the sink exactly once.
    let slot = unsafe { Arc::from_raw(user.cast_const().cast::<Slot>()) };
    // SAFETY: valid until the return.
    let bytes = unsafe { answer.as_slice() };
    let value = if bytes.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(bytes) };
    slot.put(match value {
        Ok(value) if status == LARIAT_OK => Ok(value),
        Ok(value) => {
            let message = value.get("message").and_then(Value::as_str).unwrap_or("the host gave no reason");
            Err(Error { status, message: message.to_owned() })
        }
        Err(error) => {
            Err(Error { status: LARIAT_FAILED, message: format!("the host's answer isn't JSON: {error}") })
        }
    });
}

/// An answer that is on its way.
pub(crate) struct Asked(Arc<Slot>);

impl Future for Asked {
    type Output = Result<Value>;

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Self::Output> {
        let mut slot = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        match slot.0.take() {
            Some(answer) => Poll::Ready(answer),
            None => {
                slot.1 = Some(task.waker().clone());
                Poll::Pending
            }
        }
    }
}
