//! Lines on their way to a reader who may be slow, or not read at all: a thread of its
//! own writes them, and what finds no room is dropped and counted. Nobody waits.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Most bytes that wait.
const ROOM: usize = 8 << 20;
/// How long the end waits for a reader who doesn't go on.
const PATIENCE: Duration = Duration::from_secs(1);

/// The lines that wait. Cheap to clone; all clones are the same queue.
#[derive(Clone, Default)]
pub struct Lines(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// There is something to write.
    more: Condvar,
    /// Something was written.
    written: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Vec<u8>>,
    bytes: usize,
    lost: u64,
    /// A line, or the word about lost ones, is just being written.
    writing: bool,
    /// How many were written.
    count: u64,
}

impl Lines {
    /// Starts the thread that writes. `lost` is the line about so many lost ones.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        mut write: impl FnMut(&[u8]) + Send + 'static,
        lost: fn(u64) -> String,
    ) -> std::io::Result<Self> {
        let lines = Self::default();
        let shared = lines.0.clone();
        std::thread::Builder::new().name("lariat-log".into()).spawn(move || {
            loop {
                let line = shared.next(lost);
                write(&line);
                shared.wrote();
            }
        })?;
        Ok(lines)
    }

    /// Takes a line, or drops it when there is no room.
    pub fn push(&self, line: &[u8]) {
        let mut state = self.0.lock();
        if state.bytes.saturating_add(line.len()) > ROOM {
            state.lost = state.lost.saturating_add(1);
        } else {
            state.bytes += line.len();
            state.waiting.push_back(line.to_vec());
        }
        drop(state);
        self.0.more.notify_one();
    }

    /// Waits until all is written; gives up, and says `false`, when the reader doesn't go on.
    pub fn flush(&self) -> bool {
        let mut state = self.0.lock();
        while !state.is_empty() {
            let count = state.count;
            let waited = self.0.written.wait_timeout(state, PATIENCE).unwrap_or_else(PoisonError::into_inner);
            state = waited.0;
            if waited.1.timed_out() && state.count == count {
                return state.is_empty();
            }
        }
        true
    }
}

impl State {
    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.lost == 0 && !self.writing
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for what to write next. Lines were lost behind all that found room.
    fn next(&self, lost: fn(u64) -> String) -> Vec<u8> {
        let mut state = self.lock();
        loop {
            let line = match state.waiting.pop_front() {
                Some(line) => {
                    state.bytes = state.bytes.saturating_sub(line.len());
                    Some(line)
                }
                None if state.lost > 0 => Some(lost(std::mem::take(&mut state.lost)).into_bytes()),
                None => None,
            };
            if let Some(line) = line {
                state.writing = true;
                return line;
            }
            state = self.more.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn wrote(&self) {
        let mut state = self.lock();
        state.writing = false;
        state.count += 1;
        drop(state);
        self.written.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn lost(count: u64) -> String {
        format!("{count} lost\n")
    }

    #[test]
    fn lines_are_written_in_order_and_flushed() {
        let (sender, written) = mpsc::channel();
        let lines = Lines::start(move |line| sender.send(line.to_vec()).unwrap(), lost).unwrap();
        for n in 0..1000 {
            lines.push(format!("{n}\n").as_bytes());
        }
        assert!(lines.flush());
        let all: Vec<u8> = written.try_iter().flatten().collect();
        let expected: String = (0..1000).map(|n| format!("{n}\n")).collect();
        assert_eq!(String::from_utf8(all).unwrap(), expected);
    }

    #[test]
    fn without_a_reader_nobody_waits_and_the_lost_are_counted() {
        let (go_on, gate) = mpsc::channel::<()>();
        let (sender, written) = mpsc::channel();
        let write = move |line: &[u8]| {
            // Closed gates stand open.
            let _ = gate.recv();
            sender.send(line.len()).unwrap();
        };
        let lines = Lines::start(write, lost).unwrap();
        let line = vec![b'x'; ROOM / 4];
        lines.push(b"first");
        // The first may be with the writer already; then there is room for all four.
        (0..10).for_each(|_| lines.push(&line));
        assert!(!lines.flush());
        drop(go_on);
        assert!(lines.flush());
        let lengths: Vec<usize> = written.try_iter().collect();
        let whole = lengths.iter().filter(|length| **length == line.len()).count();
        assert!(whole == 3 || whole == 4, "{lengths:?}");
        assert_eq!(*lengths.last().unwrap(), lost(10 - whole as u64).len());
    }
}
