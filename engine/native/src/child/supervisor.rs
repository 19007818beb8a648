//! The engine's side of a child: starts it, takes its answers, ends what it leaves behind.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Duration;

use lariat_abi::{LARIAT_ABI_MAJOR, LARIAT_OK, LARIAT_UNAVAILABLE, LariatStatus};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::Runner;
use super::awake::{self, Moments};
use super::ending::words;
use super::frame::{Frame, Kind};
use super::limits::ProcessLimits;
use super::record::Record;
use crate::NativeError;
use crate::host::{Answer, HostSide, Reply};
use crate::load::{ID, Raw, is_id};
use crate::options::Restarts;

#[cfg(feature = "test-support")]
pub mod hostile;

/// How long the engine waits for a child to take what it is sent.
const PATIENCE: Duration = Duration::from_secs(5);
/// So many bytes are sent at once, if there is room for them.
const AT_ONCE: usize = 4096;
/// How long a child may take to say what it is.
const UP: Duration = Duration::from_secs(30);

/// What a child says first.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Hello {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) major: u32,
    pub(crate) minor: u32,
    pub(crate) capabilities: u64,
}

/// A plugin's child, and the ones before it.
pub(crate) struct Supervisor {
    runner: Runner,
    copy: PathBuf,
    original: PathBuf,
    quarantine: PathBuf,
    limits: ProcessLimits,
    restarts: Restarts,
    host: OnceLock<&'static HostSide>,
    state: Mutex<State>,
    /// Held by whoever starts a child, so that there is one.
    starting: Mutex<()>,
    quick: Moments,
}

#[derive(Default)]
struct State {
    /// Counts the children, from 1.
    life: u64,
    child: Option<Alive>,
    record: Record,
    quarantined: bool,
    /// Nobody needs it any more: its end is no death.
    retired: bool,
    next: u64,
    opening: HashMap<u64, mpsc::Sender<Frame>>,
    /// Operations that were given up and haven't ended: a child that hangs in one is ended.
    given_up: HashMap<u64, u64>,
}

struct Alive {
    out: Arc<Mutex<UnixStream>>,
    incoming: Arc<Mutex<Incoming>>,
    child: Arc<Mutex<Child>>,
}

/// What a child sends. Whoever has the lock takes whole frames, and what they say.
type Incoming = io::BufReader<UnixStream>;

/// What a child sends, the child, and when it began.
type Spawned = (Arc<Mutex<Incoming>>, Arc<Mutex<Child>>, Instant);

type Refusal = (LariatStatus, Vec<u8>);

/// Sends what there is room for, and tells how much.
fn send_now(out: &UnixStream, bytes: &[u8]) -> usize {
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    // SAFETY: a socket that is open, and bytes that are valid during the call.
    let sent = unsafe { libc::send(out.as_raw_fd(), bytes.as_ptr().cast(), bytes.len(), flags) };
    usize::try_from(sent).unwrap_or(0)
}

/// What lies in a socket.
enum Heard {
    Nothing,
    /// How an operation ended, whole.
    Answer(Frame),
    Other,
}

/// Takes an answer, if one has come that is short and there as a whole. Doesn't wait.
fn answer_in(incoming: &mut Incoming) -> Heard {
    let mut bytes = [0; AT_ONCE];
    let Some(there) = awake::peek(incoming.get_ref(), &mut bytes) else { return Heard::Nothing };
    let is_answer = bytes.first() == Some(&(Kind::Complete as u8)) && incoming.buffer().is_empty();
    let length = Frame::length(bytes.get(..there).unwrap_or_default());
    let whole = length.filter(|length| is_answer && *length <= there);
    // Exactly so much is taken, so that the next frame begins where the other reader looks.
    let Some(bytes) = whole.and_then(|length| bytes.get_mut(..length)) else { return Heard::Other };
    let read = incoming.get_mut().read_exact(bytes).and_then(|()| Frame::read(&mut &*bytes));
    read.map_or(Heard::Other, Heard::Answer)
}

fn refusal(message: impl Into<String>) -> Refusal {
    (LARIAT_UNAVAILABLE, json!({"message": message.into()}).to_string().into_bytes())
}

