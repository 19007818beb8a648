//! Asking the host and waiting for the answer, made of asking it and being told.

use std::ffi::c_void;
use std::sync::mpsc;

use lariat_abi::{LARIAT_CANCELLED, LariatBytes, LariatSink, LariatStatus};

type Waited = mpsc::Sender<(LariatStatus, Vec<u8>)>;

unsafe extern "C" fn waited(user: *mut c_void, status: LariatStatus, answer: LariatBytes) {
    // SAFETY: what `wait` gave along, once.
    let sender = unsafe { Box::from_raw(user.cast::<Waited>()) };
    // SAFETY: valid until the return.
    let _ = sender.send((status, unsafe { answer.as_slice() }.to_vec()));
}

/// Asks with a sink of its own, waits, and hands the answer to the plugin's sink on the
/// plugin's own thread. `ask` must have the sink called once with what it is given along.
///
/// # Safety
/// `sink` is a plugin's, and takes `user`.
pub(crate) unsafe fn wait(
    sink: LariatSink,
    user: *mut c_void,
    ask: impl FnOnce(LariatSink, *mut c_void),
) -> LariatStatus {
    let (sender, receiver) = mpsc::channel();
    let waiting: Box<Waited> = Box::new(sender);
    ask(Some(waited), Box::into_raw(waiting).cast());
    let (status, answer) = receiver.recv().unwrap_or((LARIAT_CANCELLED, Vec::new()));
    if let Some(sink) = sink {
        // SAFETY: the plugin's sink with what it gave along, once.
        unsafe { sink(user, status, LariatBytes::of(&answer)) }
    }
    status
}
