//! `lariat launch --events`: each event as one JSON object a line, as it happens.

use std::io::Write;

use lariat_core::event::{EventBus, Received, Subscription};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Prints the events of a bus from its start on.
pub struct Printer {
    task: JoinHandle<()>,
    over: CancellationToken,
}

impl Printer {
    /// Begins to print.
    pub fn start(events: &EventBus) -> Self {
        let over = CancellationToken::new();
        // On a thread that may block: a reader that is slow, or doesn't read at all, holds
        // nobody up but itself.
        let (engine, printing) = (tokio::runtime::Handle::current(), print(events.subscribe(), over.clone()));
        let task = tokio::task::spawn_blocking(move || engine.block_on(printing));
        Self { task, over }
    }

    /// Prints what is still on the way, and ends.
    pub async fn finish(self) {
        self.over.cancel();
        // A task that panicked has printed what it could.
        drop(self.task.await);
    }
}

async fn print(mut events: Subscription, over: CancellationToken) {
    let mut out = std::io::BufWriter::with_capacity(1 << 16, std::io::stdout());
    loop {
        // Asked first: what was told before the end is still printed, however long the
        // flushing takes.
        let over_already = over.is_cancelled();
        // Whatever waits is written before the buffer is flushed.
        let received = match events.try_next() {
            Some(received) => Some(received),
            None => {
                if out.flush().is_err() || over_already {
                    return;
                }
                tokio::select! {
                    received = events.next() => received,
                    () = over.cancelled() => continue,
                }
            }
        };
        let line = match received {
            Some(Received::Event(event)) => serde_json::to_string(&*event),
            Some(Received::Lost(count)) => {
                serde_json::to_string(&json!({"type": "events.lost", "count": count}))
            }
            None => return,
        };
        let Ok(line) = line else { continue };
        if writeln!(out, "{line}").is_err() {
            return; // The reader has left.
        }
    }
}
