//! How a launch fails.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::definition::DefinitionError;
use crate::hook::Denial;
use crate::launch::Phase;
use crate::pool::PoolError;
use crate::source::SourceError;

/// What kind of failure ended a launch before its bots ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// A rule said no: validation, a hook, a conflict, a query that isn't read-only.
    Refused,
    /// A definition that it needs can't be used.
    Invalid,
    /// Something broke.
    Failed,
    /// Somebody stopped it.
    Stopped,
}

/// Why a phase failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LaunchFailure {
    /// Which phase.
    pub phase: Phase,
    /// What kind of failure.
    pub kind: FailureKind,
    /// One line for each thing that is wrong.
    pub messages: Vec<String>,
    /// The hook that ended it, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied_by: Option<Denial>,
}

impl LaunchFailure {
    /// A rule said no.
    pub fn refused(phase: Phase, messages: Vec<String>) -> Self {
        Self { phase, kind: FailureKind::Refused, messages, denied_by: None }
    }

    /// Something broke.
    pub fn failed(phase: Phase, message: impl Into<String>) -> Self {
        Self { phase, kind: FailureKind::Failed, messages: vec![message.into()], denied_by: None }
    }

    /// Somebody stopped it.
    pub fn stopped(phase: Phase) -> Self {
        Self { phase, kind: FailureKind::Stopped, messages: vec!["stopped".into()], denied_by: None }
    }

    /// A hook said no, or broke where its failure means no.
    pub fn denied(by: Denial, message: String) -> Self {
        Self { denied_by: Some(by.clone()), ..Self::refused(by.point.phase, vec![message]) }
    }

    /// A pool couldn't be resolved.
    pub fn of_pool(phase: Phase, error: &PoolError) -> Self {
        let kind = match error {
            PoolError::Definition(DefinitionError::NotFound { .. })
            | PoolError::Source { error: SourceError::Refused(_), .. } => FailureKind::Refused,
            PoolError::Definition(DefinitionError::Broken { .. } | DefinitionError::Invalid(_))
            | PoolError::Source { error: SourceError::Invalid(_), .. } => FailureKind::Invalid,
            _ => FailureKind::Failed,
        };
        let messages = error.to_string().lines().map(str::to_owned).collect();
        Self { phase, kind, messages, denied_by: None }
    }
}

impl std::fmt::Display for LaunchFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.phase.as_str(), self.messages.join("; "))
    }
}
