//! Why a service couldn't do as asked.

use lariat_core::definition::DefinitionError;
use lariat_core::orchestrator::OrchestratorError;
use lariat_core::pool::PoolError;
use lariat_core::records::RecordsError;
use lariat_core::source::SourceError;
use lariat_workspace::{Seen, WorkspaceError};

/// What kind of error: as an exit code of the contract, or as a status of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Something broke.
    Failed,
    /// What was asked makes no sense, or a definition can't be used.
    Invalid,
    /// A rule said no.
    Refused,
    /// What is there isn't what the caller has seen.
    Stale,
    /// There is no such thing.
    NotFound,
    /// The engine is ending.
    Busy,
}

impl Code {
    /// The exit code of the contract.
    pub const fn exit(self) -> i32 {
        match self {
            Self::Failed => 1,
            Self::Invalid => 2,
            Self::Refused | Self::Stale => 3,
            Self::NotFound => 4,
            Self::Busy => 5,
        }
    }
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

    /// Why a definition wasn't written or removed for somebody who has `seen` something of
    /// it.
    pub(super) fn unwritten(error: WorkspaceError, seen: Seen) -> Self {
        let is_stale = seen != Seen::Current && matches!(error, WorkspaceError::Changed { .. });
        let error = Self::from(DefinitionError::from(error));
        if is_stale { Self { code: Code::Stale, ..error } } else { error }
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
