//! What the writer is asked.

use lariat_core::ids::{AccountId, PoolName};
use lariat_core::kv::KvError;
use lariat_core::ledger::{Attempt, LeaseDecision, LeaseRequest, LedgerError, Renewal, SettleRequest};
use serde_json::Value;
use tokio::sync::oneshot;

use super::Alone;
use crate::error::StoreError;

/// Where an answer goes. Whoever asked may have gone; then nobody is told.
pub(crate) type Reply<T, E = LedgerError> = oneshot::Sender<Result<T, E>>;

/// One request. All but [`Request::Alone`] share a transaction.
pub(crate) enum Request {
    Lease(LeaseRequest, Reply<LeaseDecision>),
    Settle(Box<SettleRequest>, Reply<()>),
    Renew(Vec<Renewal>, Reply<Vec<AccountId>>),
    Attempt(Box<Attempt>, Reply<()>),
    Refreshed(PoolName, Reply<()>),
    Keep { extension: String, key: String, value: Value, reply: Reply<(), KvError> },
    Alone(Alone),
}

impl Request {
    /// Answers with an error.
    pub(crate) fn refuse(self, error: &StoreError) {
        match self {
            Self::Lease(_, reply) => drop(reply.send(Err(error.into()))),
            Self::Settle(_, reply) | Self::Attempt(_, reply) | Self::Refreshed(_, reply) => {
                drop(reply.send(Err(error.into())));
            }
            Self::Renew(_, reply) => drop(reply.send(Err(error.into()))),
            Self::Keep { reply, .. } => drop(reply.send(Err(error.into()))),
            Self::Alone(alone) => alone.refuse(error),
        }
    }
}
