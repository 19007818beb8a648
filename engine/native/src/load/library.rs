//! A library that is mapped: checked, and asked what it offers.

use std::ffi::c_void;
use std::path::Path;
use std::sync::Arc;

use lariat_abi::{
    LARIAT_ABI_MAJOR, LARIAT_ABI_MINOR, LARIAT_MAGIC, LARIAT_OK, LARIAT_UNSUPPORTED, LariatBytes,
    LariatDescriptor, LariatEntry, LariatHost, LariatPlugin, LariatStatus,
};
use serde::Deserialize;
use serde_json::json;

use super::{ExtensionInfo, manifest};
use crate::NativeError;
use crate::child::{Hello, Supervisor};

const SYMBOL: &[u8] = b"lariat_plugin\0";

/// What `describe` gives.
#[derive(Deserialize)]
pub(crate) struct Described {
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) extensions: Vec<ExtensionInfo>,
}

/// A mapped library. It stays mapped for as long as the process lives.
pub(crate) struct Library {
    pub(crate) id: String,
    pub(crate) version: String,
    /// The ABI it was built for.
    pub(crate) abi: (u32, u32),
    pub(crate) capabilities: u64,
    code: Code,
}

/// Where a library's code runs.
enum Code {
    Here(Box<LariatPlugin>),
    Child(Arc<Supervisor>),
}

/// A handle that a library gave: its own, never looked into.
#[derive(Clone, Copy)]
pub(crate) enum Raw {
    Here(*mut c_void),
    /// Of a child, and of the n-th one only.
    Child {
        handle: u64,
        life: u64,
    },
}

// SAFETY: only handed back to the library, whose functions take a handle from any thread.
unsafe impl Send for Raw {}
// SAFETY: as above.
unsafe impl Sync for Raw {}

impl Library {
    /// Maps the copy of a library. `original` is what errors name.
    pub(crate) fn map(copy: &Path, original: &Path) -> Result<Self, NativeError> {
        let library = || original.to_owned();
        // SAFETY: running a library's initialisers is what loading a plugin means; whoever put
        // it into the workspace trusts it with that. It was checked to be a library.
        let mapped = unsafe { libloading::Library::new(copy) };
        let mapped =
            mapped.map_err(|error| NativeError::Loader { library: library(), message: cause(&error) })?;
        // Never unmapped: the handle is let go without closing it.
        let mapped = std::mem::ManuallyDrop::new(mapped);
        // SAFETY: the symbol's type is the ABI's promise, of all majors.
        let entry: Option<LariatEntry> =
            unsafe { mapped.get::<LariatEntry>(SYMBOL).ok().map(|symbol| *symbol) };
        let Some(Some(entry)) = entry else { return Err(NativeError::NoSymbol { library: library() }) };
        // SAFETY: takes nothing, and gives a descriptor or null.
        let descriptor = unsafe { entry() };
        if descriptor.is_null() || !descriptor.is_aligned() {
            return Err(NativeError::NoDescriptor { library: library() });
        }
        // SAFETY: not null; the first four fields are those of every major.
        let (magic, major, minor, size) = unsafe { LariatDescriptor::read_head(descriptor) };
        if magic != LARIAT_MAGIC {
            return Err(NativeError::NoDescriptor { library: library() });
        }
        if major != LARIAT_ABI_MAJOR {
            return Err(NativeError::OtherMajor {
                library: library(),
                theirs: format!("{major}.{minor}"),
                ours: format!("{LARIAT_ABI_MAJOR}.{LARIAT_ABI_MINOR}"),
                ours_major: LARIAT_ABI_MAJOR,
            });
        }
        let incomplete = |what: &str| NativeError::Incomplete { library: library(), what: what.to_owned() };
        if size < size_of::<LariatDescriptor>() {
            return Err(incomplete("its descriptor is shorter than that of ABI 1.0; set `struct_size`"));
        }
        // SAFETY: of this major, with at least so many bytes.
        let descriptor = unsafe { LariatDescriptor::read(descriptor) };
        // SAFETY: constants of the library, valid as long as it is mapped.
        let (id, version) = unsafe { (text(descriptor.id), text(descriptor.version)) };
        let id = id
            .filter(|id| manifest::is_id(id))
            .ok_or_else(|| incomplete(&format!("its id can't be used; {}", manifest::ID)))?;
        let version = version.ok_or_else(|| incomplete("its version isn't UTF-8"))?;
        if descriptor.plugin.is_null() {
            return Err(incomplete("its descriptor has no table of functions (`plugin`)"));
        }
        // SAFETY: a table of this major with as many bytes as its size says.
        let table = unsafe { LariatPlugin::read(descriptor.plugin) };
        let there = [
            ("describe", table.describe.is_some()),
            ("open", table.open.is_some()),
            ("call", table.call.is_some()),
            ("close", table.close.is_some()),
            ("free", table.free.is_some()),
        ];
        match there.iter().find(|(_, there)| !there) {
            Some((name, _)) => {
                Err(incomplete(&format!("its table has no function `{name}`; check `size` too")))
            }
            None => Ok(Self {
                id,
                version,
                abi: (major, minor),
                capabilities: descriptor.capabilities,
                code: Code::Here(Box::new(table)),
            }),
        }
    }

