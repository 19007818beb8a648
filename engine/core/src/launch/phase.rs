//! The phases of a launch by name, how one fails, and the one place that runs them.

use serde::Serialize;

use crate::definition::DefinitionError;
use crate::event::EventKind;
use crate::launch::Launch;
use crate::pool::PoolError;
use crate::source::SourceError;

/// A step of a launch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Opens or finds the pool by its name, and refreshes it if wanted.
    ResolvePool,
    /// Checks routine, parameters, templates and instances; freezes the plan.
    Validate,
    /// Reserves instances, resolves conflicts, waits until they are ready.
    AcquireInstances,
    /// Starts a bot on each, with a pause between two.
    LaunchBots,
    /// Brings the bots to an end.
    Stop,
    /// Gives back what the launch took; always runs.
    Release,
}

impl Phase {
    /// All phases in the order of a launch.
    pub const ALL: [Self; 6] = [
        Self::ResolvePool,
        Self::Validate,
        Self::AcquireInstances,
        Self::LaunchBots,
        Self::Stop,
        Self::Release,
    ];

    /// The word in events and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResolvePool => "resolve_pool",
            Self::Validate => "validate",
            Self::AcquireInstances => "acquire_instances",
            Self::LaunchBots => "launch_bots",
            Self::Stop => "stop",
            Self::Release => "release",
        }
    }
}

/// What kind of failure ended a launch before its bots ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// A rule said no: validation, a conflict, a query that isn't read-only.
    Refused,
    /// A definition that it needs can't be used.
    Invalid,
    /// Something broke.
    Failed,
    /// Somebody stopped it.
    Stopped,
}

/// Why a phase failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LaunchFailure {
    /// Which phase.
    pub phase: Phase,
    /// What kind of failure.
    pub kind: FailureKind,
    /// One line for each thing that is wrong.
    pub messages: Vec<String>,
}

impl LaunchFailure {
    /// A rule said no.
    pub fn refused(phase: Phase, messages: Vec<String>) -> Self {
        Self { phase, kind: FailureKind::Refused, messages }
    }

    /// Something broke.
    pub fn failed(phase: Phase, message: impl Into<String>) -> Self {
        Self { phase, kind: FailureKind::Failed, messages: vec![message.into()] }
    }

    /// Somebody stopped it.
    pub fn stopped(phase: Phase) -> Self {
        Self { phase, kind: FailureKind::Stopped, messages: vec!["stopped".into()] }
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
        Self { phase, kind, messages: error.to_string().lines().map(str::to_owned).collect() }
    }
}

impl std::fmt::Display for LaunchFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.phase.as_str(), self.messages.join("; "))
    }
}

/// Runs one phase: announces it, runs it, announces how it went.
pub(crate) async fn run<T>(
    launch: &Launch,
    phase: Phase,
    work: impl Future<Output = Result<T, LaunchFailure>>,
) -> Result<T, LaunchFailure> {
    let (launch_ref, phase_name) = (|| launch.reference(), phase.as_str());
    launch.publish(EventKind::PhaseStarted { launch: launch_ref(), phase: phase_name });
    let result = work.await;
    launch.publish(match &result {
        Ok(_) => EventKind::PhaseFinished { launch: launch_ref(), phase: phase_name },
        Err(failure) => EventKind::PhaseFailed {
            launch: launch_ref(),
            phase: phase_name,
            error: failure.messages.join("; "),
        },
    });
    result
}
