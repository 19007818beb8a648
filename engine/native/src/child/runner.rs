//! The child: maps the library, and is a host to it that hands everything on.

use std::collections::HashMap;
use std::ffi::c_void;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lariat_abi::{
    LARIAT_CAN_ASYNC, LARIAT_CANCEL, LARIAT_FAILED, LARIAT_OK, LariatBytes, LariatHost, LariatSink,
    LariatStatus,
};
use parking_lot::Mutex;
use serde_json::json;

use super::awake::Awake;
use super::frame::{Frame, Kind};
use super::limits::ProcessLimits;
use super::threads::aside;
use crate::call::wait;
use crate::load::{Library, Raw};

/// The child's side of everything; lives as long as the process.
struct Link {
    out: Mutex<UnixStream>,
    /// The operations that are under way, and what they were told.
    told: Mutex<HashMap<u64, u32>>,
    asked: Mutex<HashMap<u64, Sink>>,
    next: AtomicU64,
    table: LariatHost,
    limits: ProcessLimits,
}

/// Where an answer goes.
struct Sink(LariatSink, *mut c_void);

// SAFETY: the plugin's sink, which takes its pointer on any thread.
unsafe impl Send for Sink {}

impl Link {
    fn send(&self, frame: &Frame) {
        #[cfg(target_os = "linux")]
        if super::watch::is_ending() {
            return;
        }
        if let Err(error) = frame.write(&mut *self.out.lock()) {
            if error.kind() == io::ErrorKind::InvalidInput {
                let told = json!({"message": error.to_string()}).to_string();
                let _ = Frame::new(frame.kind, frame.id, frame.other)
                    .with(LARIAT_FAILED, told)
                    .write(&mut *self.out.lock());
                return;
            }
            // The engine is gone, and with it all reason to be here.
            std::process::exit(1);
        }
    }
}

/// Runs the library in `file` for the process `parent`, over the socket that is this process's
/// standard input, within `limits` as the engine wrote them. Returns when it can't be run; ends
/// the process when the engine is gone.
///
/// # Errors
/// When the engine is gone, or the limits can't be kept.
pub fn run(file: &Path, parent: u32, limits: Option<&str>) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{
            Resource, Rlimit, Signal, getppid, set_parent_process_death_signal, setrlimit,
        };
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // It may have gone before that was said.
        let now = getppid().map(|pid| pid.as_raw_nonzero().get().unsigned_abs());
        if now != Some(parent) {
            return Err(io::Error::other("the engine that started this is gone"));
        }
        // What a crash leaves may hold secrets.
        setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    }
    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let outgoing = socket.try_clone()?;
    let table = LariatHost {
        size: size_of::<LariatHost>(),
        data: std::ptr::null_mut(),
        complete: Some(complete),
        call: Some(call),
        call_wait: Some(call_wait),
        cancelled: Some(cancelled),
    };
    let limits: ProcessLimits = limits.map_or_else(|| Ok(ProcessLimits::default()), serde_json::from_str)?;
    let held = limits.hold();
    let link: &'static mut Link = Box::leak(Box::new(Link {
        out: Mutex::new(outgoing),
        told: Mutex::default(),
        asked: Mutex::default(),
        next: AtomicU64::new(1),
        table,
        limits,
    }));
    let data: *mut Link = link;
    link.table.data = data.cast();
    let link: &'static Link = link;
    if let Err(error) = held {
        let why = format!("{}: its limits can't be kept on this system: {error}", file.display());
        link.send(&Frame::new(Kind::Hello, 0, 0).with(LARIAT_FAILED, why));
        return Ok(());
    }
    let library = match Library::map(file, file).and_then(|it| it.describe_raw(file).map(|said| (it, said))) {
        Ok((library, described)) => {
            let hello = json!({
                "id": library.id, "version": library.version, "major": library.abi.0, "minor": library.abi.1,
                "capabilities": library.capabilities,
            });
            link.send(&Frame::new(Kind::Hello, 0, 0).asking(hello.to_string(), described));
            Arc::new(library)
        }
        Err(error) => {
            link.send(&Frame::new(Kind::Hello, 0, 0).with(LARIAT_FAILED, error.to_string()));
            return Ok(());
        }
    };
    let handles: Arc<Mutex<HashMap<u64, Raw>>> = Arc::default();
    // Who answers at once is asked again at once, as a rule.
    let mut incoming: Box<dyn io::Read> = if library.capabilities & LARIAT_CAN_ASYNC == 0 {
        Box::new(io::BufReader::new(socket))
    } else {
        Box::new(io::BufReader::new(Awake::new(socket)))
    };
    loop {
        // The end of the socket is the end of the engine, or of its interest.
        let frame = Frame::read(&mut incoming)?;
        serve(link, &library, &handles, frame)?;
    }
}

