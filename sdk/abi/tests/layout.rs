//! What has been released never moves: fields only come after those that are here.

use std::mem::{offset_of, size_of};
use std::ptr;

use lariat_abi::*;

#[cfg(target_pointer_width = "64")]
#[test]
fn version_1_0_stays_where_it_is() {
    assert_eq!(size_of::<LariatBytes>(), 16);
    let descriptor = [
        offset_of!(LariatDescriptor, magic),
        offset_of!(LariatDescriptor, abi_major),
        offset_of!(LariatDescriptor, abi_minor),
        offset_of!(LariatDescriptor, struct_size),
        offset_of!(LariatDescriptor, id),
        offset_of!(LariatDescriptor, version),
        offset_of!(LariatDescriptor, kinds),
        offset_of!(LariatDescriptor, capabilities),
        offset_of!(LariatDescriptor, plugin),
    ];
    assert_eq!(descriptor, [0, 8, 12, 16, 24, 40, 56, 64, 72]);
    let plugin = [
        offset_of!(LariatPlugin, size),
        offset_of!(LariatPlugin, describe),
        offset_of!(LariatPlugin, open),
        offset_of!(LariatPlugin, call),
        offset_of!(LariatPlugin, cancel),
        offset_of!(LariatPlugin, close),
        offset_of!(LariatPlugin, free),
    ];
    assert_eq!(plugin, [0, 8, 16, 24, 32, 40, 48]);
    let host = [
        offset_of!(LariatHost, size),
        offset_of!(LariatHost, data),
        offset_of!(LariatHost, complete),
        offset_of!(LariatHost, call),
        offset_of!(LariatHost, call_wait),
        offset_of!(LariatHost, cancelled),
    ];
    assert_eq!(host, [0, 8, 16, 24, 32, 40]);
}

unsafe extern "C" fn close(_: *mut core::ffi::c_void) {}
unsafe extern "C" fn free(_: LariatBytes) {}

#[test]
fn what_an_older_plugin_does_not_have_is_absent() {
    let older = LariatPlugin {
        size: offset_of!(LariatPlugin, free),
        close: Some(close),
        // Beyond its size, as whatever may lie there.
        free: Some(free),
        ..LariatPlugin::empty()
    };
    // SAFETY: a table with more bytes than its size says.
    let read = unsafe { LariatPlugin::read(&older) };
    assert!(read.close.is_some());
    assert!(read.free.is_none());
}

#[repr(C)]
struct Newer {
    now: LariatPlugin,
    appended: [usize; 4],
}

#[test]
fn what_a_newer_plugin_has_besides_is_left_alone() {
    let newer = Newer {
        now: LariatPlugin { size: size_of::<Newer>(), close: Some(close), ..LariatPlugin::empty() },
        appended: [usize::MAX; 4],
    };
    // SAFETY: a table with as many bytes as its size says.
    let read = unsafe { LariatPlugin::read(ptr::from_ref(&newer).cast()) };
    assert_eq!(read.size, size_of::<Newer>());
    assert!(read.close.is_some());
    assert_eq!(newer.appended, [usize::MAX; 4]);
}

#[test]
fn a_descriptor_is_read_as_it_was_written() {
    static TABLE: LariatPlugin = LariatPlugin::empty();
    let written = LariatDescriptor::new("csv", "1.2.3", LARIAT_KIND_POOL, LARIAT_CAN_CONCURRENT, &TABLE);
    // SAFETY: a whole descriptor whose texts are constants.
    let (head, read, id) = unsafe {
        let read = LariatDescriptor::read(&written);
        (LariatDescriptor::read_head(&written), read, read.id.as_slice())
    };
    assert_eq!(head, (LARIAT_MAGIC, LARIAT_ABI_MAJOR, LARIAT_ABI_MINOR, size_of::<LariatDescriptor>()));
    assert_eq!((id, read.kinds), (&b"csv"[..], LARIAT_KIND_POOL));
    assert!(ptr::eq(read.plugin, &TABLE));
}
