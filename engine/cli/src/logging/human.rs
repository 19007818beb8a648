//! Logs for people.

use std::fmt::{Debug, Write};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// A line for people: what is said, who says it, and only then the details.
pub(super) struct Human;

impl<S, N> FormatEvent<S, N> for Human
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
        let level = *event.metadata().level();
        let (word, colour) = match level {
            Level::ERROR => ("error", "31"),
            Level::WARN => ("warning", "33"),
            Level::INFO => ("info", "32"),
            Level::DEBUG => ("debug", "34"),
            Level::TRACE => ("trace", "35"),
        };
        let target = event.metadata().target();
        let mut line = Line { is_happening: target == super::happenings::TARGET, ..Line::default() };
        event.record(&mut line);
        if out.has_ansi_escapes() {
            write!(out, "\u{1b}[{colour}m{word}\u{1b}[0m: ")?;
        } else {
            write!(out, "{word}: ")?;
        }
        if target == "lariat::routine" {
            let account = if line.account.is_empty() { String::new() } else { format!(" {}", line.account) };
            write!(out, "{}[{}]{account}: ", line.group, line.instance)?;
        } else {
            for (name, text) in
                [("group", &line.group), ("instance", &line.instance), ("account", &line.account)]
            {
                if !text.is_empty() {
                    write!(line.rest, " {name}={text}")?;
                }
            }
        }
        writeln!(out, "{}{}", line.message, line.rest)
    }
}

/// What is said when lines were lost.
pub(super) fn lost(count: u64) -> String {
    format!("warning: {count} log lines were lost; whatever reads stderr is too slow\n")
}

/// A JSON object as `name=value` pairs.
fn spread(fields: &str) -> String {
    let fields: Map<String, Value> = serde_json::from_str(fields).unwrap_or_default();
    let pair = |(name, value): (String, Value)| match value {
        Value::String(text) => format!(" {name}={text}"),
        other => format!(" {name}={other}"),
    };
    fields.into_iter().map(pair).collect()
}

/// The fields of an event, those of a routine's log apart.
#[derive(Default)]
struct Line {
    message: String,
    group: String,
    instance: String,
    account: String,
    rest: String,
    is_happening: bool,
}

impl Line {
    fn put(&mut self, field: &Field, text: &str) {
        match field.name() {
            "message" => self.message.push_str(text),
            "group" => self.group.push_str(text),
            "instance" => self.instance.push_str(text),
            "account" => self.account.push_str(text),
            // Who looks for these reads the logs as JSON.
            "launch_id" | "routine" => {}
            "seq" if self.is_happening => {}
            "fields" if text == "{}" || text.is_empty() => {}
            "fields" if self.is_happening => self.rest.push_str(&spread(text)),
            "fields" => self.rest = format!("{} {text}", self.rest),
            // A text that can't be written isn't worth failing for.
            name => drop(write!(self.rest, " {name}={text}")),
        }
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, text: &str) {
        self.put(field, text);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, &format!("{value:?}"));
    }
}
