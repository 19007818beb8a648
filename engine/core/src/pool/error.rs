//! Why a pool couldn't do as asked.

use crate::definition::DefinitionError;
use crate::ids::PoolName;
use crate::ledger::LedgerError;
use crate::source::SourceError;

/// Why a pool couldn't do as asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PoolError {
    /// The definition can't be found or used.
    #[error(transparent)]
    Definition(#[from] DefinitionError),
    /// The source gave nothing.
    #[error("pool \"{pool}\": {error}")]
    Source {
        /// Which pool.
        pool: PoolName,
        /// Why.
        error: SourceError,
    },
    /// The ledger failed.
    #[error("pool \"{pool}\": {error}")]
    Ledger {
        /// Which pool.
        pool: PoolName,
        /// Why.
        error: LedgerError,
    },
}
