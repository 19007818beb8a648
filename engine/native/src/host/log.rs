//! What a plugin logs, masked, with what the engine knows of the operation; and no flood.

use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{HostSide, Operation};
use crate::call::Work;

/// How many lines a plugin may log in a second.
const LINES_A_SECOND: u32 = 1_000;

/// How many there were in the last second.
pub(super) struct Lines {
    since: Instant,
    logged: u32,
    passed_over: u64,
}

impl Default for Lines {
    fn default() -> Self {
        Self { since: Instant::now(), logged: 0, passed_over: 0 }
    }
}

/// One line, as a plugin gives it.
#[derive(Deserialize)]
pub(super) struct Line {
    #[serde(default)]
    level: String,
    message: String,
    #[serde(default)]
    fields: Map<String, Value>,
}

impl HostSide {
    pub(super) fn log(&self, operation: Option<&Operation>, line: Line) {
        let passed_over = {
            let mut lines = self.lines.lock();
            if lines.since.elapsed() >= Duration::from_secs(1) {
                lines.since = Instant::now();
                lines.logged = 0;
            }
            if lines.logged >= LINES_A_SECOND {
                lines.passed_over += 1;
                return;
            }
            lines.logged += 1;
            std::mem::take(&mut lines.passed_over)
        };
        let plugin = &self.plugin;
        if passed_over > 0 {
            tracing::warn!(target: "lariat::plugin", plugin, "{passed_over} log lines were dropped; it logs too many a second");
        }
        let nothing = Work::default();
        let about = operation.map(|operation| &operation.about);
        let work = about.and_then(|about| about.work.as_deref()).unwrap_or(&nothing);
        let extension = operation.map_or("", |operation| &*operation.asker.extension);
        let mask = |text: String| work.secrets.mask(text);
        let (message, fields) = (mask(line.message), mask(Value::Object(line.fields).to_string()));
        let Work { launch, group, account, pool, .. } = work;
        let instance = about.and_then(|about| about.instance).map(|id| id.to_string()).unwrap_or_default();
        macro_rules! emit {
            ($level:ident) => {
                tracing::$level!(target: "lariat::plugin", plugin, extension, launch_id = launch, group, instance,
                    account, pool, fields, "{message}")
            };
        }
        match line.level.as_str() {
            "trace" => emit!(trace),
            "debug" => emit!(debug),
            "warn" => emit!(warn),
            "error" => emit!(error),
            _ => emit!(info),
        }
    }
}
