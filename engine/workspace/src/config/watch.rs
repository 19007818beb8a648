//! How a running engine notices that files were edited.

use std::time::Duration;

use lariat_core::definition::Problem;
use lariat_core::duration::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::watch::{Mode, Options};

/// How `lariat up` notices that files were edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WatchConfig {
    /// `auto`: the system tells, and where it can't, files are looked at now and then
    /// (default). `poll`: always the latter, as network folders need it.
    pub mode: Mode,
    /// How long nothing may happen before files are read (default 100ms).
    pub quiet: Span,
    /// How often files are looked at where the system doesn't tell (default 2s).
    pub poll_every: Span,
}

impl Default for WatchConfig {
    fn default() -> Self {
        Self { mode: Mode::Auto, quiet: Span::from_millis(100), poll_every: Span::from_secs(2) }
    }
}

impl WatchConfig {
    /// The same for a [`Watch`](crate::Watch).
    pub fn options(&self) -> Options {
        let (quiet, poll_every) = (self.quiet.as_duration(), self.poll_every.as_duration());
        let cap = Options::default().cap.max(quiet * 4);
        Options { mode: self.mode, quiet, cap, poll_every, ..Options::default() }
    }

    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        if self.quiet.as_duration() > Duration::from_secs(60) {
            found.push(Problem::at("watch.quiet", "must be at most 60s"));
        }
        if self.poll_every.as_duration() < Duration::from_millis(50) {
            found.push(Problem::at("watch.poll_every", "must be at least 50ms"));
        }
        found
    }
}
