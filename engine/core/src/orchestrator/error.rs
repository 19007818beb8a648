//! Why the orchestrator couldn't do as asked.

use crate::definition::DefinitionError;
use crate::ids::GroupName;
use crate::launch::LaunchFailure;
use crate::pool::PoolError;

/// Why the orchestrator couldn't do as asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OrchestratorError {
    /// The group can't be found or used, or not be saved.
    #[error(transparent)]
    Definition(#[from] DefinitionError),
    /// Its pool can't be used.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// The group runs already.
    #[error("group \"{0}\" is running already; stop it first, or scale it")]
    AlreadyRunning(GroupName),
    /// The group doesn't run.
    #[error("group \"{0}\" isn't running")]
    NotRunning(GroupName),
    /// The group has no pool.
    #[error("group \"{0}\" has no account pool; set one with `lariat group set-pool`")]
    NoPool(GroupName),
    /// A phase failed.
    #[error("{0}")]
    Launch(LaunchFailure),
}
