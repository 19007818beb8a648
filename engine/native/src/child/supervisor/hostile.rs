//! The engine's side of a child that sends whatever it likes, without a process: for the fuzz
//! target `plugin_frames`.

use std::io::BufReader;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::{Arc, OnceLock, mpsc};

use lariat_core::kv::KeyValueStore;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::{Alive, Moments, Supervisor};
use crate::call::About;
use crate::child::frame::{Frame, Kind};
use crate::child::{ProcessLimits, Runner};
use crate::host::{Asker, HostSide};
use crate::options::Restarts;

/// How many operations are under way, with the ids from 1 on; and one request to open, 1.
pub const OPERATIONS: u64 = 3;

/// What became of what the engine waited for.
#[derive(Debug, PartialEq, Eq)]
pub struct Heard {
    /// The frames up to the first that couldn't be read.
    pub frames: Vec<Said>,
    /// Whether it said what it is, before anything else.
    pub hello: bool,
    /// The status of each operation.
    pub answers: Vec<i32>,
    /// The status of the request to open, if it was answered.
    pub opened: Option<i32>,
    /// How many answers came that nobody waited for.
    pub dropped: u64,
    /// The ids of what it asked that were answered.
    pub told: Vec<u64>,
}

/// One of its frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// How an operation ended.
    Complete(u64, i32),
    /// How a request to open ended.
    Opened(u64, i32),
    /// A question, by its number; 0 wants no answer.
    Ask(u64),
    /// Anything else.
    Other,
}

/// Takes these bytes as what a child sends, to its end. Within a tokio runtime.
///
/// # Panics
/// When an operation isn't answered.
#[expect(clippy::expect_used, reason = "for a fuzz target, which fails when a rule is broken")]
pub fn hear(bytes: &[u8], kv: Arc<dyn KeyValueStore>) -> Heard {
    let (ours, mut theirs) = UnixStream::pair().expect("a pair of sockets");
    let supervisor = Arc::new(of_nobody());
    let (sender, opened) = mpsc::channel();
    {
        let mut state = supervisor.state.lock();
        state.life = 1;
        let incoming = ours.try_clone().expect("another end of it");
        state.child = Some(Alive {
            out: Arc::new(Mutex::new(ours)),
            incoming: Arc::new(Mutex::new(BufReader::new(incoming))),
            child: a_process(),
        });
        state.opening.insert(1, sender);
    }
    let host = HostSide::new("hostile".into(), kv);
    supervisor.serve(host);
    let asker = Arc::new(Asker::new("Run".into()));
    let begun = |_| {
        let operation = host.operation(asker.clone(), About::default());
        host.begin(&operation);
        operation
    };
    let waiting: Vec<_> = (0..OPERATIONS).map(begun).collect();
    let reader = std::thread::spawn(move || {
        let mut told = Vec::new();
        while let Ok(Frame { kind: Kind::Answer, id, .. }) = Frame::read(&mut theirs) {
            told.push(id);
        }
        told
    });
    let (up, hello) = mpsc::channel();
    let (mut incoming, mut first) = (bytes, true);
    while supervisor.hear(&mut incoming, &mut first, &up) {}
    supervisor.buried("its process ended", Instant::now());
    // With the last one who could answer a question the reader ends.
    drop(supervisor);
    Heard {
        frames: frames(bytes),
        hello: hello.try_recv().is_ok(),
        answers: waiting.into_iter().map(|it| it.take().expect("an answer").status).collect(),
        opened: opened.try_recv().ok().map(|frame| frame.status),
        dropped: host.dropped(),
        told: reader.join().expect("the reader"),
    }
}

fn frames(mut bytes: &[u8]) -> Vec<Said> {
    let mut frames = Vec::new();
    while let Ok(frame) = Frame::read(&mut bytes) {
        frames.push(match frame.kind {
            Kind::Complete => Said::Complete(frame.id, frame.status),
            Kind::Opened => Said::Opened(frame.id, frame.status),
            Kind::Ask => Said::Ask(frame.id),
            _ => Said::Other,
        });
    }
    frames
}

fn of_nobody() -> Supervisor {
    Supervisor {
        runner: Runner { program: PathBuf::new(), arguments: Vec::new() },
        copy: PathBuf::new(),
        original: PathBuf::new(),
        quarantine: PathBuf::new(),
        limits: ProcessLimits::default(),
        restarts: Restarts::default(),
        host: OnceLock::new(),
        state: Mutex::default(),
        starting: Mutex::default(),
        quick: Moments::default(),
    }
}

/// What can be killed in the child's place.
#[expect(clippy::expect_used, reason = "as above")]
fn a_process() -> Arc<Mutex<Child>> {
    static PROCESS: OnceLock<Arc<Mutex<Child>>> = OnceLock::new();
    let spawn = || Arc::new(Mutex::new(Command::new("true").spawn().expect("the program `true`")));
    PROCESS.get_or_init(spawn).clone()
}
