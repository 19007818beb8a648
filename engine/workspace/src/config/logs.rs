//! The log files of a running engine.

use lariat_core::definition::Problem;
use lariat_core::duration::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::Size;
use crate::rotating::Keep;

/// Smaller files would hold hardly anything.
const SMALLEST: Size = Size::from_kib(64);
/// Each of them is renamed when one is full.
const MOST: u32 = 1000;

/// What is kept of the log files of `lariat up`, `.lariat/logs/lariat.jsonl` and those
/// before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LogsConfig {
    /// How large a file may grow before the next one is begun (default 10MiB).
    pub max_size: Size,
    /// How many full files are kept besides the one that is written (default 9).
    #[schemars(range(max = 1000))]
    pub keep: u32,
    /// How long a full file is kept (default 30d).
    pub keep_for: Span,
}

impl Default for LogsConfig {
    fn default() -> Self {
        Self { max_size: Size::from_mib(10), keep: 9, keep_for: Span::from_secs(30 * 86_400) }
    }
}

impl LogsConfig {
    /// The same for a [`Rotating`](crate::rotating::Rotating).
    pub fn kept(&self) -> Keep {
        Keep { size: self.max_size.bytes(), files: self.keep, age: self.keep_for.as_duration() }
    }

    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        if self.max_size < SMALLEST {
            found.push(Problem::at("logs.max_size", format!("must be at least {SMALLEST}")));
        }
        if self.keep > MOST {
            found.push(Problem::at("logs.keep", format!("must be at most {MOST}")));
        }
        if self.keep_for.is_zero() {
            found.push(Problem::at("logs.keep_for", "must be more than 0s; `keep: 0` keeps no full file"));
        }
        found
    }
}
