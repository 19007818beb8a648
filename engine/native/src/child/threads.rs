//! Threads that may be blocked: kept for a while, since calls come more often than threads are
//! worth making.

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

use parking_lot::Mutex;

/// How long one waits for more to do.
const PATIENCE: Duration = Duration::from_secs(10);

type Work = Box<dyn FnOnce() + Send>;

/// Those that have nothing to do, the last one on top.
static IDLE: Mutex<Vec<Sender<Work>>> = Mutex::new(Vec::new());

/// Does this on a thread of its own.
pub(super) fn aside(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let mut work: Work = Box::new(work);
    loop {
        let idle = IDLE.lock().pop();
        let Some(idle) = idle else { break };
        match idle.send(work) {
            Ok(()) => return Ok(()),
            // It had just given up waiting.
            Err(back) => work = back.0,
        }
    }
    std::thread::Builder::new().name("plugin-call".into()).spawn(move || serve(work)).map(drop)
}

fn serve(mut work: Work) {
    loop {
        work();
        let (sender, receiver) = mpsc::channel();
        IDLE.lock().push(sender);
        work = match receiver.recv_timeout(PATIENCE) {
            Ok(more) => more,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
        };
    }
}

#[cfg(test)]
mod tests {
    use std::thread::{ThreadId, current};

    use super::*;

    #[test]
    fn what_blocks_stands_in_nobodys_way_and_threads_are_used_again() {
        let (told, ran) = mpsc::channel::<ThreadId>();
        let run = |wait: Option<mpsc::Receiver<()>>| {
            let told = told.clone();
            aside(move || {
                told.send(current().id()).unwrap();
                let _ = wait.map(|wait| wait.recv());
            })
            .unwrap();
            ran.recv().unwrap()
        };
        let (go, wait) = mpsc::channel();
        let blocked = run(Some(wait));
        assert_ne!(run(None), blocked);
        go.send(()).unwrap();
        let mut seen = std::collections::HashSet::from([blocked]);
        // One after the other, so that sooner or later one comes back.
        while seen.insert(run(None)) {}
    }
}
