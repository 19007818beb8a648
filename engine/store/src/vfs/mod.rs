//! A VFS of SQLite's for the connection that writes: a commit goes into the log as one piece.
//! SQLite writes two for each page that a commit changed, its header and itself, and each of
//! them is a call of the system. Here they are held until the page that ends the commit, which
//! its header tells (`https://www.sqlite.org/fileformat2.html`, "The Write-Ahead Log"), so that
//! SQLite is told that a commit was written when it was, and not before. Whatever else is
//! done with the log comes after what is held. All other files are the default VFS's own.
#![allow(unsafe_code)]

mod gathering;

use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::size_of;
use std::ptr;
use std::sync::OnceLock;

use libsqlite3_sys as ffi;

use gathering::Gathering;

const NAME: &CStr = c"lariat-whole-commits";

/// The VFS under this one, which outlives the program.
struct Base(*mut ffi::sqlite3_vfs);

// SAFETY: SQLite itself uses a registered VFS from any thread.
unsafe impl Send for Base {}
// SAFETY: as above; it isn't changed once it is registered.
unsafe impl Sync for Base {}

/// The default VFS, once this one is registered above it.
static BASE: OnceLock<Option<Base>> = OnceLock::new();

/// The VFS's name for a connection to open its database with; none where SQLite has no VFS to
/// put it on.
pub(crate) fn name() -> Option<&'static str> {
    BASE.get_or_init(register).as_ref().and_then(|_| NAME.to_str().ok())
}

fn register() -> Option<Base> {
    // SAFETY: looks up the default VFS, and initialises SQLite before if need be.
    let base = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
    if base.is_null() {
        return None;
    }
    // SAFETY: a VFS that SQLite found is whole. What is copied are its numbers and functions:
    // those of SQLite's own ones take nothing from the VFS that they are called with but the
    // data that is copied, too.
    let mut vfs = unsafe { *base };
    vfs.zName = NAME.as_ptr();
    vfs.pNext = ptr::null_mut();
    vfs.szOsFile = vfs.szOsFile.checked_add(c_int::try_from(size_of::<LogFile>()).ok()?)?;
    vfs.xOpen = Some(open);
    // SAFETY: it lives as long as the program, as SQLite demands; it isn't made the default.
    let code = unsafe { ffi::sqlite3_vfs_register(Box::into_raw(Box::new(vfs)), 0) };
    (code == ffi::SQLITE_OK).then_some(Base(base))
}

/// A log that is open: SQLite's memory for a file begins with this, and the file of the VFS
/// below lies behind it.
#[repr(C)]
struct LogFile {
    methods: *const ffi::sqlite3_io_methods,
    gathering: Box<Gathering>,
}

impl LogFile {
    /// The file of the VFS below.
    ///
    /// # Safety
    /// `file` is a log that [`open`] opened or is opening.
    unsafe fn below(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
        // SAFETY: SQLite has reserved the sum of both sizes.
        unsafe { file.byte_add(size_of::<Self>()) }
    }
}

unsafe extern "C" fn open(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let Some(Some(Base(base))) = BASE.get() else { return ffi::SQLITE_CANTOPEN };
    let is_log = flags & ffi::SQLITE_OPEN_WAL != 0;
    // SAFETY: SQLite asks for a file in memory of `szOsFile` bytes; what isn't a log has more
    // of it than it needs.
    unsafe {
        let Some(open) = (**base).xOpen else { return ffi::SQLITE_CANTOPEN };
        if !is_log {
            return open(*base, name, file, flags, out_flags);
        }
        // Without methods SQLite takes the file for one that isn't open.
        (*file).pMethods = ptr::null();
        let below = LogFile::below(file);
        let code = open(*base, name, below, flags, out_flags);
        if (*below).pMethods.is_null() {
            return code;
        }
        let gathering = Box::new(Gathering::new());
        file.cast::<LogFile>().write(LogFile { methods: &raw const METHODS, gathering });
        code
    }
}

/// Version 1: what later ones add is for the database's own file.
static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

/// Calls a method of the file below.
macro_rules! below {
    ($file:ident, $method:ident $(, $argument:expr)*) => {{
        // SAFETY: SQLite calls a file's methods between its opening and its closing, from one
        // thread at a time, with arguments that are as good for the file below.
        unsafe {
            let below = LogFile::below($file);
            match (*(*below).pMethods).$method {
                Some(method) => method(below $(, $argument)*),
                None => ffi::SQLITE_IOERR,
            }
        }
    }};
}

/// The same after what is held.
macro_rules! after_held {
    ($file:ident, $method:ident $(, $argument:expr)*) => {{
        let code = write_held($file);
        if code == ffi::SQLITE_OK { below!($file, $method $(, $argument)*) } else { code }
    }};
}

/// Writes to the file below.
fn write_below(file: *mut ffi::sqlite3_file, data: &[u8], offset: i64) -> c_int {
    let Ok(length) = c_int::try_from(data.len()) else { return ffi::SQLITE_IOERR };
    below!(file, xWrite, data.as_ptr().cast(), length, offset)
}

fn write_held(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: as in `below!`; nothing else refers to it during a call.
    let gathering = unsafe { &mut *(*file.cast::<LogFile>()).gathering };
    gathering.write(&|data, offset| write_below(file, data, offset))
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    data: *const c_void,
    length: c_int,
    offset: i64,
) -> c_int {
    let Ok(length) = usize::try_from(length) else { return ffi::SQLITE_IOERR };
    // SAFETY: SQLite gives that many bytes; for the rest as in `write_held`.
    let (data, gathering) = unsafe {
        (std::slice::from_raw_parts(data.cast::<u8>(), length), &mut *(*file.cast::<LogFile>()).gathering)
    };
    gathering.take(data, offset, &|data, offset| write_below(file, data, offset))
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    let written = write_held(file);
    let closed = below!(file, xClose);
    // SAFETY: the last call for this file, which doesn't use the memory any more.
    unsafe { file.cast::<LogFile>().drop_in_place() };
    if written == ffi::SQLITE_OK { closed } else { written }
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    length: c_int,
    offset: i64,
) -> c_int {
    after_held!(file, xRead, into, length, offset)
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    after_held!(file, xTruncate, size)
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    after_held!(file, xSync, flags)
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut i64) -> c_int {
    after_held!(file, xFileSize, size)
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    below!(file, xLock, level)
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    below!(file, xUnlock, level)
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, locked: *mut c_int) -> c_int {
    below!(file, xCheckReservedLock, locked)
}

unsafe extern "C" fn file_control(file: *mut ffi::sqlite3_file, op: c_int, argument: *mut c_void) -> c_int {
    below!(file, xFileControl, op, argument)
}

unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    below!(file, xSectorSize)
}

unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    below!(file, xDeviceCharacteristics)
}