    /// A library that runs in a child.
    pub(crate) fn in_child(supervisor: Arc<Supervisor>, hello: Hello) -> Self {
        Self {
            id: hello.id,
            version: hello.version,
            abi: (hello.major, hello.minor),
            capabilities: hello.capabilities,
            code: Code::Child(supervisor),
        }
    }

    /// Its child, if it runs in one.
    pub(crate) fn child(&self) -> Option<&Arc<Supervisor>> {
        match &self.code {
            Code::Here(_) => None,
            Code::Child(supervisor) => Some(supervisor),
        }
    }

    /// What it offers, as a JSON document.
    pub(crate) fn describe_raw(&self, original: &Path) -> Result<Vec<u8>, NativeError> {
        let incomplete = |what: String| NativeError::Incomplete { library: original.to_owned(), what };
        let mut out = LariatBytes::empty();
        let Code::Here(table) = &self.code else { return Ok(Vec::new()) };
        let Some(describe) = table.describe else {
            return Err(incomplete("it has no function `describe`".into()));
        };
        // SAFETY: a function of the library's, with a place for its answer.
        let status = unsafe { describe(&mut out) };
        let text = take(table, out);
        if status == LARIAT_OK {
            Ok(text)
        } else {
            Err(incomplete(format!("`describe` failed: {}", said(&text))))
        }
    }

    /// What it offers, from that document.
    pub(crate) fn described(text: &[u8], original: &Path) -> Result<Described, NativeError> {
        let incomplete = |what: String| NativeError::Incomplete { library: original.to_owned(), what };
        let described: Described = serde_json::from_slice(text)
            .map_err(|error| incomplete(format!("what `describe` gives can't be used: {error}")))?;
        match described.extensions.iter().find_map(ExtensionInfo::problem) {
            Some(problem) => Err(incomplete(problem)),
            None => Ok(described),
        }
    }

    /// Opens an extension. May block.
    pub(crate) fn open(&self, host: &'static LariatHost, request: &[u8]) -> Result<Raw, Refusal> {
        let table = match &self.code {
            Code::Here(table) => table,
            Code::Child(child) => {
                return child.open(request).map(|(handle, life)| Raw::Child { handle, life });
            }
        };
        let (mut handle, mut error) = (std::ptr::null_mut(), LariatBytes::empty());
        let Some(open) = table.open else { return Err((LARIAT_UNSUPPORTED, Vec::new())) };
        // SAFETY: a host's table that lives on; bytes that outlive the call; places for both
        // answers.
        let status = unsafe { open(host, LariatBytes::of(request), &mut handle, &mut error) };
        let error = take(table, error);
        if status == LARIAT_OK { Ok(Raw::Here(handle)) } else { Err((status, error)) }
    }

