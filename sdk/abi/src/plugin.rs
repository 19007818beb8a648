//! What the host calls.

use core::ffi::c_void;
use core::mem::size_of;
use core::ptr;

use crate::{LariatBytes, LariatHost, LariatStatus};

/// What the host calls. Constant, as the descriptor that points here. Nothing that a plugin
/// throws (a C++ exception, a Rust panic, a longjmp) may leave any of these functions. A null
/// function, or one beyond `size`, means that it isn't supported; `describe`, `open`, `call`,
/// `close` and `free` have to be there.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct LariatPlugin {
    /// `sizeof(LariatPlugin)` by the header that the plugin was built against.
    pub size: usize,

    /// Tells which extensions there are: writes a JSON document to `out` (`sdk/README.md`).
    ///
    /// Thread: any, one at a time. Must not block.
    /// Ownership: the bytes in `out` are the plugin's. The host copies them and then calls
    /// `free` with them, once. On another status than `LARIAT_OK`, `out` may hold
    /// `{"message": "…"}`, under the same rule, or stays as it was: empty.
    pub describe: Option<unsafe extern "C" fn(out: *mut LariatBytes) -> LariatStatus>,

    /// Opens an extension: a pool's source, a routine, a hook, the instances of a provider.
    ///
    /// Thread: any; may block, and several may be inside at once.
    /// `host` is valid until the process ends: a plugin may keep it and use it from any thread,
    /// also after `close`.
    /// `request` is `{"kind": "pool", "name": "…", "params": {…}, …}`, valid until the return.
    /// On `LARIAT_OK`, `handle` gets a value of the plugin's own, null or not, which the host
    /// passes to `call`, `cancel` and, once, to `close`. On another status nothing is open,
    /// and `error` may get `{"message": "…"}`, which belongs to the plugin: the host copies it
    /// and calls `free` with it, once.
    pub open: Option<
        unsafe extern "C" fn(
            host: *const LariatHost,
            request: LariatBytes,
            handle: *mut *mut c_void,
            error: *mut LariatBytes,
        ) -> LariatStatus,
    >,

    /// Asks an extension something: begins the operation `op`, whose number is never used again.
    ///
    /// Thread: any. Several at once on one handle only with `LARIAT_CAN_CONCURRENT`; several on
    /// different handles always. May block, unless the plugin has `LARIAT_CAN_ASYNC`.
    /// `method` and `payload` are valid until the return only: copy what you need later.
    /// On `LARIAT_OK` the plugin has called or will call `host->complete(op, …)`: exactly once,
    /// from any thread, before or after the return. On another status it won't, and the
    /// operation is over: that is for a request that wasn't begun.
    pub call: Option<
        unsafe extern "C" fn(
            handle: *mut c_void,
            op: u64,
            method: LariatBytes,
            payload: LariatBytes,
        ) -> LariatStatus,
    >,

    /// Asks an operation to end, for `reason` (`LARIAT_STOP`, `LARIAT_CANCEL`; take others for
    /// the latter). The operation is still to be completed, exactly once. May be null: then an
    /// operation learns of it by `host->cancelled` only.
    ///
    /// Thread: any, also while `call` is inside on the same handle. Must not block.
    /// `op` may be over already, or unknown: then nothing is to be done.
    pub cancel: Option<unsafe extern "C" fn(handle: *mut c_void, op: u64, reason: u32)>,

    /// Closes a handle. No call of the host's with this handle comes after or is inside, and
    /// every operation was completed, or abandoned after its deadline.
    ///
    /// Thread: any; may block.
    /// Afterwards the plugin holds on to nothing for this handle but what abandoned operations
    /// still use.
    pub close: Option<unsafe extern "C" fn(handle: *mut c_void)>,

    /// Takes back bytes that `describe` or `open` gave, unchanged.
    ///
    /// Thread: any. Must not block. No memory is ever freed by the side that didn't allocate
    /// it. Never called with empty bytes.
    pub free: Option<unsafe extern "C" fn(bytes: LariatBytes)>,
}

impl LariatPlugin {
    /// A table without any function.
    pub const fn empty() -> Self {
        Self {
            size: size_of::<Self>(),
            describe: None,
            open: None,
            call: None,
            cancel: None,
            close: None,
            free: None,
        }
    }

    /// A copy, with what an older plugin doesn't have as absent.
    ///
    /// # Safety
    /// `table` points to a table of this major with as many bytes as its `size` says.
    pub const unsafe fn read(table: *const Self) -> Self {
        let mut copy = Self::empty();
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
