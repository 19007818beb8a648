//! What a program prints, within limits.

use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lariat_sdk::{Context, Level, Result};

use crate::process::thread;

/// So much of the standard output is kept.
const MOST_KEPT: u64 = 1 << 20;
/// So long a line of the standard error gets.
const LONGEST_LINE: u64 = 4096;
/// So many lines of it are logged.
const MOST_LINES: usize = 1000;
/// A process that left the group may hold the pipe for ever; what is there by then counts.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What was printed.
#[derive(Default, Clone)]
pub(crate) struct Printed {
    /// All of the standard output; the last line of the standard error that isn't empty.
    pub(crate) text: String,
    /// There was more than is kept.
    pub(crate) too_much: bool,
}

/// A pipe that is being read.
pub(crate) struct Stream {
    printed: Arc<Mutex<Printed>>,
    over: Receiver<()>,
}

impl Stream {
    /// Keeps what comes.
    pub(crate) fn kept(pipe: Option<impl Read + Send + 'static>) -> Result<Self> {
        Self::read(pipe, |pipe, printed| {
            let mut bytes = Vec::new();
            let read = pipe.by_ref().take(MOST_KEPT).read_to_end(&mut bytes);
            lock(printed).text = String::from_utf8_lossy(&bytes).into_owned();
            // The rest is read too, or the program would hang.
            if read.is_ok() && std::io::copy(pipe, &mut std::io::sink()).is_ok_and(|more| more > 0) {
                lock(printed).too_much = true;
            }
        })
    }

    /// Logs each line.
    pub(crate) fn logged(pipe: Option<impl Read + Send + 'static>, ctx: &Context) -> Result<Self> {
        let ctx = ctx.clone();
        Self::read(pipe, move |pipe, printed| {
            let mut lines = 0;
            let mut line = Vec::new();
            while pipe.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                line.clear();
                if text.is_empty() {
                    continue;
                }
                lines += 1;
                match lines {
                    ..=MOST_LINES => ctx.log(Level::Info, &text),
                    _ if !lock(printed).too_much => {
                        ctx.log(Level::Warn, format!("only the first {MOST_LINES} lines are logged"));
                        lock(printed).too_much = true;
                    }
                    _ => {}
                }
                lock(printed).text = text;
            }
        })
    }

    fn read<P: Read + Send + 'static>(
        pipe: Option<P>,
        work: impl FnOnce(&mut BufReader<P>, &Mutex<Printed>) + Send + 'static,
    ) -> Result<Self> {
        let (printed, (sender, over)) = (Arc::<Mutex<Printed>>::default(), channel());
        let into = printed.clone();
        if let Some(pipe) = pipe {
            thread("shell-pipe", move || {
                work(&mut BufReader::new(pipe), &into);
                let _ = sender.send(());
            })?;
        }
        Ok(Self { printed, over })
    }

    /// Waits for its end.
    pub(crate) fn end(self) -> Printed {
        let _ = self.over.recv_timeout(LAST_WORDS);
        lock(&self.printed).clone()
    }
}

fn lock(printed: &Mutex<Printed>) -> MutexGuard<'_, Printed> {
    printed.lock().unwrap_or_else(PoisonError::into_inner)
}
