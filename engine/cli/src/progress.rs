//! Live progress on stderr while groups run: a bar a group, nothing when nobody looks.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use lariat_core::launch::Launch;

use crate::output::count;

/// How often the bars move.
const TICK: Duration = Duration::from_millis(100);

/// The lines at the bottom of the terminal. Cheap to clone; all clones are one screen.
#[derive(Clone)]
pub struct Screen(Option<MultiProgress>);

impl Screen {
    /// A screen, if `wanted` and stderr is a terminal; else one that shows nothing.
    pub fn new(wanted: bool) -> Self {
        Self((wanted && std::io::stderr().is_terminal()).then(MultiProgress::new))
    }

    /// Runs something that prints to the terminal, with the bars out of its way.
    pub fn suspend<R>(&self, print: impl FnOnce() -> R) -> R {
        match &self.0 {
            Some(bars) => bars.suspend(print),
            None => print(),
        }
    }

    /// Follows launches until the future is dropped.
    pub async fn follow(self, launches: Vec<Arc<Launch>>) {
        let Some(bars) = &self.0 else { return std::future::pending().await };
        let width = launches.iter().map(|launch| launch.group().as_str().chars().count()).max().unwrap_or(0);
        let followed: Vec<(Arc<Launch>, ProgressBar)> =
            launches.into_iter().map(|launch| (launch, bars.add(new_bar(width)))).collect();
        loop {
            for (launch, bar) in &followed {
                show(launch, bar);
            }
            tokio::time::sleep(TICK).await;
        }
    }

    /// Takes the bars away.
    pub fn clear(&self) {
        if let Some(bars) = &self.0 {
            // A terminal that is gone needs no clearing.
            drop(bars.clear());
        }
    }

    /// Where logs go, so that they don't tear the bars.
    pub fn log_writer(&self) -> tracing_subscriber::fmt::writer::BoxMakeWriter {
        let screen = self.clone();
        tracing_subscriber::fmt::writer::BoxMakeWriter::new(move || LogWriter(screen.clone()))
    }
}

fn new_bar(width: usize) -> ProgressBar {
    let bar = ProgressBar::new(0);
    let template = format!("{{prefix:<{width}}} [{{bar:24}}] {{msg}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

fn show(launch: &Launch, bar: &ProgressBar) {
    let report = launch.snapshot();
    bar.set_prefix(launch.group().to_string());
    let accounts = report.accounts;
    let live = report.bots.iter().filter(|bot| !bot.status.has_ended()).count();
    let mut message = format!(
        "{} completed, {} failed, {} skipped · {live} of {} bots",
        count(accounts.completed),
        count(accounts.failed),
        count(accounts.skipped),
        report.requested_bots
    );
    if let Some(pool) = launch.pool() {
        let counts = pool.stats().counts;
        let outage = pool.outage();
        bar.set_length(counts.total as u64);
        bar.set_position((counts.completed + counts.failed + counts.skipped) as u64);
        message.push_str(&format!(" · {} left", count(counts.available as u64)));
        if let Some(outage) = outage {
            message.push_str(&format!(" · waiting for the store: {}", outage.error));
        }
    }
    bar.set_message(message);
}

struct LogWriter(Screen);

impl std::io::Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.suspend(|| std::io::stderr().lock().write_all(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}
