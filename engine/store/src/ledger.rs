//! The ledger of a store: what changes goes to the writer, what is read doesn't.

use async_trait::async_trait;
use lariat_core::failpoint::{self, Site};
use lariat_core::ids::{AccountId, PoolName};
use lariat_core::ledger::{
    Attempt, KeptSelection, LeaseDecision, LeaseRequest, Ledger, LedgerError, LiveLease, PoolHistory,
    Renewal, ResetReport, SettleRequest,
};

use crate::attempts::SettledRun;
use crate::error::StoreError;
use crate::history;
use crate::selection;
use crate::store::Store;
use crate::writer::{Alone, Request};

#[async_trait]
impl Ledger for Store {
    async fn lease(&self, request: LeaseRequest) -> Result<LeaseDecision, LedgerError> {
        self.ask(|reply| Request::Lease(request, reply)).await
    }

    async fn settle(&self, request: SettleRequest) -> Result<(), LedgerError> {
        let run = SettledRun::of(&request);
        match self.ask(|reply| Request::Settle(Box::new(request), reply)).await {
            // A commit may report an error and stand: then the run that asks again has
            // fenced itself.
            Err(LedgerError::Fenced { .. }) if self.has_settled(&run).await? => Ok(()),
            answer => answer,
        }
    }

    async fn renew(&self, renewals: Vec<Renewal>) -> Result<Vec<AccountId>, LedgerError> {
        if renewals.is_empty() {
            return Ok(Vec::new());
        }
        failpoint::hit(Site::StoreRenew).await.map_err(StoreError::from)?;
        self.ask(|reply| Request::Renew(renewals, reply)).await
    }

    async fn record_attempt(&self, attempt: Attempt) -> Result<(), LedgerError> {
        self.ask(|reply| Request::Attempt(Box::new(attempt), reply)).await
    }

    async fn history(&self, pool: &PoolName) -> Result<PoolHistory, LedgerError> {
        failpoint::hit(Site::StoreHistory).await.map_err(StoreError::from)?;
        Ok(history::of_pool(self.readers(), pool).await?)
    }

    async fn record_refresh(&self, pool: &PoolName) -> Result<(), LedgerError> {
        self.ask(|reply| Request::Refreshed(pool.clone(), reply)).await
    }

    async fn keep_selection(&self, pool: &PoolName, selection: KeptSelection) -> Result<(), LedgerError> {
        self.ask(|reply| Request::Alone(Alone::KeepSelection(pool.clone(), selection, reply))).await
    }

    async fn kept_selection(&self, pool: &PoolName) -> Result<Option<KeptSelection>, LedgerError> {
        Ok(selection::kept(self.readers(), pool).await?)
    }

    async fn reset(&self, pool: &PoolName, only: Option<Vec<AccountId>>) -> Result<ResetReport, LedgerError> {
        self.ask(|reply| Request::Alone(Alone::Reset(pool.clone(), only, reply))).await
    }

    async fn rescue(&self) -> Result<Vec<LiveLease>, LedgerError> {
        self.ask(|reply| Request::Alone(Alone::Rescue(reply))).await
    }
}
