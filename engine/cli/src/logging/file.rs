//! The log files of `lariat up`: what happens as JSON lines, in `.lariat/logs/lariat.jsonl`
//! and the full files before it. Lines wait until it is known where they go, and a thread of
//! its own writes them, so that a slow disk holds nobody up.

use std::io;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use lariat_workspace::rotating::{Keep, Rotating};
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use super::{Queued, json};
use crate::lines::Lines;

static FILES: OnceLock<Files> = OnceLock::new();

struct Files {
    lines: Lines,
    /// Tells the thread that writes where to.
    place: Sender<Rotating>,
    opened: AtomicBool,
}

/// A writer that never waits; none when the system gives no thread.
pub(super) fn writer() -> Option<BoxMakeWriter> {
    let (place, told) = channel();
    let mut scribe = Scribe { told, file: None, failing: false };
    let lost = |count| json::lost_to(count, "the disk is too slow");
    let lines = Lines::start(move |line| scribe.write(line), lost).ok()?;
    let files = FILES.get_or_init(|| Files { lines, place, opened: AtomicBool::new(false) });
    Some(BoxMakeWriter::new(|| Queued(files.lines.clone())))
}

/// Begins to write to `DIR/lariat.jsonl`, what was logged before too.
///
/// # Errors
/// What the system says.
pub fn open(dir: &Path, keep: Keep) -> io::Result<()> {
    let Some(files) = FILES.get() else { return Ok(()) };
    let file = Rotating::open(dir, "lariat", keep)?;
    if files.place.send(file).is_ok() {
        files.opened.store(true, Ordering::Release);
    }
    Ok(())
}

/// Waits for the lines that are on their way to a file; not for a disk that doesn't go on.
pub fn flush() {
    if let Some(files) = FILES.get().filter(|files| files.opened.load(Ordering::Acquire)) {
        files.lines.flush();
    }
}

/// Who writes.
struct Scribe {
    told: Receiver<Rotating>,
    file: Option<Rotating>,
    /// The last line couldn't be written.
    failing: bool,
}

impl Scribe {
    fn write(&mut self, line: &[u8]) {
        if self.file.is_none() {
            self.file = self.told.recv().ok();
        }
        let Some(file) = &mut self.file else { return };
        match file.write(line) {
            Ok(()) => self.failing = false,
            // This is for a file too, so that it is said once.
            Err(error) if !self.failing => {
                self.failing = true;
                tracing::error!(%error, "the log file can't be written");
            }
            Err(_) => {}
        }
    }
}
