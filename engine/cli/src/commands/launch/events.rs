//! `lariat launch --events`: each event as one JSON object a line, as it happens.
//!
//! A thread writes, so that a reader who doesn't read holds nobody up but himself; what
//! the bus drops meanwhile is told as `events.lost`.

use std::io::Write;

use jiff::Timestamp;
use lariat_core::event::{EventBus, Received, Subscription};
use serde_json::json;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::output::note_failure;

/// Lines between the bus and the writer.
const LINES: usize = 1024;

/// Prints the events of a bus from its start on.
pub struct Printer {
    over: CancellationToken,
    written: oneshot::Receiver<()>,
}

impl Printer {
    /// Begins to print.
    pub fn start(events: &EventBus) -> Self {
        let over = CancellationToken::new();
        let (lines, mut to_write) = mpsc::channel(LINES);
        let (done, written) = oneshot::channel();
        let writer = std::thread::Builder::new().name("lariat-events".into()).spawn(move || {
            note_failure(write(&mut to_write));
            // Nobody waits any more when the program was told to end at once.
            let _ = done.send(());
        });
        if let Err(error) = writer {
            tracing::error!(%error, "events can't be printed");
        }
        tokio::spawn(format(events.subscribe(), lines, over.clone()));
        Self { over, written }
    }

    /// Prints what is still on the way, and ends; earlier when `cut_short` comes first.
    pub async fn finish(self, cut_short: impl Future<Output = ()>) {
        self.over.cancel();
        tokio::select! {
            _ = self.written => {}
            () = cut_short => {}
        }
    }
}

async fn format(mut events: Subscription, lines: Sender<String>, over: CancellationToken) {
    let mut seq = 0;
    loop {
        let line = match events.next_until(&over).await {
            Some(Received::Event(event)) => {
                seq = event.seq;
                serde_json::to_string(&*event)
            }
            Some(Received::Lost(count)) => {
                seq += count;
                let lost = json!({"seq": seq, "ts": Timestamp::now(), "type": "events.lost", "count": count});
                serde_json::to_string(&lost)
            }
            None => return,
        };
        let Ok(line) = line else { continue };
        if lines.send(line).await.is_err() {
            return; // The reader has left.
        }
    }
}

/// Writes lines until there are no more; whatever waits is written before the buffer is
/// flushed.
fn write(lines: &mut Receiver<String>) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::with_capacity(1 << 16, std::io::stdout());
    while let Some(first) = lines.blocking_recv() {
        writeln!(out, "{first}")?;
        while let Ok(line) = lines.try_recv() {
            writeln!(out, "{line}")?;
        }
        out.flush()?;
    }
    Ok(())
}
