//! What a plugin calls.

use core::ffi::c_void;
use core::mem::size_of;
use core::ptr;

use crate::{LariatBytes, LariatStatus};

/// Takes an answer of the host's: `user` is what was given to `call`, `answer` is valid until
/// the return.
///
/// Thread: any. Must not block: it hands the answer on.
pub type LariatSink =
    Option<unsafe extern "C" fn(user: *mut c_void, status: LariatStatus, answer: LariatBytes)>;

/// What a plugin calls. Valid and unchanged until the process ends. Each function takes the
/// table that it stands in as `host`. A function beyond `size` isn't there: a plugin that was
/// built against a newer header than its host compares `size` before it uses what was
/// appended. All of version 1.0 are always there.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct LariatHost {
    /// `sizeof(LariatHost)` of the running host.
    pub size: usize,

    /// The host's own; leave it alone.
    pub data: *mut c_void,

    /// Ends the operation `op` with an answer: exactly once for each that was begun. More, or
    /// one for an operation that isn't known or was abandoned, are dropped and counted.
    ///
    /// Thread: any. Doesn't block, and doesn't call the plugin.
    /// Ownership: `payload` stays the caller's and is copied before the return. Empty bytes
    /// mean `null`. At most 256 MiB.
    pub complete: Option<
        unsafe extern "C" fn(host: *const LariatHost, op: u64, status: LariatStatus, payload: LariatBytes),
    >,

    /// Asks the host something, such as `ctx.log` or `ctx.store.get` (`sdk/README.md`), on
    /// behalf of the operation `op`; 0 stands for none, with which only `ctx.log` works.
    ///
    /// Thread: any. Doesn't block.
    /// Ownership: `method` and `payload` are copied before the return.
    /// `sink` gets the answer exactly once, from any thread, maybe before the return; it may be
    /// null when no answer is wanted. When the operation is over or told to end, the
    /// answer may be `LARIAT_CANCELLED`.
    pub call: Option<
        unsafe extern "C" fn(
            host: *const LariatHost,
            op: u64,
            method: LariatBytes,
            payload: LariatBytes,
            sink: LariatSink,
            user: *mut c_void,
        ),
    >,

    /// The same, and waits for the answer: `sink` was called on this thread before the return.
    ///
    /// Thread: one that may be blocked: any inside of a `call` that may block, or one of the
    /// plugin's own; never one inside of `complete`, `cancel`, or a `LariatSink`.
    /// Returns the answer's status.
    pub call_wait: Option<
        unsafe extern "C" fn(
            host: *const LariatHost,
            op: u64,
            method: LariatBytes,
            payload: LariatBytes,
            sink: LariatSink,
            user: *mut c_void,
        ) -> LariatStatus,
    >,

    /// Whether the operation `op` has been told to end: 0, `LARIAT_STOP` or `LARIAT_CANCEL`; the
    /// latter also for one that is over or unknown.
    ///
    /// Thread: any. Doesn't block; cheap enough for every turn of a loop.
    pub cancelled: Option<unsafe extern "C" fn(host: *const LariatHost, op: u64) -> u32>,
}

// SAFETY: every function of the table may be called from any thread, as its documentation
// says; `data` is used by these functions only.
unsafe impl Send for LariatHost {}
// SAFETY: as above.
unsafe impl Sync for LariatHost {}

impl LariatHost {
    /// A copy, with what an older host doesn't have as absent.
    ///
    /// # Safety
    /// `table` points to a table of this major with as many bytes as its `size` says.
    pub const unsafe fn read(table: *const Self) -> Self {
        let mut copy = Self {
            size: 0,
            data: ptr::null_mut(),
            complete: None,
            call: None,
            call_wait: None,
            cancelled: None,
        };
        // SAFETY: the caller answers for `size` bytes; no more than that, and no more than
        // fits, is copied. Function pointers come from a table of the same major.
        unsafe {
            let theirs = ptr::read(ptr::addr_of!((*table).size));
            let bytes = if theirs < size_of::<Self>() { theirs } else { size_of::<Self>() };
            ptr::copy_nonoverlapping(table.cast::<u8>(), ptr::from_mut(&mut copy).cast::<u8>(), bytes);
        }
        copy
    }
}