impl Supervisor {
    /// Starts the first child, which says what it is.
    pub(crate) fn start(
        runner: Runner,
        copy: PathBuf,
        original: PathBuf,
        quarantine: PathBuf,
        limits: ProcessLimits,
        restarts: Restarts,
    ) -> Result<(Arc<Self>, Hello, Vec<u8>), NativeError> {
        let failed = |what: String| NativeError::Incomplete { library: original.clone(), what };
        let supervisor = Arc::new(Self {
            runner,
            copy,
            original: original.clone(),
            quarantine,
            limits,
            restarts,
            host: OnceLock::new(),
            state: Mutex::default(),
            starting: Mutex::default(),
            quick: Moments::default(),
        });
        let hello = supervisor.begin().map_err(|error| failed(error.to_string()))?;
        if hello.status != LARIAT_OK {
            // The child names the copy; people know the original.
            let (copy, known) = (supervisor.copy.display().to_string(), original.display().to_string());
            let why = String::from_utf8_lossy(&hello.payload).replace(&copy, &known);
            return Err(NativeError::InChild { why });
        }
        let said: Hello = serde_json::from_slice(&hello.method).map_err(|error| failed(error.to_string()))?;
        // What says so may be the library itself, before its descriptor was looked at.
        if !is_id(&said.id) || said.major != LARIAT_ABI_MAJOR {
            supervisor.retire();
            let (id, major) = (said.id, said.major);
            return Err(failed(format!(
                "its process says that its ABI is {major}, not {LARIAT_ABI_MAJOR}, or has the id {id:?}; {ID}"
            )));
        }
        Ok((supervisor, said, hello.payload))
    }

    /// Whose operations these are.
    pub(crate) fn serve(&self, host: &'static HostSide) {
        let _ = self.host.set(host);
    }

    /// How long to wait before another child is started.
    pub(crate) fn pause(&self) -> Duration {
        let state = self.state.lock();
        if state.child.is_some() { Duration::ZERO } else { state.record.pause(Instant::now()) }
    }

    /// Whether the child that gave a handle still lives.
    pub(crate) fn lives(&self, life: u64) -> bool {
        let state = self.state.lock();
        state.child.is_some() && state.life == life
    }

    /// How often its child died in a row, and whether it isn't started any more.
    pub(crate) fn told(&self) -> (u32, bool) {
        let state = self.state.lock();
        (state.record.in_a_row(), state.quarantined)
    }

    /// How often its child died since the engine began.
    pub(crate) fn deaths(&self) -> u64 {
        self.state.lock().record.in_all()
    }

    /// How many operations were given up and haven't ended.
    pub(crate) fn hanging(&self) -> u64 {
        self.state.lock().given_up.len() as u64
    }

    /// Opens an extension in the child, which is started if there is none. Blocks.
    pub(crate) fn open(self: &Arc<Self>, request: &[u8]) -> Result<(u64, u64), Refusal> {
        if self.state.lock().quarantined {
            return Err(refusal(
                "its process died too often, and isn't started any more; correct the plugin, then `lariat plugin lift`",
            ));
        }
        {
            let _one = self.starting.lock();
            if self.state.lock().child.is_none() {
                self.begin().map_err(|error| refusal(error.to_string()))?;
            }
        }
        let (sender, receiver) = mpsc::channel();
        let (id, life) = {
            let mut state = self.state.lock();
            state.next += 1;
            let id = state.next;
            state.opening.insert(id, sender);
            (id, state.life)
        };
        self.send(life, &Frame::new(Kind::Open, id, 0).asking("", request))?;
        // Its death ends the wait: it drops the other end.
        let opened = receiver.recv().map_err(|_| refusal("its process ended while it opened"))?;
        if opened.status == LARIAT_OK { Ok((id, life)) } else { Err((opened.status, opened.payload)) }
    }

    pub(crate) fn call(
        &self,
        life: u64,
        handle: u64,
        op: u64,
        method: &str,
        payload: &[u8],
    ) -> Result<(), Refusal> {
        self.send(life, &Frame::new(Kind::Call, op, handle).asking(method, payload))
    }

    /// The same from a thread that mustn't wait: whether the question could be sent at once. If
    /// not, nothing of it was.
    pub(crate) fn called_at_once(&self, handle: Raw, op: u64, method: &str, payload: &[u8]) -> bool {
        let Raw::Child { handle, life } = handle else { return false };
        if payload.len() > AT_ONCE {
            return false;
        }
        let out = {
            let state = self.state.lock();
            state.child.as_ref().filter(|_| state.life == life).map(|alive| alive.out.clone())
        };
        let frame = Frame::new(Kind::Call, op, handle).asking(method, payload).bytes();
        let (Some(out), Ok(frame)) = (out, frame) else { return false };
        let Some(mut out) = out.try_lock() else { return false };
        match send_now(&out, &frame) {
            0 => false,
            sent if sent == frame.len() => true,
            // The system takes so little whole, or not at all; but it may do otherwise.
            sent => {
                if out.write_all(frame.get(sent..).unwrap_or_default()).is_err() {
                    self.kill();
                }
                true
            }
        }
    }

