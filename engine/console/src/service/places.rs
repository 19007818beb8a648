//! How accounts stand in open pools, and why one isn't served.

use lariat_core::ids::{AccountId, PoolName};
use lariat_core::outcome::FinalState;
use lariat_core::pool::{AccountPlace, PlaceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Service;
use super::error::ServiceError;

/// How accounts stand that are looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// To be served, next first.
    #[default]
    Ready,
    /// Resting after a failure.
    Resting,
    /// A bot has them, of this pool or another.
    InUse,
    /// Refused by the pool type.
    Refused,
    /// Completed.
    Completed,
    /// Failed for good.
    Failed,
    /// Skipped.
    Skipped,
}

impl From<Standing> for PlaceKind {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Ready => Self::Ready,
            Standing::Resting => Self::Resting,
            Standing::InUse => Self::InUse,
            Standing::Refused => Self::Refused,
            Standing::Completed => Self::Settled(FinalState::Completed),
            Standing::Failed => Self::Settled(FinalState::Failed),
            Standing::Skipped => Self::Settled(FinalState::Skipped),
        }
    }
}

/// Some accounts of a pool, and how they stand in it.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct PoolPlaces {
    /// Whether the pool is open: it selects its accounts when a launch opens it, or a refresh.
    pub open: bool,
    /// The accounts. May be none though there are more behind `next`.
    pub items: Vec<AccountPlace>,
    /// The `cursor` of the next page; none at the end.
    pub next: Option<u32>,
}

/// How an account stands in a pool.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlaceIn {
    /// The pool.
    pub pool: PoolName,
    /// How it stands there.
    #[serde(flatten)]
    pub place: AccountPlace,
}

impl Service {
    /// How some accounts of a pool stand, from a place on.
    ///
    /// # Errors
    /// When there is no such pool.
    pub fn pool_places(
        &self,
        name: &str,
        standing: Standing,
        after: Option<u32>,
        limit: usize,
    ) -> Result<PoolPlaces, ServiceError> {
        let open = self.orchestrator.pool_manager().get_open(&self.known_pool(name)?);
        let Some(pool) = open else { return Ok(PoolPlaces::default()) };
        let found = pool.places(standing.into(), after, limit);
        Ok(PoolPlaces { open: true, items: found.accounts, next: found.next })
    }

    /// How an account stands in each open pool that has it.
    pub fn places_of(&self, account: &AccountId) -> Vec<PlaceIn> {
        let pools = self.orchestrator.pool_manager().open_pools().into_iter();
        pools
            .filter_map(|pool| Some(PlaceIn { pool: pool.name().clone(), place: pool.place(account)? }))
            .collect()
    }
}
