//! Counts the processes that the child started, at any depth, and ends everything when there
//! are too many.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, set_child_subreaper};

/// How the child ends when it has started too many.
pub(super) const TOO_MANY: i32 = 113;
/// How often it is looked at.
const EVERY: Duration = Duration::from_millis(50);
/// So often are processes looked for that were started while others were being stopped.
const ROUNDS: usize = 100;

static ENDING: AtomicBool = AtomicBool::new(false);

/// Whether everything is being ended: what the library says meanwhile counts for nothing, since
/// it may come from what was taken from it.
pub(super) fn is_ending() -> bool {
    ENDING.load(Ordering::SeqCst)
}

/// Looks from now on, from a thread of its own.
pub(super) fn watch(most: u32) -> io::Result<()> {
    // Those whose parent ended stay below this one, or they couldn't be found.
    set_child_subreaper(Some(rustix::process::getpid()))?;
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let look = move || loop {
        std::thread::sleep(EVERY);
        if descendants().len() > most {
            ENDING.store(true, Ordering::SeqCst);
            end_all();
            std::process::exit(TOO_MANY);
        }
    };
    std::thread::Builder::new().name("plugin-watch".into()).spawn(look).map(drop)
}

/// Stops them all first, so that none starts another while they are ended.
fn end_all() {
    // This process goes on until it ends itself: nor may it start another.
    if let Err(error) = super::no_fork::forbid() {
        tracing::warn!("{error}");
    }
    let send = |signal| {
        let all = descendants();
        for process in &all {
            let _ = kill_process(*process, signal);
        }
        all.len()
    };
    let mut stopped = 0;
    for _ in 0..ROUNDS {
        let now = send(Signal::STOP);
        if now == stopped {
            break;
        }
        stopped = now;
    }
    for _ in 0..ROUNDS {
        if send(Signal::KILL) == 0 {
            break;
        }
    }
}

/// The processes below this one that run.
fn descendants() -> Vec<Pid> {
    let mut below: HashMap<i32, Vec<i32>> = HashMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(process) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // After the name, in brackets, which may hold anything: the state, the parent.
        let mut rest = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        if let (Some(state), Some(Ok(parent))) = (rest.next(), rest.next().map(str::parse))
            && !matches!(state, "Z" | "X")
        {
            below.entry(parent).or_default().push(process);
        }
    }
    let mut found = Vec::new();
    let mut look_below = vec![rustix::process::getpid().as_raw_nonzero().get()];
    while let Some(parent) = look_below.pop() {
        let children = below.remove(&parent).unwrap_or_default();
        found.extend(children.iter().filter_map(|&child| Pid::from_raw(child)));
        look_below.extend(children);
    }
    found
}
