//! Live progress on stderr while groups run: a bar a group, nothing when nobody looks.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use lariat_core::launch::{Launch, LaunchReport};
use lariat_core::pool::{Counts, Pool};
use tokio_util::sync::CancellationToken;

use crate::output::count;

/// How often the bars move.
const TICK: Duration = Duration::from_millis(100);

/// What a bar is about.
pub trait Followed: Send + Sync {
    /// The group's name.
    fn group(&self) -> &str;
    /// How its launch stands, once that is known, and its pool with why that waits for the
    /// store.
    fn look(&self) -> Option<Look>;
}

/// How a launch stands, and its pool.
pub type Look = (LaunchReport, Option<(Counts, Option<String>)>);

impl Followed for Launch {
    fn group(&self) -> &str {
        self.group().as_str()
    }
    fn look(&self) -> Option<Look> {
        let outage = |pool: &Pool| pool.outage().map(|outage| outage.error);
        Some((self.snapshot(), self.pool().map(|pool| (pool.stats().counts, outage(&pool)))))
    }
}

/// How a launch of another process stands, as it was told last.
pub struct Board {
    group: String,
    last: Mutex<Option<Look>>,
}

impl Board {
    /// For a group that isn't launched yet.
    pub fn new(group: &str) -> Self {
        Self { group: group.to_owned(), last: Mutex::default() }
    }

    /// Notes how it stands.
    pub fn show(&self, report: LaunchReport, pool: Option<(Counts, Option<String>)>) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((report, pool));
    }
}

impl Followed for Board {
    fn group(&self) -> &str {
        &self.group
    }
    fn look(&self) -> Option<Look> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The lines at the bottom of the terminal. Cheap to clone; all clones are one screen.
#[derive(Clone)]
pub struct Screen(Option<MultiProgress>, Arc<Drawing>);

#[derive(Default)]
struct Drawing {
    /// Held by who draws.
    turn: Mutex<()>,
    over: AtomicBool,
}

impl Screen {
    /// A screen, if `wanted` and stderr is a terminal; else one that shows nothing.
    pub fn new(wanted: bool) -> Self {
        Self((wanted && std::io::stderr().is_terminal()).then(MultiProgress::new), Arc::default())
    }

    /// Runs something that prints to the terminal, with the bars out of its way.
    pub fn suspend<R>(&self, print: impl FnOnce() -> R) -> R {
        match &self.0 {
            Some(bars) if !self.1.over.load(Ordering::SeqCst) => bars.suspend(print),
            _ => print(),
        }
    }

    /// Takes the bars away while a question stands.
    pub fn hide(&self) -> Hidden {
        if let Some(bars) = &self.0 {
            drop(bars.clear());
            bars.set_draw_target(ProgressDrawTarget::hidden());
        }
        Hidden(self.clone())
    }

    /// Follows launches until the future is dropped. A thread of its own draws, since
    /// a terminal may be slow, or stopped.
    pub async fn follow(self, launches: Vec<Arc<impl Followed + 'static>>) {
        let over = CancellationToken::new();
        let _over_when_dropped = over.clone().drop_guard();
        let draw = move || self.draw(launches, &over);
        if let Err(error) = std::thread::Builder::new().name("lariat-bars".into()).spawn(draw) {
            tracing::warn!(%error, "progress can't be shown");
        }
        std::future::pending().await
    }

    fn draw(&self, launches: Vec<Arc<impl Followed>>, over: &CancellationToken) {
        let Some(bars) = &self.0 else { return };
        let width = launches.iter().map(|launch| launch.group().chars().count()).max().unwrap_or(0);
        let followed: Vec<_> =
            launches.into_iter().map(|launch| (launch, bars.add(new_bar(width)))).collect();
        while !over.is_cancelled() {
            let turn = self.1.turn.lock().unwrap_or_else(PoisonError::into_inner);
            if self.1.over.load(Ordering::SeqCst) {
                return;
            }
            for (launch, bar) in &followed {
                show(&**launch, bar);
            }
            drop(turn);
            std::thread::sleep(TICK);
        }
    }

    /// Takes the bars away for good.
    pub fn clear(&self) {
        if let Some(bars) = &self.0 {
            let _turn = self.1.turn.lock().unwrap_or_else(PoisonError::into_inner);
            self.1.over.store(true, Ordering::SeqCst);
            // A terminal that is gone needs no clearing.
            drop(bars.clear());
        }
    }

    /// Prints a line above the bars, so that it doesn't tear them. Waits for a reader
    /// who is slow.
    pub fn print(&self, line: &[u8]) {
        // A reader who has left misses nothing.
        drop(self.suspend(|| std::io::stderr().lock().write_all(line)));
    }
}

/// Brings the bars back when it is dropped.
pub struct Hidden(Screen);

impl Drop for Hidden {
    fn drop(&mut self) {
        if let Some(bars) = &self.0.0 {
            bars.set_draw_target(ProgressDrawTarget::stderr());
        }
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

fn show(launch: &impl Followed, bar: &ProgressBar) {
    let Some((report, pool)) = launch.look() else { return };
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
    if let Some((counts, outage)) = pool {
        bar.set_length(counts.total as u64);
        bar.set_position((counts.completed + counts.failed + counts.skipped) as u64);
        message.push_str(&format!(" · {} left", count(counts.available as u64)));
        if let Some(outage) = outage {
            message.push_str(&format!(" · waiting for the store: {outage}"));
        }
    }
    bar.set_message(message);
}
