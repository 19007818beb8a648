//! Logs go to stderr: for people, or as JSON lines.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use crate::args::{Global, LogFormat};

/// Sets up logging. `RUST_LOG` decides; else warnings, with `-v` what happens, with
/// `-vv` everything of ours.
pub fn init(global: &Global, writer: BoxMakeWriter) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (false, 0) => "warn,lariat::routine=info",
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
            let colours = std::env::var_os("NO_COLOR").is_none()
                && std::io::IsTerminal::is_terminal(&std::io::stderr());
            builder.with_ansi(colours).with_target(false).without_time().try_init()
        }
    };
    // Only a second start in one process fails, and keeps the first one's settings.
    drop(started);
}
