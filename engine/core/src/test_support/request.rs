//! What a ledger is asked and answers, as values.

use crate::ids::{AccountId, PoolName};
use crate::ledger::{
    LeaseDecision, LeaseRequest, Ledger, LedgerError, LiveLease, Renewal, ResetReport, SettleRequest,
};

/// What a ledger is asked.
#[derive(Debug, Clone)]
pub enum Request {
    /// [`Ledger::lease`]
    Lease(LeaseRequest),
    /// [`Ledger::settle`]
    Settle(SettleRequest),
    /// [`Ledger::renew`]
    Renew(Vec<Renewal>),
    /// [`Ledger::record_refresh`]
    Refreshed(PoolName),
    /// [`Ledger::reset`]
    Reset(PoolName, Option<Vec<AccountId>>),
    /// [`Ledger::rescue`]
    Rescue,
}

/// What it answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// To a lease.
    Leased(LeaseDecision),
    /// To a settlement that counts, or a refresh that was noted.
    Done,
    /// To a settlement that came too late.
    Fenced,
    /// To renewals: the leases that were lost.
    Renewed(Vec<AccountId>),
    /// To a reset.
    Reset(ResetReport),
    /// To a rescue, in the order of the accounts.
    Rescued(Vec<LiveLease>),
    /// The ledger failed.
    Failed(String),
}

/// Asks a ledger.
pub async fn put(ledger: &dyn Ledger, request: Request) -> Answer {
    let answered = match request {
        Request::Lease(request) => ledger.lease(request).await.map(Answer::Leased),
        Request::Settle(request) => ledger.settle(request).await.map(|()| Answer::Done),
        Request::Renew(renewals) => ledger.renew(renewals).await.map(Answer::Renewed),
        Request::Refreshed(pool) => ledger.record_refresh(&pool).await.map(|()| Answer::Done),
        Request::Reset(pool, only) => ledger.reset(&pool, only).await.map(Answer::Reset),
        Request::Rescue => ledger.rescue().await.map(|mut leases| {
            leases.sort_by(|a, b| a.account.cmp(&b.account));
            Answer::Rescued(leases)
        }),
    };
    match answered {
        Ok(answer) => answer,
        Err(LedgerError::Fenced { .. }) => Answer::Fenced,
        Err(error) => Answer::Failed(error.to_string()),
    }
}
