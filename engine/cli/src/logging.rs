//! Logs go to stderr: for people, or as JSON lines.

use std::fmt::{Debug, Write};
use std::io::IsTerminal;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::args::{Global, LogFormat};

/// Sets up logging. `RUST_LOG` decides; else warnings, with `-v` what happens, with
/// `-vv` everything of ours.
pub fn init(global: &Global, writer: BoxMakeWriter) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (false, 0) => "warn,lariat::routine=info,lariat::pool=info,lariat::hook=info,lariat::provider=info",
        (false, 1) => "info",
        (false, 2) => "debug,sqlx=info",
        (false, _) => "trace,sqlx=debug",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    let started = match global.log_format {
        LogFormat::Json => {
            builder.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init()
        }
        LogFormat::Human => {
            let colours = std::env::var_os("NO_COLOR").is_none() && std::io::stderr().is_terminal();
            builder.with_ansi(colours).event_format(Human).try_init()
        }
    };
    // Only a second start in one process fails, and keeps the first one's settings.
    drop(started);
}

/// A line for people: what is said, who says it, and only then the details.
struct Human;

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
        let mut line = Line::default();
        event.record(&mut line);
        if out.has_ansi_escapes() {
            write!(out, "\u{1b}[{colour}m{word}\u{1b}[0m: ")?;
        } else {
            write!(out, "{word}: ")?;
        }
        if event.metadata().target() == "lariat::routine" {
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

/// The fields of an event, those of a routine's log apart.
#[derive(Default)]
struct Line {
    message: String,
    group: String,
    instance: String,
    account: String,
    rest: String,
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
            "fields" if text == "{}" || text.is_empty() => {}
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
