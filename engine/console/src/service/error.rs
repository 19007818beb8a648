//! Why a service couldn't do as asked.

use lariat_core::definition::DefinitionError;
use lariat_core::orchestrator::OrchestratorError;
use lariat_core::pool::PoolError;
use lariat_core::records::RecordsError;
use lariat_core::source::SourceError;

/// What kind of error: the exit codes of the contract, which HTTP tells by its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Something broke.
    Failed = 1,
    /// What was asked makes no sense, or a definition can't be used.
    Invalid = 2,
    /// A rule said no.
    Refused = 3,
    /// There is no such thing.
    NotFound = 4,
    /// The engine is ending.
    Busy = 5,
}

/// Why a service couldn't do as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ServiceError {
    /// What kind.
    pub code: Code,
    /// In words for people, with what to do.
    pub message: String,
}

impl ServiceError {
    /// An error with its kind.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl From<DefinitionError> for ServiceError {
    fn from(error: DefinitionError) -> Self {
        let code = match &error {
            DefinitionError::NotFound { .. } => Code::NotFound,
            DefinitionError::Broken { .. } | DefinitionError::Invalid(_) => Code::Invalid,
            DefinitionError::Exists { .. } | DefinitionError::Changed { .. } => Code::Refused,
            DefinitionError::Io { .. } => Code::Failed,
        };
        Self::new(code, error.to_string())
    }
}

impl From<PoolError> for ServiceError {
    fn from(error: PoolError) -> Self {
        let code = match error {
            PoolError::Definition(error) => return error.into(),
            PoolError::Source { error: SourceError::Refused(_), .. } => Code::Refused,
            PoolError::Source { error: SourceError::Invalid(_), .. } => Code::Invalid,
            PoolError::Source { .. } | PoolError::Ledger { .. } => Code::Failed,
        };
        Self::new(code, error.to_string())
    }
}

impl From<RecordsError> for ServiceError {
    fn from(error: RecordsError) -> Self {
        Self::new(Code::Failed, error.to_string())
    }
}

impl From<OrchestratorError> for ServiceError {
    fn from(error: OrchestratorError) -> Self {
        let code = match error {
            OrchestratorError::Definition(error) => return error.into(),
            OrchestratorError::Pool(error) => return error.into(),
            OrchestratorError::AlreadyRunning(_)
            | OrchestratorError::NotRunning(_)
            | OrchestratorError::NoPool(_) => Code::Refused,
            OrchestratorError::Launch(_) => Code::Failed,
        };
        Self::new(code, error.to_string())
    }
}
