//! Numbers that both sides agree on.

/// The first eight bytes of every descriptor, in the machine's order: "LARIAT" and a line's end.
pub const LARIAT_MAGIC: u64 = 0x4C41_5249_4154_0D0A;

/// A host loads plugins of its own major only.
pub const LARIAT_ABI_MAJOR: u32 = 1;

/// Grows when something is appended; a host loads any minor of its major.
pub const LARIAT_ABI_MINOR: u32 = 0;

/// How a call went. Values that you don't know mean the same as `LARIAT_FAILED`.
pub type LariatStatus = i32;

/// It went well; the payload is the method's answer.
pub const LARIAT_OK: LariatStatus = 0;
/// It failed, and would fail again. The payload of this and of every status below is
/// `{"message": "…"}`.
pub const LARIAT_FAILED: LariatStatus = 1;
/// It failed for now, such as by a server that is down; trying again may help.
pub const LARIAT_UNAVAILABLE: LariatStatus = 2;
/// It came to an end early, since it was told to.
pub const LARIAT_CANCELLED: LariatStatus = 3;
/// There is no such method, kind, or extension here.
pub const LARIAT_UNSUPPORTED: LariatStatus = 4;
/// The payload, or a parameter in it, isn't what the method takes.
pub const LARIAT_INVALID: LariatStatus = 5;
/// The extension broke in a way that leaves its handle in doubt (a panic, an exception).
/// The host closes the handle and opens another.
pub const LARIAT_BROKEN: LariatStatus = 6;

/// Kinds of extensions, as bits: pool types.
pub const LARIAT_KIND_POOL: u64 = 1;
/// Routines.
pub const LARIAT_KIND_ROUTINE: u64 = 2;
/// Hooks.
pub const LARIAT_KIND_HOOK: u64 = 4;
/// Instance providers.
pub const LARIAT_KIND_PROVIDER: u64 = 8;

/// Capabilities, as bits; unknown ones are ignored. `call` may be entered by several threads
/// at once on one handle. Without it the host makes one call after the other on a handle.
pub const LARIAT_CAN_CONCURRENT: u64 = 1;
/// `call` returns at once and completes later from a thread of the plugin's own. Without it
/// the host calls from a thread that may be blocked.
pub const LARIAT_CAN_ASYNC: u64 = 2;

/// Why `cancel` is called: the engine wants the run to come to an end in its own good time,
/// with whatever answer is right then.
pub const LARIAT_STOP: u32 = 1;
/// Nobody waits for the answer any more: end now, answer `LARIAT_CANCELLED`. What isn't over
/// soon is abandoned: its completion, should it ever come, is dropped and counted.
pub const LARIAT_CANCEL: u32 = 2;
