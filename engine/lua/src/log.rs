//! Log lines of scripts: `tracing` events under the targets `lariat::routine`,
//! `lariat::pool`, `lariat::hook` and `lariat::provider`.

use std::cell::Cell;
use std::time::{Duration, Instant};

use lariat_core::ids::{GroupName, InstanceId, LaunchId, PoolName};
use serde_json::Value;

use crate::kind::ScriptKind;
use crate::service::Service;
use crate::work::Work;

/// How many lines a run may log in a second.
pub(crate) struct LogBudget {
    a_second: u32,
    since: Cell<Instant>,
    logged: Cell<u32>,
    dropped: Cell<u64>,
}

impl LogBudget {
    /// A budget of so many lines a second.
    pub(crate) fn new(a_second: u32) -> Self {
        Self { a_second, since: Cell::new(Instant::now()), logged: Cell::default(), dropped: Cell::default() }
    }

    /// Whether one more line may be logged, and how many were dropped before it.
    fn take(&self) -> Option<u64> {
        if self.logged.get() >= self.a_second && self.since.get().elapsed() >= Duration::from_secs(1) {
            self.since.set(Instant::now());
            self.logged.set(0);
        }
        if self.logged.get() >= self.a_second {
            self.dropped.set(self.dropped.get().saturating_add(1));
            return None;
        }
        self.logged.set(self.logged.get().saturating_add(1));
        Some(self.dropped.replace(0))
    }
}

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

impl Level {
    /// By its name in `ctx.log`.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "debug" => Self::Debug,
            "warn" => Self::Warn,
            "error" => Self::Error,
            _ => Self::Info,
        }
    }
}

/// Logs a line for a run, unless it has logged too many.
pub(crate) fn log(service: &Service, level: Level, message: String, fields: Option<Value>) {
    let Some(dropped) = service.log_budget.take() else { return };
    if dropped > 0 {
        let lines = format!("{dropped} log lines of this run were dropped; it logs too many a second");
        event(service, Level::Warn, &lines, None);
    }
    let message = service.secrets.mask(message);
    let fields = fields.map(|fields| service.secrets.mask_json(fields).to_string());
    event(service, level, &message, fields.as_deref());
}

fn event(service: &Service, level: Level, message: &str, fields: Option<&str>) {
    let About { launch_id, group, instance, account, pool } = About::of(&service.work);
    let name = &service.who.name;
    macro_rules! emit {
        ($target:literal, $level:ident, $kind:ident) => {
            tracing::event!(
                target: $target,
                tracing::Level::$level,
                launch_id = launch_id.map(display),
                group = group.map(display),
                instance = instance.map(display),
                account,
                pool = pool.map(display),
                $kind = %name,
                fields,
                "{message}"
            )
        };
    }
    macro_rules! emit_at {
        ($target:literal, $kind:ident) => {
            match level {
                Level::Debug => emit!($target, DEBUG, $kind),
                Level::Info => emit!($target, INFO, $kind),
                Level::Warn => emit!($target, WARN, $kind),
                Level::Error => emit!($target, ERROR, $kind),
            }
        };
    }
    match service.work.kind() {
        ScriptKind::Routine => emit_at!("lariat::routine", routine),
        ScriptKind::Pool => emit_at!("lariat::pool", pool_type),
        ScriptKind::Hook => emit_at!("lariat::hook", hook),
        ScriptKind::Provider => emit_at!("lariat::provider", provider),
    }
}

/// What a run is about, as far as there is such a thing.
#[derive(Default)]
struct About<'a> {
    launch_id: Option<LaunchId>,
    group: Option<&'a GroupName>,
    instance: Option<InstanceId>,
    account: Option<&'a str>,
    pool: Option<&'a PoolName>,
}

impl<'a> About<'a> {
    fn of(work: &'a Work) -> Self {
        let account = work.account().map(|account| account.id.as_str());
        match work {
            Work::Routine(run) => Self {
                launch_id: Some(run.launch),
                group: Some(&run.group),
                instance: Some(run.instance),
                account,
                pool: None,
            },
            Work::Hook(call) => {
                Self { launch_id: Some(call.launch_id), group: Some(&call.group), ..Self::default() }
            }
            Work::Pool(work) => Self { account, pool: Some(&work.pool), ..Self::default() },
            Work::Provider(_) => Self::default(),
        }
    }
}
