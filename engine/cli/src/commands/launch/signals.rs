//! Ctrl-C and SIGTERM: the first lets bots finish their account, the second ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lariat_core::launch::StopMode;
use lariat_core::orchestrator::Orchestrator;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use crate::progress::Screen;

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
        let (Ok(mut ctrl_c), Ok(mut term)) =
            (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            return; // Without handlers a signal ends the process, and the next start returns its leases.
        };
        for (mode, what) in [
            (StopMode::Drain, "stopping: bots finish their account; press Ctrl-C again to stop at once"),
            (StopMode::Force, "stopping at once; unfinished accounts are returned"),
        ] {
            tokio::select! {
                _ = ctrl_c.recv() => {}
                _ = term.recv() => {}
            }
            seen.store(true, Ordering::SeqCst);
            screen.suspend(|| tell(what));
            orchestrator.stop_all(mode);
        }
    });
    Signals { task, interrupted }
}

#[allow(clippy::print_stderr)]
fn tell(what: &str) {
    eprintln!("{what}");
}