    pub(crate) fn cancel(&self, life: u64, handle: u64, op: u64, reason: u32) {
        let frame = Frame::new(Kind::Cancel, op, handle).with(i32::try_from(reason).unwrap_or(i32::MAX), "");
        let _ = self.send(life, &frame);
    }

    pub(crate) fn close(&self, life: u64, handle: u64) {
        let _ = self.send(life, &Frame::new(Kind::Close, 0, handle));
    }

    /// Notes an operation that was given up.
    pub(crate) fn gave_up(&self, life: u64, op: u64) {
        self.state.lock().given_up.insert(op, life);
    }

    /// Ends the child if it still hangs in an operation that was given up.
    pub(crate) fn end_if_it_hangs(&self, op: u64) {
        let hanging = {
            let state = self.state.lock();
            let life = state.given_up.get(&op).copied();
            life.is_some_and(|life| life == state.life)
        };
        if hanging {
            tracing::warn!(
                "{}: its process hangs in a call that was given up; it is ended",
                self.original.display()
            );
            self.kill();
        }
    }

    /// Ends the child, and starts no other until it is lifted.
    pub(crate) fn bar(&self) {
        self.state.lock().quarantined = true;
        self.kill();
    }

    /// Lets a child be started again.
    pub(crate) fn lift(&self) {
        let mut state = self.state.lock();
        state.quarantined = false;
        state.record.forgive();
    }

    /// Ends the child for good.
    pub(crate) fn retire(&self) {
        self.state.lock().retired = true;
        self.kill();
    }

    fn kill(&self) {
        let child = self.state.lock().child.as_ref().map(|alive| alive.child.clone());
        if let Some(child) = child {
            let _ = child.lock().kill();
        }
    }

    fn send(&self, life: u64, frame: &Frame) -> Result<(), Refusal> {
        let out = {
            let state = self.state.lock();
            let alive = state.child.as_ref().filter(|_| state.life == life);
            alive.map(|alive| alive.out.clone()).ok_or_else(|| refusal("its process has ended"))?
        };
        let written = frame.write(&mut *out.lock());
        written.map_err(|error| {
            if error.kind() == io::ErrorKind::InvalidInput {
                return refusal(error.to_string());
            }
            // Half a frame may be out: nothing that follows would make sense.
            self.kill();
            refusal(format!("its process takes nothing any more: {error}"))
        })
    }

    /// Starts a child, from a thread that lives as long as it does: the system ends a child
    /// with the thread that started it.
    fn begin(self: &Arc<Self>) -> io::Result<Frame> {
        let (sender, up) = mpsc::channel();
        let supervisor = self.clone();
        let thread = std::thread::Builder::new().name("plugin-child".into());
        thread.spawn(move || supervisor.attend(&sender))?;
        match up.recv_timeout(UP) {
            Ok(hello) => hello,
            Err(_) => {
                self.kill();
                Err(io::Error::other("its process didn't say what it is"))
            }
        }
    }

    /// After a question: waits awake for a moment, and takes the answers that come meanwhile, so
    /// that a quick one wakes no thread on its way.
    pub(crate) fn hear_now(&self, life: u64, answered: impl Fn() -> bool) {
        let incoming = {
            let state = self.state.lock();
            state.child.as_ref().filter(|_| state.life == life).map(|alive| alive.incoming.clone())
        };
        let Some(incoming) = incoming else { return };
        self.quick.look(|| {
            if answered() {
                return Some(());
            }
            // Its own thread is at it.
            let mut incoming = incoming.try_lock()?;
            match answer_in(&mut incoming) {
                Heard::Nothing => None,
                // It may take time, or is no answer: left to the thread that has time.
                Heard::Other => Some(()),
                Heard::Answer(frame) => {
                    self.completed(frame);
                    None
                }
            }
        });
    }

    fn attend(self: &Arc<Self>, up: &mpsc::Sender<io::Result<Frame>>) {
        let (incoming, child, began) = match self.spawn() {
            Ok(spawned) => spawned,
            Err(error) => {
                let _ = up.send(Err(io::Error::other(format!("its process can't be started: {error}"))));
                return;
            }
        };
        self.listen(&incoming, up);
        let _ = child.lock().kill();
        let ended = child.lock().wait();
        let why = format!(
            "its process {}",
            ended.map_or_else(|error| error.to_string(), |status| words(status, &self.limits))
        );
        self.buried(&why, began);
        let _ = up.send(Err(io::Error::other(why)));
    }

