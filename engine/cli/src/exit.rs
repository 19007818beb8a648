//! How the program ends: exit codes, and errors that carry theirs.

use lariat_console::{Code, ServiceError};
use lariat_core::definition::DefinitionError;
use lariat_core::orchestrator::OrchestratorError;
use lariat_core::pool::PoolError;
use lariat_core::source::SourceError;

/// The exit codes of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// It ran, but something in it failed.
    Failed = 1,
    /// Bad usage, or a bad definition.
    Usage = 2,
    /// A rule said no: validation, hook, conflict, read-only query.
    Refused = 3,
    /// There is no such thing.
    NotFound = 4,
    /// The engine isn't reachable, or is busy with this workspace.
    Busy = 5,
    /// Somebody pressed Ctrl-C.
    Interrupted = 130,
}

impl Exit {
    /// What a source's error leads to.
    pub const fn of_source(error: &SourceError) -> Self {
        match error {
            SourceError::Refused(_) => Self::Refused,
            SourceError::Invalid(_) => Self::Usage,
            SourceError::Unavailable(_) | SourceError::Extension { .. } => Self::Failed,
        }
    }

    /// The exit of a code, as an engine tells it.
    pub const fn of_code(code: i64) -> Self {
        match code {
            2 => Self::Usage,
            3 => Self::Refused,
            4 => Self::NotFound,
            5 => Self::Busy,
            _ => Self::Failed,
        }
    }

    /// The same for those who ask a service.
    pub const fn code(self) -> Code {
        match self {
            Self::Usage => Code::Invalid,
            Self::Refused => Code::Refused,
            Self::NotFound => Code::NotFound,
            Self::Busy => Code::Busy,
            Self::Done | Self::Failed | Self::Interrupted => Code::Failed,
        }
    }
}

/// An error with the exit code it leads to.
#[derive(Debug)]
pub struct CliError {
    /// The exit code.
    pub exit: Exit,
    /// What to print, without a leading `error:`.
    pub message: String,
}

/// What commands give back.
pub type CliResult = Result<Exit, CliError>;

impl CliError {
    /// An error with its exit code.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    /// Bad usage.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }
}

impl From<ServiceError> for CliError {
    fn from(error: ServiceError) -> Self {
        Self::new(Exit::of_code(error.code.exit().into()), error.message)
    }
}

impl From<DefinitionError> for CliError {
    fn from(error: DefinitionError) -> Self {
        let exit = match &error {
            DefinitionError::NotFound { .. } => Exit::NotFound,
            DefinitionError::Broken { .. } | DefinitionError::Invalid(_) => Exit::Usage,
            DefinitionError::Exists { .. } | DefinitionError::Changed { .. } => Exit::Refused,
            DefinitionError::Io { .. } => Exit::Failed,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<PoolError> for CliError {
    fn from(error: PoolError) -> Self {
        let exit = match error {
            PoolError::Definition(error) => return error.into(),
            PoolError::Source { error: ref source, .. } => Exit::of_source(source),
            PoolError::Ledger { .. } => Exit::Failed,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<OrchestratorError> for CliError {
    fn from(error: OrchestratorError) -> Self {
        let exit = match error {
            OrchestratorError::Definition(error) => return error.into(),
            OrchestratorError::Pool(error) => return error.into(),
            OrchestratorError::AlreadyRunning(_)
            | OrchestratorError::NotRunning(_)
            | OrchestratorError::NoPool(_) => Exit::Refused,
            OrchestratorError::Launch(_) => Exit::Failed,
        };
        Self::new(exit, error.to_string())
    }
}
