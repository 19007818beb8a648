//! How a bot stands.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a bot stands, or how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BotStatus {
    /// On its way to its first account.
    Starting,
    /// Asking its pool for an account.
    Waiting,
    /// Running its routine.
    Running,
    /// Held until somebody resumes it.
    Paused,
    /// Pausing before it is started again.
    Restarting,
    /// Ended well.
    Completed,
    /// Ended by an error.
    Failed,
    /// Ended because somebody stopped it.
    Stopped,
}

impl BotStatus {
    /// The lower-case word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Restarting => "restarting",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }

    /// Whether it has ended.
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Stopped)
    }
}
