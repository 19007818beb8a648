//! Where an answer of the host's goes.

use std::ffi::c_void;

use lariat_abi::{LARIAT_CANCELLED, LARIAT_OK, LariatBytes, LariatSink, LariatStatus};
use serde_json::{Value, json};

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
    pub(super) fn to(sink: LariatSink, user: *mut c_void) -> Self {
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

    pub(super) fn give(mut self, value: &Value) {
        self.put(LARIAT_OK, value);
    }

    pub(super) fn fail(mut self, status: LariatStatus, message: String) {
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
