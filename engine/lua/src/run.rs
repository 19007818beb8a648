//! One run while it lasts: what it was given, what it has used, and whether it goes on.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mlua::{Lua, Table};
use tokio_util::sync::CancellationToken;

use crate::budgets::Budgets;
use crate::cpu;
use crate::load::Module;
use crate::raised::Raised;
use crate::service::Service;
use crate::ticker;

/// What the interrupt does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Orders {
    /// Nothing.
    GoOn,
    /// Let the siblings have their turn, if it can yield here.
    Pause,
    /// Collect garbage, and tell [`collected`] what is left.
    Collect,
    /// Never come back: yield, or raise where it can't.
    Stop(&'static str),
}

/// Why a run was stopped by force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// Nobody waits for it any more.
    Cancelled,
    /// It used more than it may; the text says where and what.
    OverBudget(String),
    /// Its machine is full, even after garbage was collected.
    Memory,
}

/// How full a machine is, for all its runs.
#[derive(Debug)]
pub(crate) struct Gauge {
    limit: usize,
    /// Above so many bytes garbage is collected at once: Luau's own collector works
    /// by the count of allocations, and falls behind when they are large.
    collect_above: Cell<usize>,
}

impl Gauge {
    /// The gauge of a fresh machine.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, collect_above: Cell::new(limit / 2) }
    }

    /// Whether garbage must be collected.
    pub(crate) fn is_high(&self, used: usize) -> bool {
        used > self.collect_above.get()
    }

    /// Garbage was collected; says whether what is left fills the machine.
    pub(crate) fn collected(&self, used: usize) -> bool {
        self.collect_above.set((used.saturating_add(self.limit) / 2).max(self.limit / 2));
        used > self.limit / 10 * 9
    }
}

/// A run, or the evaluation of a file that is loaded.
pub(crate) struct Run {
    /// The file it runs.
    pub(crate) module: Arc<Module>,
    /// What the host does for it; nothing while a file is loaded.
    pub(crate) service: Option<Service>,
    /// What it raised, as the error handler saw it.
    pub(crate) raised: RefCell<Option<Raised>>,
    /// The modules it required.
    pub(crate) loaded: RefCell<Option<Table>>,
    /// Its globals.
    pub(crate) env: RefCell<Option<Table>>,
    budgets: Arc<Budgets>,
    gauge: Rc<Gauge>,
    cancelled: CancellationToken,
    stopped: RefCell<Option<Stopped>>,
    /// Where it was when it was stopped: file and line.
    stopped_at: RefCell<Option<String>>,
    /// What its thread had used when the script got the processor, while it has it.
    since: Cell<Duration>,
    used: Cell<Duration>,
    paused: Cell<bool>,
    stretch: Cell<Duration>,
    /// What of the time since then isn't part of a stretch.
    forgiven: Cell<Duration>,
    /// When it began to wait, while it waits.
    left: Cell<Option<Instant>>,
    away: Cell<Duration>,
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<Run>>> = const { RefCell::new(None) };
}

/// The run whose script has the processor of this thread.
pub(crate) fn current() -> Option<Rc<Run>> {
    CURRENT.with_borrow(Clone::clone)
}

/// Does something with the running script's host side, unless it is being loaded.
pub(crate) fn with_service<T>(use_it: impl FnOnce(&Service) -> T) -> Option<T> {
    CURRENT.with_borrow(|current| current.as_ref().and_then(|run| run.service.as_ref()).map(use_it))
}

/// What the interrupt does now that there was a tick, in a machine that has so many
/// bytes in use.
pub(crate) fn at_tick(used: usize) -> Orders {
    CURRENT.with_borrow(|current| current.as_ref().map_or(Orders::GoOn, |run| run.at_tick(used)))
}

/// Garbage was collected for the running script, and so many bytes are left: what
/// the interrupt does now.
pub(crate) fn collected(used: usize) -> Orders {
    CURRENT.with_borrow(|current| match current {
        Some(run) if run.gauge.collected(used) => {
            run.stopped.borrow_mut().get_or_insert(Stopped::Memory);
            STOP
        }
        _ => Orders::GoOn,
    })
}

/// The running script is being stopped: notes where it is, if that isn't known yet.
pub(crate) fn note_place(place: impl FnOnce() -> Option<String>) {
    CURRENT.with_borrow(|current| {
        if let Some(run) = current.as_ref().filter(|run| run.stopped_at.borrow().is_none()) {
            *run.stopped_at.borrow_mut() = place();
        }
    });
}

/// What takes less than this isn't waiting.
const AT_ONCE: Duration = Duration::from_millis(1);

const STOP: Orders = Orders::Stop("the run was stopped by its host");

impl Run {
    /// A run that begins.
    pub(crate) fn new(
        module: Arc<Module>,
        service: Option<Service>,
        budgets: Arc<Budgets>,
        gauge: Rc<Gauge>,
        cancelled: CancellationToken,
    ) -> Self {
        Self {
            module,
            service,
            raised: RefCell::default(),
            loaded: RefCell::default(),
            env: RefCell::default(),
            budgets,
            gauge,
            cancelled,
            stopped: RefCell::default(),
            stopped_at: RefCell::default(),
            since: Cell::default(),
            used: Cell::default(),
            paused: Cell::default(),
            stretch: Cell::default(),
            forgiven: Cell::default(),
            left: Cell::default(),
            away: Cell::default(),
        }
    }