    /// Takes what a child sends, until it ends or makes no sense any more.
    fn listen(self: &Arc<Self>, incoming: &Mutex<Incoming>, up: &mpsc::Sender<io::Result<Frame>>) {
        let Ok(socket) = incoming.lock().get_ref().try_clone() else { return };
        let mut first = true;
        // Slept without the lock, so that callers can look for themselves.
        while awake::sleep(&socket) {
            let mut incoming = incoming.lock();
            // A caller may have been faster.
            if awake::peek(&socket, &mut [0]).is_none() {
                continue;
            }
            loop {
                if !self.hear(&mut *incoming, &mut first, up) {
                    return;
                }
                if incoming.buffer().is_empty() {
                    break;
                }
            }
        }
    }

    /// Takes one frame; whether there may be more.
    fn hear(
        self: &Arc<Self>,
        incoming: &mut impl io::Read,
        first: &mut bool,
        up: &mpsc::Sender<io::Result<Frame>>,
    ) -> bool {
        match Frame::read(incoming) {
            Ok(hello) if *first && hello.kind == Kind::Hello => {
                *first = false;
                let _ = up.send(Ok(hello));
                true
            }
            Ok(frame) if !*first => {
                self.take(frame);
                true
            }
            Ok(_) | Err(_) => false,
        }
    }

    fn spawn(&self) -> io::Result<Spawned> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_write_timeout(Some(PATIENCE))?;
        let mut command = Command::new(&self.runner.program);
        command.args(&self.runner.arguments).arg(&self.copy).arg(std::process::id().to_string());
        if self.limits != ProcessLimits::default() {
            command.arg(serde_json::to_string(&self.limits)?);
        }
        let child = command
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let child = Arc::new(Mutex::new(child));
        let incoming = Arc::new(Mutex::new(io::BufReader::new(ours.try_clone()?)));
        let mut state = self.state.lock();
        state.life += 1;
        state.child =
            Some(Alive { out: Arc::new(Mutex::new(ours)), incoming: incoming.clone(), child: child.clone() });
        Ok((incoming, child, Instant::now()))
    }

    fn take(self: &Arc<Self>, frame: Frame) {
        match frame.kind {
            Kind::Opened => {
                let waiting = self.state.lock().opening.remove(&frame.id);
                if let Some(waiting) = waiting {
                    let _ = waiting.send(frame);
                }
            }
            Kind::Complete => self.completed(frame),
            Kind::Ask => {
                let Some(host) = self.host.get() else { return };
                let (supervisor, life) = (self.clone(), self.state.lock().life);
                let id = frame.id;
                let answer = Answer::new(move |status, payload| {
                    if id != 0 {
                        let _ = supervisor.send(life, &Frame::new(Kind::Answer, id, 0).with(status, payload));
                    }
                });
                host.asked(frame.other, &String::from_utf8_lossy(&frame.method), &frame.payload, answer);
            }
            Kind::Hello | Kind::Open | Kind::Call | Kind::Cancel | Kind::Close | Kind::Answer => {}
        }
    }

    fn completed(&self, frame: Frame) {
        self.state.lock().given_up.remove(&frame.id);
        if let Some(host) = self.host.get() {
            host.end(frame.id, Reply { status: frame.status, payload: frame.payload });
        }
    }

    /// What a child leaves: calls that fail in a way that may be tried again.
    fn buried(&self, why: &str, began: Instant) {
        let (too_often, deaths) = {
            let mut state = self.state.lock();
            state.child = None;
            state.opening.clear();
            state.given_up.clear();
            if state.retired {
                return;
            }
            let now = Instant::now();
            let too_often = state.record.died(now, now.saturating_duration_since(began), &self.restarts);
            state.quarantined |= too_often;
            (too_often, state.record.in_a_row())
        };
        let original = self.original.display();
        tracing::warn!(deaths, "{original}: {why}; what it worked on is given back");
        if too_often {
            tracing::error!(
                "{original}: its process died {deaths} times in a row, and isn't started any more; correct it, then `lariat plugin lift`"
            );
            if let Err(error) = std::fs::write(&self.quarantine, format!("{why}; {deaths} times in a row\n"))
            {
                tracing::warn!("{}: {error}", self.quarantine.display());
            }
        }
        if let Some(host) = self.host.get() {
            host.end_all(LARIAT_UNAVAILABLE, why);
        }
    }
}
