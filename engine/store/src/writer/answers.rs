//! Who is told what when a batch is durable.

use std::collections::HashMap;

use jiff::Timestamp;
use lariat_core::ids::{AccountId, LeaseToken};
use lariat_core::kv::KvError;
use lariat_core::ledger::{LeaseDecision, LedgerError};
use lariat_core::outcome::FinalState;

use super::request::Reply;
use crate::error::StoreError;

/// The leases that the database refused, by token, since their pool has settled the
/// account: as what, and when.
pub(super) type Refused = HashMap<LeaseToken, (FinalState, Timestamp)>;

/// An answer that waits for its batch.
pub(super) enum Answer {
    /// A lease: granted unless the database refuses it, or held by somebody.
    Lease(Reply<LeaseDecision>, LeaseDecision),
    /// A settlement, or the error that it was fenced; a record.
    Done(Reply<()>, Result<(), LedgerError>),
    /// A renewal, and the accounts whose lease was lost.
    Renewed(Reply<Vec<AccountId>>, Vec<AccountId>),
    /// A value kept, or the limit that was exceeded.
    Kept(Reply<(), KvError>, Result<(), KvError>),
}

impl Answer {
    /// Makes it one that tells of a refusal, if it would grant what the database refused.
    pub(super) fn heed(&mut self, refused: &Refused) {
        if let Self::Lease(_, decision) = self
            && let LeaseDecision::Granted { token } = decision
            && let Some((state, at)) = refused.get(token)
        {
            *decision = LeaseDecision::Settled { state: *state, at: *at };
        }
    }

    /// Tells it; the batch is durable.
    pub(super) fn tell(self) {
        match self {
            Self::Lease(reply, decision) => drop(reply.send(Ok(decision))),
            Self::Done(reply, result) => drop(reply.send(result)),
            Self::Renewed(reply, lost) => drop(reply.send(Ok(lost))),
            Self::Kept(reply, result) => drop(reply.send(result)),
        }
    }

    /// Tells that the batch failed.
    pub(super) fn refuse(self, error: &StoreError) {
        match self {
            Self::Lease(reply, _) => drop(reply.send(Err(error.into()))),
            Self::Done(reply, _) => drop(reply.send(Err(error.into()))),
            Self::Renewed(reply, _) => drop(reply.send(Err(error.into()))),
            Self::Kept(reply, _) => drop(reply.send(Err(error.into()))),
        }
    }
}