    /// Lets its script have the processor for as long as `step` takes.
    pub(crate) fn step<T>(self: &Rc<Self>, lua: &Lua, step: impl FnOnce() -> T) -> T {
        if let Some(left) = self.left.take() {
            self.away.set(self.away.get().saturating_add(left.elapsed()));
        }
        self.since.set(cpu::used());
        let outer = CURRENT.replace(Some(self.clone()));
        let done = ticker::ticking(lua, step);
        CURRENT.replace(outer);
        let took = self.computed();
        self.use_up(took);
        self.stretch.set(self.stretch.get().saturating_add(took.saturating_sub(self.forgiven.take())));
        // Being paused isn't waiting.
        self.left.set((!self.paused.get()).then(Instant::now));
        done
    }

    /// The script waited for something, so it isn't in an endless loop of its own. What
    /// was there at once counts as computing, or a loop of such calls would never end.
    pub(crate) fn waited(&self) {
        self.use_up(self.computed());
        self.since.set(cpu::used());
        self.stretch.set(Duration::ZERO);
        self.forgiven.set(Duration::ZERO);
        let away = self.away.take();
        if away < AT_ONCE {
            self.use_up(away);
            if self.used.get() > self.budgets.cpu {
                self.stopped.borrow_mut().get_or_insert_with(|| self.used_up());
            }
        }
    }

    fn use_up(&self, time: Duration) {
        self.used.set(self.used.get().saturating_add(time));
    }

    /// What the script has computed since it got the processor.
    fn computed(&self) -> Duration {
        cpu::used().saturating_sub(self.since.get())
    }

    /// The script gave something, so it isn't in an endless loop, though it waits for
    /// nothing.
    pub(crate) fn gave(&self) {
        self.forgiven.set(self.computed());
        self.stretch.set(Duration::ZERO);
    }

    /// Whether it was paused since this was asked.
    pub(crate) fn take_paused(&self) -> bool {
        self.paused.take()
    }

    /// Why it was stopped by force, if it was.
    pub(crate) fn stopped(&self) -> Option<Stopped> {
        match &*self.stopped.borrow() {
            Some(Stopped::OverBudget(why)) => Some(Stopped::OverBudget(format!("{} {why}", self.place()))),
            other => other.clone(),
        }
    }

    /// Notes where it was when it ended.
    pub(crate) fn note_place(&self, place: &str) {
        self.stopped_at.borrow_mut().get_or_insert_with(|| place.to_owned());
    }

    /// Its file, and the line where it was stopped.
    pub(crate) fn place(&self) -> String {
        self.stopped_at.borrow().clone().unwrap_or_else(|| self.module.display.clone())
    }

    /// Forgets what it holds of its machine, so that nothing keeps itself alive.
    pub(crate) fn end(&self) {
        self.env.take();
        self.loaded.take();
        if let Some(service) = &self.service {
            service.give_up();
        }
    }

    /// What it may use.
    pub(crate) fn budgets(&self) -> &Budgets {
        &self.budgets
    }

    fn at_tick(&self, used: usize) -> Orders {
        if self.stopped.borrow().is_some() {
            return STOP;
        }
        let now = self.computed();
        if let Some(why) = self.exceeded(now) {
            *self.stopped.borrow_mut() = Some(why);
            STOP
        } else if self.gauge.is_high(used) {
            Orders::Collect
        } else if self.service.is_some() && now >= self.budgets.slice {
            self.paused.set(true);
            Orders::Pause
        } else {
            Orders::GoOn
        }
    }

    fn exceeded(&self, now: Duration) -> Option<Stopped> {
        if self.cancelled.is_cancelled() {
            return Some(Stopped::Cancelled);
        }
        let budgets = &*self.budgets;
        let stretch = self.stretch.get().saturating_add(now.saturating_sub(self.forgiven.get()));
        let (limit, why) = if self.service.is_none() {
            (
                budgets.load,
                "was evaluated for longer than {} when it was loaded; the top level of a file only declares things, work belongs into its functions",
            )
        } else if self.used.get().saturating_add(now) > budgets.cpu {
            return Some(self.used_up());
        } else {
            (
                budgets.stretch,
                "computed for {} without waiting for anything, as an endless loop does; call ctx:sleep in long loops",
            )
        };
        (stretch > limit).then(|| Stopped::OverBudget(why.replace("{}", &seconds(limit))))
    }

    fn used_up(&self) -> Stopped {
        Stopped::OverBudget(format!(
            "computed for more than {} altogether, calls that had nothing to wait for included; do less in one run, wait longer between two looks, or let the server do it",
            seconds(self.budgets.cpu)
        ))
    }
}

fn seconds(duration: Duration) -> String {
    lariat_core::duration::Span::from(duration).to_string()
}
