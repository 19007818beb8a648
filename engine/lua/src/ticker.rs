//! A thread that interrupts running scripts every few milliseconds, so that each
//! looks what it has used. It sleeps while no script runs.

use std::cell::OnceCell;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::thread::{self, Thread};
use std::time::Duration;

use mlua::Lua;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::cpu::Meter;
use crate::interrupt::Belfry;

/// How long a tick is.
const TICK: Duration = Duration::from_millis(2);
/// After so many ticks without a look it's measured what the script computes.
const MARK_TICKS: u32 = 50;
/// After so many ticks without a script the thread goes to sleep.
const IDLE_TICKS: u32 = 100;

/// One thread that runs scripts.
#[derive(Default)]
struct Watched {
    belfry: Belfry,
    /// What happens when a script doesn't look any more.
    stuck: OnceLock<WhenStuck>,
}

/// When a thread counts as stuck, and who is told.
struct WhenStuck {
    /// For how many ticks the script hasn't looked, and
    ticks: u32,
    /// for how long it has computed meanwhile; waiting for the processor doesn't count.
    computed: Duration,
    meter: Meter,
    /// The meter when the script began not to look.
    mark: Mutex<Option<Duration>>,
    tell: CancellationToken,
}

#[derive(Default)]
struct Shared {
    threads: Mutex<Vec<Weak<Watched>>>,
    /// Scripts that run at this moment.
    running: AtomicUsize,
    /// Changes with every script that begins to run.
    begun: AtomicU32,
    asleep: AtomicBool,
}

struct Ticker {
    shared: Arc<Shared>,
    thread: Thread,
}

/// One for the process.
static TICKER: OnceLock<Ticker> = OnceLock::new();

thread_local! {
    static THIS: OnceCell<Arc<Watched>> = const { OnceCell::new() };
}

/// Starts the ticking thread, once.
///
/// # Errors
/// When the system gives no thread.
pub(crate) fn start() -> std::io::Result<()> {
    static STARTING: Mutex<()> = Mutex::new(());
    let _alone = STARTING.lock();
    if TICKER.get().is_none() {
        let shared = Arc::new(Shared::default());
        let ticking = shared.clone();
        let handle = thread::Builder::new().name("lua-ticker".into()).spawn(move || tick(&ticking))?;
        TICKER.get_or_init(|| Ticker { shared, thread: handle.thread().clone() });
    }
    Ok(())
}

/// Cancels the token when a script has computed on this thread for longer than that
/// without a look at the interrupt, as it does in a library function that never looks.
pub(crate) fn when_stuck(after: Duration, tell: CancellationToken) {
    let ticks = u32::try_from(after.as_millis() / TICK.as_millis()).unwrap_or(u32::MAX).max(MARK_TICKS * 2);
    let stuck = WhenStuck {
        ticks,
        computed: TICK * (ticks - MARK_TICKS),
        meter: Meter::of_this_thread(),
        mark: Mutex::default(),
        tell,
    };
    with_this(|this| {
        let _ = this.stuck.set(stuck);
    });
}

/// The script on this thread looked at the interrupt.
pub(crate) fn answer() {
    with_this(|this| this.belfry.answer());
}

/// Runs a script's step on this thread, with ticks.
pub(crate) fn ticking<T>(lua: &Lua, step: impl FnOnce() -> T) -> T {
    let Some(Ticker { shared, thread }) = TICKER.get() else { return step() };
    with_this(|this| {
        let _running = this.belfry.enter(lua);
        let _counted = Counted::begin(shared);
        if shared.asleep.load(Ordering::SeqCst) {
            thread.unpark();
        }
        step()
    })
}

fn with_this<T>(use_it: impl FnOnce(&Watched) -> T) -> T {
    let this = THIS.with(|this| {
        this.get_or_init(|| {
            let this = Arc::new(Watched::default());
            if let Some(Ticker { shared, .. }) = TICKER.get() {
                let mut threads = shared.threads.lock();
                threads.retain(|thread| thread.strong_count() > 0);
                threads.push(Arc::downgrade(&this));
            }
            this
        })
        .clone()
    });
    use_it(&this)
}

/// Counts a running script, also when a panic ends it.
struct Counted<'a>(&'a Shared);

impl<'a> Counted<'a> {
    fn begin(shared: &'a Shared) -> Self {
        shared.running.fetch_add(1, Ordering::SeqCst);
        shared.begun.fetch_add(1, Ordering::Relaxed);
        Self(shared)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

fn tick(shared: &Shared) {
    let mut begun = 0;
    let mut idle = 0;
    loop {
        thread::sleep(TICK);
        ring(shared);
        let now = shared.begun.load(Ordering::Relaxed);
        if now != begun || shared.running.load(Ordering::SeqCst) > 0 {
            begun = now;
            idle = 0;
            continue;
        }
        idle += 1;
        if idle < IDLE_TICKS {
            continue;
        }
        // First announced, then looked once more: whoever begins meanwhile sees the
        // announcement and unparks.
        shared.asleep.store(true, Ordering::SeqCst);
        if shared.running.load(Ordering::SeqCst) == 0 {
            thread::park();
        }
        shared.asleep.store(false, Ordering::SeqCst);
        idle = 0;
    }
}

fn ring(shared: &Shared) {
    for thread in shared.threads.lock().iter().filter_map(Weak::upgrade) {
        if let (Some(ticks), Some(stuck)) = (thread.belfry.ring(), thread.stuck.get()) {
            stuck.look(ticks);
        }
    }
}

impl WhenStuck {
    /// The script hasn't looked for so many ticks. Ticks are counted rather than the
    /// time, since a process that was stopped for a minute missed them too.
    fn look(&self, ticks: u32) {
        if ticks == MARK_TICKS {
            *self.mark.lock() = self.meter.read();
        }
        if ticks < self.ticks || self.tell.is_cancelled() {
            return;
        }
        let computed = self.meter.read().zip(*self.mark.lock()).map(|(now, mark)| now.saturating_sub(mark));
        // Where the system doesn't tell, the ticks have to do.
        if computed.is_none_or(|computed| computed >= self.computed) {
            self.tell.cancel();
        }
    }
}
