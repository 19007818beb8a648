//! How it is listened, and how long it is waited.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How changes of files are noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The system tells; where it can't, as `poll`.
    #[default]
    Auto,
    /// Files are looked at now and then: for network folders, whose changes no system tells.
    Poll,
}

/// How it is listened, and how long it is waited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How changes are noticed.
    pub mode: Mode,
    /// How long nothing may happen before files are read.
    pub quiet: Duration,
    /// After how long they are read all the same, but for those still being written.
    pub cap: Duration,
    /// After how long also a file is read that somebody doesn't stop writing.
    pub patience: Duration,
    /// How often files are looked at when the system doesn't tell.
    pub poll_every: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            mode: Mode::Auto,
            quiet: Duration::from_millis(100),
            cap: Duration::from_secs(1),
            patience: Duration::from_secs(10),
            poll_every: Duration::from_secs(2),
        }
    }
}
