//! Logs as JSON, one object a line: `timestamp`, `level`, the event's own fields, `target`.

use std::fmt::Debug;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// A line as JSON.
pub(super) struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut out: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        let mut line = Line(begun(event.metadata().level().as_str()));
        event.record(&mut line);
        line.0.insert("target".into(), event.metadata().target().into());
        writeln!(out, "{}", Value::Object(line.0))
    }
}

/// What is said when lines were lost.
pub(super) fn lost(count: u64) -> String {
    lost_to(count, "whatever reads stderr is too slow")
}

/// The same, and why.
pub(super) fn lost_to(count: u64, why: &str) -> String {
    let mut line = begun("WARN");
    line.insert("message".into(), format!("{count} log lines were lost; {why}").into());
    line.insert("lost".into(), count.into());
    line.insert("target".into(), "lariat".into());
    format!("{}\n", Value::Object(line))
}

fn begun(level: &str) -> Map<String, Value> {
    let timestamp = format!("{:.6}", Timestamp::now());
    Map::from_iter([("timestamp".into(), timestamp.into()), ("level".into(), level.into())])
}

/// The fields so far.
struct Line(Map<String, Value>);

impl Line {
    fn put(&mut self, field: &Field, value: Value) {
        self.0.insert(field.name().into(), value);
    }

    /// What is a text only on its way here becomes what it is.
    fn put_text(&mut self, field: &Field, text: &str) {
        let value = match field.name() {
            // Routines and the engine's events hand their own fields over as JSON.
            "fields" => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
            "instance" => text.parse::<u32>().map_or_else(|_| text.into(), Value::from),
            _ => text.into(),
        };
        self.put(field, value);
    }
}

impl Visit for Line {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, json!(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_str(&mut self, field: &Field, text: &str) {
        self.put_text(field, text);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put_text(field, &format!("{value:?}"));
    }
}
