//! Logs go to stderr: for people, or as JSON lines; those of `lariat up` also to files.
//! Whoever logs never waits for a reader or a disk.
//!
//! | part | does |
//! |---|---|
//! | [`human`] | a line for people |
//! | [`json`] | a line as JSON |
//! | [`mod@file`] | the log files of a running engine |
//! | [`happenings`] | what happens in the engine, as log lines |

pub mod file;
mod happenings;
mod human;
mod json;

use std::io::IsTerminal;
use std::sync::OnceLock;

use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::args::{Global, LogFormat};
use crate::lines::Lines;
use crate::progress::Screen;

pub use happenings::Happenings;

/// Sets up logging above the bars of a screen, and `to_files` too. `RUST_LOG` decides what
/// is told; else, on stderr, warnings, with `-v` what happens, with `-vv` everything of
/// ours. Files tell what happens at least.
pub fn init(global: &Global, screen: &Screen, to_files: bool) {
    let wanted = std::env::var("RUST_LOG").ok().filter(|text| !text.trim().is_empty());
    let (filter, problem) = filter(wanted.as_deref(), level(global.quiet, global.verbose));
    let told = tracing_subscriber::fmt::layer().with_writer(writer(global.log_format, screen));
    let told = match global.log_format {
        LogFormat::Json => told.with_ansi(false).event_format(json::Json).boxed(),
        LogFormat::Human => {
            let colours = std::env::var_os("NO_COLOR").is_none() && std::io::stderr().is_terminal();
            told.with_ansi(colours).event_format(human::Human).boxed()
        }
    };
    let kept = to_files.then(file::writer).flatten().map(|writer| {
        let (filter, _) = self::filter(wanted.as_deref(), level(false, global.verbose.max(1)));
        let kept = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(false);
        kept.event_format(json::Json).with_filter(filter)
    });
    let registry = tracing_subscriber::registry();
    let started = match kept {
        Some(kept) => registry.with(told.with_filter(filter)).with(kept).try_init(),
        // Where one filter is for all, the first line isn't lost, as it is with a filter of its own.
        None => registry.with(told).with(filter).try_init(),
    };
    // Only a second start in one process fails, and keeps the first one's settings.
    drop(started);
    if let Some(problem) = problem {
        tracing::warn!(
            "RUST_LOG is not understood and left out: {problem}; write it like warn,lariat::routine=debug"
        );
    }
}

fn level(quiet: bool, verbose: u8) -> &'static str {
    match (quiet, verbose) {
        (true, _) => "error",
        (false, 0) => "warn,lariat::routine=info,lariat::pool=info,lariat::hook=info,lariat::provider=info",
        (false, 1) => "info,lariat::event=debug",
        (false, 2) => "debug,sqlx=info,lariat::event=trace",
        (false, _) => "trace,sqlx=debug",
    }
}

/// What is wanted, or else what belongs to the level; and what isn't understood of it.
fn filter(wanted: Option<&str>, level: &str) -> (EnvFilter, Option<ParseError>) {
    match wanted.map(EnvFilter::try_new) {
        Some(Ok(filter)) => (filter, None),
        Some(Err(problem)) => (EnvFilter::new(level), Some(problem)),
        None => (EnvFilter::new(level), None),
    }
}

/// The lines on their way.
static LINES: OnceLock<Lines> = OnceLock::new();

/// Waits for the lines that are on their way; says `false` when nobody reads those for
/// stderr.
pub fn flush() -> bool {
    file::flush();
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
