//! Events of the `tracing` crate, as lines of the engine's log.

use std::cell::Cell;
use std::fmt::{Debug, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::host::Host;

thread_local! {
    /// On behalf of which operation of which host this thread works.
    static WITHIN: Cell<Option<(Host, u64)>> = const { Cell::new(None) };
}

/// Sends this library's events to whichever host a thread works for, else to this one. Where something
/// else listens already, as in a test, it stays.
pub(crate) fn install(host: Host) {
    let _ = tracing::subscriber::set_global_default(Lines { host, spans: AtomicU64::new(1) });
}

/// Marks this thread's events as an operation's, as long as the guard lives.
pub(crate) fn enter(host: Host, op: u64) -> Within {
    Within(WITHIN.replace(Some((host, op))))
}

pub(crate) struct Within(Option<(Host, u64)>);

impl Drop for Within {
    fn drop(&mut self) {
        WITHIN.set(self.0);
    }
}

struct Lines {
    host: Host,
    spans: AtomicU64,
}

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed).max(1))
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        let level = event.metadata().level().as_str().to_lowercase();
        let payload = json!({
            "level": level, "message": line.message, "fields": line.fields, "target": event.metadata().target(),
        });
        let (host, op) = WITHIN.get().unwrap_or((self.host, 0));
        host.tell(op, "ctx.log", &payload);
    }
}

#[derive(Default)]
struct Line {
    message: String,
    fields: Map<String, Value>,
}

impl Line {
    fn put(&mut self, field: &Field, value: Value) {
        self.fields.insert(field.name().to_owned(), value);
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            let _ = write!(self.message, "{value:?}");
        } else {
            self.put(field, Value::String(format!("{value:?}")));
        }
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, Value::from(value));
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, Value::from(value));
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, Value::from(value));
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, Value::from(value));
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, Value::from(value));
    }
}
