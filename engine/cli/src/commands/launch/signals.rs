//! Ctrl-C, SIGTERM, and the terminal's hanging up: the first lets bots finish their account, the second ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lariat_core::launch::StopMode;
use lariat_core::orchestrator::Orchestrator;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use crate::progress::Screen;

/// What is said at the first signal, and at the second.
pub const STOPPING: [&str; 2] = [
    "stopping: bots finish their account; press Ctrl-C again to stop at once\n",
    "stopping at once; unfinished accounts are returned\n",
];

/// Watches for signals while launches run.
pub struct Signals {
    task: JoinHandle<()>,
    interrupted: Arc<AtomicBool>,
}

impl Signals {
    /// Ends the watch; whether anybody interrupted.
    pub fn finish(self) -> bool {
        self.task.abort();
        self.interrupted.load(Ordering::SeqCst)
    }
}

/// Begins to watch.
pub fn drain_then_force(orchestrator: Orchestrator, screen: Screen) -> Signals {
    let interrupted = Arc::new(AtomicBool::new(false));
    let seen = interrupted.clone();
    let task = tokio::spawn(async move {
        let (Ok(mut ctrl_c), Ok(mut term), Ok(mut hang_up)) =
            (signal(SignalKind::interrupt()), signal(SignalKind::terminate()), signal(SignalKind::hangup()))
        else {
            return; // Without handlers a signal ends the process, and the next start returns its leases.
        };
        for (mode, what) in [StopMode::Drain, StopMode::Force].into_iter().zip(STOPPING) {
            tokio::select! {
                _ = ctrl_c.recv() => {}
                _ = term.recv() => {}
                _ = hang_up.recv() => {}
            }
            seen.store(true, Ordering::SeqCst);
            // First the deed, then the word: a terminal may be stopped.
            orchestrator.stop_all(mode);
            let screen = screen.clone();
            std::thread::spawn(move || screen.print(what.as_bytes()));
        }
    });
    Signals { task, interrupted }
}

/// Ctrl-C and SIGTERM, one after another.
pub struct Interrupts(Option<(tokio::signal::unix::Signal, tokio::signal::unix::Signal)>);

impl Interrupts {
    /// From now on; where there can be none, none comes.
    pub fn listen() -> Self {
        let both = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
        Self(if let (Ok(ctrl_c), Ok(term)) = both { Some((ctrl_c, term)) } else { None })
    }

    /// The next one.
    pub async fn next(&mut self) {
        let Some((ctrl_c, term)) = &mut self.0 else { return std::future::pending().await };
        tokio::select! {
            _ = ctrl_c.recv() => {}
            _ = term.recv() => {}
        }
    }
}

/// Waits for Ctrl-C.
pub async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
