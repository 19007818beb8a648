//! What a library says of itself.

use core::mem::size_of;
use core::ptr;

use crate::{LARIAT_ABI_MAJOR, LARIAT_ABI_MINOR, LARIAT_MAGIC, LariatBytes, LariatPlugin};

/// What a library says of itself. Constant: it and everything that it points to stays valid
/// and unchanged as long as the library is mapped, which is until the process ends.
///
/// The first four fields are the same in every major, so that a host can refuse a plugin of
/// another major with a clear message.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct LariatDescriptor {
    /// `LARIAT_MAGIC`.
    pub magic: u64,
    /// `LARIAT_ABI_MAJOR` of the header that the plugin was built against.
    pub abi_major: u32,
    /// `LARIAT_ABI_MINOR` of that header.
    pub abi_minor: u32,
    /// `sizeof(LariatDescriptor)` by that header.
    pub struct_size: usize,
    /// The plugin's id: lower-case letters, digits, `_` and `-`, at most 64 bytes. The same
    /// as in `plugin.toml`.
    pub id: LariatBytes,
    /// The plugin's own version, such as `1.4.0`. It has nothing to do with the ABI's.
    pub version: LariatBytes,
    /// `LARIAT_KIND_…` bits of the extensions that are offered.
    pub kinds: u64,
    /// `LARIAT_CAN_…` bits.
    pub capabilities: u64,
    /// What the host calls.
    pub plugin: *const LariatPlugin,
}

/// The type of `lariat_plugin`, the one symbol that a library exports.
///
/// Thread: any, one at a time. Must not block, start threads, or call anything of the host's.
/// Returns the library's descriptor, the same pointer each time; never null.
pub type LariatEntry = Option<unsafe extern "C" fn() -> *const LariatDescriptor>;

// SAFETY: a descriptor is constant, as its documentation demands; pointers in it lead to
// constants.
unsafe impl Sync for LariatDescriptor {}
// SAFETY: as above.
unsafe impl Send for LariatDescriptor {}

impl LariatDescriptor {
    /// A descriptor by this release's header.
    pub const fn new(
        id: &'static str,
        version: &'static str,
        kinds: u64,
        capabilities: u64,
        plugin: &'static LariatPlugin,
    ) -> Self {
        Self {
            magic: LARIAT_MAGIC,
            abi_major: LARIAT_ABI_MAJOR,
            abi_minor: LARIAT_ABI_MINOR,
            struct_size: size_of::<Self>(),
            id: LariatBytes::of(id.as_bytes()),
            version: LariatBytes::of(version.as_bytes()),
            kinds,
            capabilities,
            plugin,
        }
    }

    /// What all majors have in common: magic, major, minor and size.
    ///
    /// # Safety
    /// `descriptor` points to at least these four fields.
    pub const unsafe fn read_head(descriptor: *const Self) -> (u64, u32, u32, usize) {
        // SAFETY: the caller answers for the four fields; no reference to the whole is made.
        unsafe {
            (
                ptr::read(ptr::addr_of!((*descriptor).magic)),
                ptr::read(ptr::addr_of!((*descriptor).abi_major)),
                ptr::read(ptr::addr_of!((*descriptor).abi_minor)),
                ptr::read(ptr::addr_of!((*descriptor).struct_size)),
            )
        }
    }

    /// A copy, with what an older plugin doesn't have as zero.
    ///
    /// # Safety
    /// `descriptor` points to a descriptor of this major with `struct_size` bytes.
    pub const unsafe fn read(descriptor: *const Self) -> Self {
        let mut copy = Self {
            magic: 0,
            abi_major: 0,
            abi_minor: 0,
            struct_size: 0,
            id: LariatBytes::empty(),
            version: LariatBytes::empty(),
            kinds: 0,
            capabilities: 0,
            plugin: ptr::null(),
        };
        // SAFETY: the caller answers for `struct_size` bytes; no more than that, and no more
        // than fits, is copied. Any bytes are a valid value of these fields.
        unsafe {
            let (_, _, _, theirs) = Self::read_head(descriptor);
            let bytes = if theirs < size_of::<Self>() { theirs } else { size_of::<Self>() };
            ptr::copy_nonoverlapping(descriptor.cast::<u8>(), ptr::from_mut(&mut copy).cast::<u8>(), bytes);
        }
        copy
    }
}
