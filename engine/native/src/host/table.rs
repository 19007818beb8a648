//! The host's functions as a library calls them.

use std::ffi::c_void;

use lariat_abi::{LARIAT_CANCEL, LARIAT_FAILED, LariatBytes, LariatHost, LariatSink, LariatStatus};
use serde_json::json;

use super::{Answer, HostSide, Reply};
use crate::call::wait;

/// The largest answer that is taken, in bytes.
const LARGEST: usize = 256 << 20;

/// A table without its host, which is put in once that has its place.
pub(super) fn table() -> LariatHost {
    LariatHost {
        size: size_of::<LariatHost>(),
        data: std::ptr::null_mut(),
        complete: Some(complete),
        call: Some(call),
        call_wait: Some(call_wait),
        cancelled: Some(cancelled),
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
    let operation = unsafe { side(host) }.pending(op);
    operation.map_or(LARIAT_CANCEL, |operation| operation.told())
}
