//! What happens in the engine, as log lines: launches at `info`, phases and bots at
//! `debug`, leases and progress at `trace`.

use lariat_core::event::{Event, EventBus, EventKind, Received, Subscription};
use serde_json::{Map, Value};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::Level;

/// The target of these lines, for `RUST_LOG`.
pub(super) const TARGET: &str = "lariat::event";

/// Logs the events of a bus.
pub struct Happenings {
    task: Option<JoinHandle<()>>,
    over: CancellationToken,
}

impl Happenings {
    /// Begins to log what is published from now on; listens only if somebody wants it.
    pub fn log(events: &EventBus) -> Self {
        let over = CancellationToken::new();
        let wanted = tracing::enabled!(target: TARGET, Level::INFO);
        let task = wanted.then(|| tokio::spawn(follow(events.subscribe(), over.clone())));
        Self { task, over }
    }

    /// Logs what is still on the way, and ends.
    pub async fn finish(self) {
        self.over.cancel();
        if let Some(task) = self.task {
            // A task that panicked has logged what it could.
            drop(task.await);
        }
    }
}

async fn follow(mut events: Subscription, over: CancellationToken) {
    loop {
        match events.next_until(&over).await {
            Some(Received::Event(event)) => tell(&event),
            Some(Received::Lost(count)) => {
                tracing::warn!(target: TARGET, count, "events came too fast to be logged");
            }
            None => return,
        }
    }
}

fn level(kind: &EventKind) -> Level {
    match kind {
        EventKind::LaunchStarted { .. }
        | EventKind::LaunchFinished { .. }
        | EventKind::PhaseFailed { .. }
        | EventKind::InstanceSkipped { .. }
        | EventKind::BotRestarted { .. } => Level::INFO,
        EventKind::BotProgress { .. } | EventKind::LeaseGranted { .. } | EventKind::LeaseSettled { .. } => {
            Level::TRACE
        }
        _ => Level::DEBUG,
    }
}

fn tell(event: &Event) {
    macro_rules! emit {
        ($level:ident) => {
            if tracing::enabled!(target: TARGET, Level::$level) {
                let mut told = Told::of(&event.kind);
                let fields = Value::Object(std::mem::take(&mut told.rest)).to_string();
                tracing::event!(
                    target: TARGET,
                    Level::$level,
                    seq = event.seq,
                    launch_id = told.launch.as_deref(),
                    group = told.group.as_deref(),
                    instance = told.instance,
                    account = told.account.as_deref(),
                    fields,
                    "{}",
                    told.name
                );
            }
        };
    }
    match level(&event.kind) {
        Level::INFO => emit!(INFO),
        Level::TRACE => emit!(TRACE),
        _ => emit!(DEBUG),
    }
}

/// An event, taken apart.
#[derive(Default)]
struct Told {
    name: String,
    launch: Option<String>,
    group: Option<String>,
    instance: Option<u64>,
    account: Option<String>,
    rest: Map<String, Value>,
}

impl Told {
    fn of(kind: &EventKind) -> Self {
        // An event that can't be written says nothing; there is none.
        let Ok(Value::Object(mut rest)) = serde_json::to_value(kind) else { return Self::default() };
        let mut text = |name: &str| match rest.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let (name, launch, group, account) =
            (text("type"), text("launch_id"), text("group"), text("account"));
        let instance = rest.remove("instance").and_then(|instance| instance.as_u64());
        Self { name: name.unwrap_or_default(), launch, group, instance, account, rest }
    }
}
