//! A thread that ticks while scripts run, so that the interrupt asks for the time
//! only now and then: it sees that the count of ticks has changed.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};
use std::time::Duration;

/// How long a tick is.
pub(crate) const TICK: Duration = Duration::from_millis(2);
/// After so many ticks without a script the thread goes to sleep.
const IDLE_TICKS: u32 = 100;

static TICKS: AtomicU32 = AtomicU32::new(0);

thread_local! {
    static SEEN: Cell<u32> = const { Cell::new(0) };
}

/// Whether there was a tick since [`acknowledge`].
#[inline]
pub(crate) fn ticked() -> bool {
    TICKS.load(Ordering::Relaxed) != SEEN.get()
}

/// Waits for the next tick.
pub(crate) fn acknowledge() {
    SEEN.set(TICKS.load(Ordering::Relaxed));
}

/// Makes [`ticked`] true on this thread until [`acknowledge`].
pub(crate) fn insist() {
    SEEN.set(TICKS.load(Ordering::Relaxed).wrapping_sub(1));
}

#[derive(Default)]
struct Shared {
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

/// One for the process, like the count itself.
static TICKER: OnceLock<Option<Ticker>> = OnceLock::new();

/// Starts the ticking thread, once.
///
/// # Errors
/// When the system gives no thread.
pub(crate) fn start() -> std::io::Result<()> {
    let mut failed = None;
    let ticker = TICKER.get_or_init(|| {
        let shared = Arc::new(Shared::default());
        let ticking = shared.clone();
        match thread::Builder::new().name("lua-ticker".into()).spawn(move || tick(&ticking)) {
            Ok(handle) => Some(Ticker { shared, thread: handle.thread().clone() }),
            Err(error) => {
                failed = Some(error);
                None
            }
        }
    });
    match (ticker, failed) {
        (Some(_), _) => Ok(()),
        (None, Some(error)) => Err(error),
        (None, None) => Err(std::io::Error::other("the ticking thread didn't start")),
    }
}

/// Held while a script runs.
pub(crate) struct Running(Option<&'static Ticker>);

/// Says that a script begins to run on this thread.
pub(crate) fn running() -> Running {
    let ticker = TICKER.get().and_then(Option::as_ref);
    if let Some(Ticker { shared, thread }) = ticker {
        shared.running.fetch_add(1, Ordering::SeqCst);
        shared.begun.fetch_add(1, Ordering::Relaxed);
        if shared.asleep.load(Ordering::SeqCst) {
            thread.unpark();
        }
    }
    acknowledge();
    Running(ticker)
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(ticker) = self.0 {
            ticker.shared.running.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

fn tick(shared: &Shared) {
    let mut begun = 0;
    let mut idle = 0;
    loop {
        thread::sleep(TICK);
        TICKS.fetch_add(1, Ordering::Relaxed);
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