fn serve(
    link: &'static Link,
    library: &Arc<Library>,
    handles: &Arc<Mutex<HashMap<u64, Raw>>>,
    frame: Frame,
) -> io::Result<()> {
    let handle = handles.lock().get(&frame.other).copied();
    match frame.kind {
        Kind::Open => {
            let (library, handles) = (library.clone(), handles.clone());
            aside(move || {
                let reply = Frame::new(Kind::Opened, frame.id, frame.id);
                match library.open(&link.table, &frame.payload) {
                    Ok(raw) => {
                        handles.lock().insert(frame.id, raw);
                        link.send(&reply);
                    }
                    Err((status, said)) => link.send(&reply.with(status, said)),
                }
            })
        }
        Kind::Call => {
            let idle = {
                let mut told = link.told.lock();
                told.insert(frame.id, 0);
                told.len() == 1
            };
            if idle {
                link.limits.renew_cpu();
            }
            let Some(handle) = handle else {
                end(link, frame.id, LARIAT_FAILED, br#"{"message": "it isn't open"}"#);
                return Ok(());
            };
            let at_once = library.capabilities & LARIAT_CAN_ASYNC != 0;
            let library = library.clone();
            let go = move || {
                let method = String::from_utf8_lossy(&frame.method);
                if let Err((status, said)) = library.call(handle, frame.id, &method, &frame.payload) {
                    end(link, frame.id, status, &said);
                }
            };
            if at_once {
                go();
                Ok(())
            } else {
                aside(go)
            }
        }
        Kind::Cancel => {
            let reason = frame.status.unsigned_abs();
            if let Some(told) = link.told.lock().get_mut(&frame.id) {
                *told = reason.max(*told);
            }
            if let Some(handle) = handle {
                library.cancel(handle, frame.id, reason);
            }
            Ok(())
        }
        Kind::Close => {
            let closing = handles.lock().remove(&frame.other);
            let library = library.clone();
            match closing {
                Some(handle) => aside(move || library.close(handle)),
                None => Ok(()),
            }
        }
        Kind::Answer => {
            let sink = link.asked.lock().remove(&frame.id);
            if let Some(Sink(Some(sink), user)) = sink {
                // SAFETY: the plugin's sink with what it gave along, once.
                unsafe { sink(user, frame.status, LariatBytes::of(&frame.payload)) }
            }
            Ok(())
        }
        Kind::Hello | Kind::Opened | Kind::Complete | Kind::Ask => Ok(()),
    }
}

fn end(link: &Link, op: u64, status: LariatStatus, payload: &[u8]) {
    link.told.lock().remove(&op);
    link.limits.renew_cpu();
    link.send(&Frame::new(Kind::Complete, op, 0).with(status, payload));
}

/// # Safety
/// `host` is the table of a [`Link`].
unsafe fn link(host: *const LariatHost) -> &'static Link {
    // SAFETY: the table and its link live as long as the process.
    unsafe { &*(*host).data.cast_const().cast::<Link>() }
}

unsafe extern "C" fn complete(host: *const LariatHost, op: u64, status: LariatStatus, payload: LariatBytes) {
    // SAFETY: a plugin calls with the table that it stands in, and bytes valid until the return.
    let (link, payload) = unsafe { (link(host), payload.as_slice()) };
    end(link, op, status, payload);
}

unsafe extern "C" fn call(
    host: *const LariatHost,
    op: u64,
    method: LariatBytes,
    payload: LariatBytes,
    sink: LariatSink,
    user: *mut c_void,
) {
    // SAFETY: as for `complete`.
    let (link, method, payload) = unsafe { (link(host), method.as_slice(), payload.as_slice()) };
    let id = if sink.is_some() { link.next.fetch_add(1, Ordering::Relaxed) } else { 0 };
    if id != 0 {
        link.asked.lock().insert(id, Sink(sink, user));
    }
    link.send(&Frame::new(Kind::Ask, id, op).asking(method, payload));
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
    unsafe { link(host) }.told.lock().get(&op).copied().unwrap_or(LARIAT_CANCEL)
}

/// What an operation that went well has for a status.
const _: () = assert!(LARIAT_OK == 0);
