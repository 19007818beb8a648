//! Who is told what when a batch is durable.

use std::collections::HashMap;

use lariat_core::ids::{AccountId, LeaseToken};
use lariat_core::kv::KvError;
use lariat_core::ledger::{LeaseDecision, LedgerError};
use lariat_core::outcome::FinalState;

use super::mirror::{Held, Mirror};
use super::request::Reply;
use crate::error::StoreError;

/// The leases that the database refused, by token, since their pool has settled the
/// account.
pub(super) type Refused = HashMap<LeaseToken, FinalState>;

/// An answer that waits for its batch.
pub(super) enum Answer {
    /// A lease that is granted unless the database refuses it.
    Granted(Reply<LeaseDecision>),
    /// A lease that somebody holds.
    Held(Reply<LeaseDecision>, LeaseDecision),
    /// A settlement, or the error that it was fenced; a record.
    Done(Reply<()>, Result<(), LedgerError>),
    /// A renewal, and the accounts whose lease was lost.
    Renewed(Reply<Vec<AccountId>>, Vec<AccountId>),
    /// A value kept, or the limit that was exceeded.
    Kept(Reply<(), KvError>, Result<(), KvError>),
}

impl Answer {
    /// Tells it; the batch is durable. Leases that were granted, `leases` in the order in
    /// which they were asked for, are live from now on.
    pub(super) fn tell(
        self,
        leases: &mut impl Iterator<Item = Held>,
        refused: &Refused,
        mirror: &mut Mirror,
    ) {
        match self {
            Self::Granted(reply) => {
                let Some(held) = leases.next() else { return };
                let token = held.lease.token;
                let decision = match refused.get(&token) {
                    Some(state) => LeaseDecision::Settled(*state),
                    None => {
                        mirror.leases.insert(held.lease.account.clone(), held);
                        LeaseDecision::Granted { token }
                    }
                };
                drop(reply.send(Ok(decision)));
            }
            Self::Held(reply, decision) => drop(reply.send(Ok(decision))),
            Self::Done(reply, result) => drop(reply.send(result)),
            Self::Renewed(reply, lost) => drop(reply.send(Ok(lost))),
            Self::Kept(reply, result) => drop(reply.send(result)),
        }
    }

    /// Tells that the batch failed.
    pub(super) fn refuse(self, error: &StoreError) {
        match self {
            Self::Granted(reply) | Self::Held(reply, _) => drop(reply.send(Err(error.into()))),
            Self::Done(reply, _) => drop(reply.send(Err(error.into()))),
            Self::Renewed(reply, _) => drop(reply.send(Err(error.into()))),
            Self::Kept(reply, _) => drop(reply.send(Err(error.into()))),
        }
    }
}
