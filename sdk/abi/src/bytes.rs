//! Texts and payloads.

use core::ptr;
use core::slice;

/// Bytes that belong to somebody else, as pointer and length. Not terminated by a zero.
///
/// Texts are UTF-8, payloads are UTF-8 JSON. Whoever gets such a value as an argument may
/// read it until the function returns, and copies what it wants to keep, unless the
/// function says otherwise. With `len` 0 the pointer may be null and is not read.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct LariatBytes {
    /// The first byte; may be null when `len` is 0.
    pub ptr: *const u8,
    /// How many bytes there are.
    pub len: usize,
}

impl LariatBytes {
    /// No bytes at all.
    pub const fn empty() -> Self {
        Self { ptr: ptr::null(), len: 0 }
    }

    /// A view of these bytes, which must outlive every use of it.
    pub const fn of(bytes: &[u8]) -> Self {
        Self { ptr: bytes.as_ptr(), len: bytes.len() }
    }

    /// The bytes.
    ///
    /// # Safety
    /// `ptr` points to `len` initialised bytes that nobody changes during `'a`, or `len`
    /// is 0.
    pub const unsafe fn as_slice<'a>(self) -> &'a [u8] {
        if self.len == 0 || self.ptr.is_null() {
            return &[];
        }
        // SAFETY: not null and not empty; the caller answers for the rest.
        unsafe { slice::from_raw_parts(self.ptr, self.len) }
    }
}
