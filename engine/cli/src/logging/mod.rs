//! Logs go to stderr: for people, or as JSON lines. Whoever logs never waits for a
//! reader.
//!
//! | part | does |
//! |---|---|
//! | [`human`] | a line for people |
//! | [`json`] | a line as JSON |
//! | [`happenings`] | what happens in the engine, as log lines |

mod happenings;
mod human;
mod json;

use std::io::IsTerminal;
use std::sync::OnceLock;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use crate::args::{Global, LogFormat};
use crate::lines::Lines;
use crate::progress::Screen;

pub use happenings::Happenings;

/// Sets up logging above the bars of a screen. `RUST_LOG` decides; else warnings, with
/// `-v` what happens, with `-vv` everything of ours.
pub fn init(global: &Global, screen: &Screen) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (false, 0) => "warn,lariat::routine=info,lariat::pool=info,lariat::hook=info,lariat::provider=info",
        (false, 1) => "info,lariat::event=debug",
        (false, 2) => "debug,sqlx=info,lariat::event=trace",
        (false, _) => "trace,sqlx=debug",
    };
    let wanted = std::env::var("RUST_LOG").ok().filter(|text| !text.trim().is_empty());
    let (filter, problem) = match wanted.as_deref().map(EnvFilter::try_new) {
        Some(Ok(filter)) => (filter, None),
        Some(Err(problem)) => (EnvFilter::new(level), Some(problem)),
        None => (EnvFilter::new(level), None),
    };
    let writer = writer(global.log_format, screen);
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    let started = match global.log_format {
        LogFormat::Json => builder.with_ansi(false).event_format(json::Json).try_init(),
        LogFormat::Human => {
            let colours = std::env::var_os("NO_COLOR").is_none() && std::io::stderr().is_terminal();
            builder.with_ansi(colours).event_format(human::Human).try_init()
        }
    };
    // Only a second start in one process fails, and keeps the first one's settings.
    drop(started);
    if let Some(problem) = problem {
        tracing::warn!(
            "RUST_LOG is not understood and left out: {problem}; write it like warn,lariat::routine=debug"
        );
    }
}

/// The lines on their way.
static LINES: OnceLock<Lines> = OnceLock::new();

/// Waits for the lines that are on their way; says `false` when nobody reads them.
pub fn flush() -> bool {
    LINES.get().is_none_or(Lines::flush)
}

/// A writer that never waits. Without a thread for it, each line is written at once.
fn writer(format: LogFormat, screen: &Screen) -> BoxMakeWriter {
    let lost = match format {
        LogFormat::Human => human::lost,
        LogFormat::Json => json::lost,
    };
    let behind = screen.clone();
    match Lines::start(move |line| behind.print(line), lost) {
        Ok(lines) => {
            LINES.get_or_init(|| lines.clone());
            BoxMakeWriter::new(move || Queued(lines.clone()))
        }
        Err(_) => {
            let screen = screen.clone();
            BoxMakeWriter::new(move || Direct(screen.clone()))
        }
    }
}

struct Queued(Lines);

impl std::io::Write for Queued {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.push(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Direct(Screen);

impl std::io::Write for Direct {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.print(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
