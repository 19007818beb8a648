//! Log lines of routines: `tracing` events under the target `lariat::routine`.

use std::cell::Cell;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::service::Service;

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
    macro_rules! emit {
        ($level:ident) => {
            tracing::event!(
                target: "lariat::routine",
                tracing::Level::$level,
                launch_id = %service.run.launch,
                group = %service.run.group,
                instance = %service.run.instance,
                account = service.run.account.as_ref().map(|account| account.id.as_str()),
                routine = %service.routine,
                fields,
                "{message}"
            )
        };
    }
    match level {
        Level::Debug => emit!(DEBUG),
        Level::Info => emit!(INFO),
        Level::Warn => emit!(WARN),
        Level::Error => emit!(ERROR),
    }
}