    /// Whether a handle can still be used.
    pub(crate) fn is_open(&self, handle: Raw) -> bool {
        match (&self.code, handle) {
            (Code::Child(child), Raw::Child { life, .. }) => child.lives(life),
            _ => true,
        }
    }

    /// Begins an operation, or tells why it won't. May block, unless the library says that it
    /// doesn't.
    pub(crate) fn call(&self, handle: Raw, op: u64, method: &str, payload: &[u8]) -> Result<(), Refusal> {
        match (&self.code, handle) {
            (Code::Here(table), Raw::Here(handle)) => {
                let Some(call) = table.call else { return Err((LARIAT_UNSUPPORTED, Vec::new())) };
                let (name, payload) = (LariatBytes::of(method.as_bytes()), LariatBytes::of(payload));
                // SAFETY: a handle that is open; bytes that outlive the call.
                let status = unsafe { call(handle, op, name, payload) };
                if status == LARIAT_OK {
                    return Ok(());
                }
                let told = json!({"message": format!("it refused the call with status {status}")});
                Err((status, told.to_string().into_bytes()))
            }
            (Code::Child(child), Raw::Child { handle, life }) => {
                child.call(life, handle, op, method, payload)
            }
            _ => Err((LARIAT_UNSUPPORTED, Vec::new())),
        }
    }

    /// Tells an operation to end.
    pub(crate) fn cancel(&self, handle: Raw, op: u64, reason: u32) {
        match (&self.code, handle) {
            (Code::Here(table), Raw::Here(handle)) => {
                if let Some(cancel) = table.cancel {
                    // SAFETY: a handle that is open.
                    unsafe { cancel(handle, op, reason) }
                }
            }
            (Code::Child(child), Raw::Child { handle, life }) => child.cancel(life, handle, op, reason),
            _ => {}
        }
    }

    /// Closes a handle: once, with nobody inside. May block.
    pub(crate) fn close(&self, handle: Raw) {
        match (&self.code, handle) {
            (Code::Here(table), Raw::Here(handle)) => {
                if let Some(close) = table.close {
                    // SAFETY: the caller closes it once, after everything else.
                    unsafe { close(handle) }
                }
            }
            (Code::Child(child), Raw::Child { handle, life }) => child.close(life, handle),
            _ => {}
        }
    }
}

/// A status, and `{"message": …}`.
pub(crate) type Refusal = (LariatStatus, Vec<u8>);

/// A copy of bytes that a library gave, which gets them back.
fn take(table: &LariatPlugin, bytes: LariatBytes) -> Vec<u8> {
    // SAFETY: what the library just gave, and which is its own until `free`.
    let copy = unsafe { bytes.as_slice() }.to_vec();
    if let Some(free) = table.free
        && !copy.is_empty()
    {
        // SAFETY: as it was given, once.
        unsafe { free(bytes) }
    }
    copy
}

/// # Safety
/// The bytes are valid.
unsafe fn text(bytes: LariatBytes) -> Option<String> {
    // SAFETY: the caller's promise.
    std::str::from_utf8(unsafe { bytes.as_slice() }).ok().map(str::to_owned)
}

/// The message of an answer that is an error.
pub(crate) fn said(answer: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Message {
        message: String,
        #[serde(default)]
        detail: Option<String>,
    }
    match serde_json::from_slice::<Message>(answer) {
        Ok(Message { message, detail: None }) => message,
        Ok(Message { message, detail: Some(detail) }) => format!("{message}\n{detail}"),
        Err(_) if answer.is_empty() => "it gave no reason".into(),
        Err(_) => format!("it gave a reason that isn't {{\"message\": …}} ({} bytes)", answer.len()),
    }
}

fn cause(error: &libloading::Error) -> String {
    use std::error::Error;
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}
