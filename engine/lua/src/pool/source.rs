//! An open pool whose accounts come from a script.

use std::sync::Arc;

use async_trait::async_trait;
use lariat_core::account::Account;
use lariat_core::ids::{AccountId, PoolName};
use lariat_core::outcome::Outcome;
use lariat_core::routine::RoutineError;
use lariat_core::source::{AccountSource, Claim, Selection, SourceError};
use serde_json::{Map, Value};

use super::lookup::readers;
use crate::script::{Script, beside_the_point};
use crate::work::{Answer, PoolVerb, PoolWork, Work};

pub(super) struct LuaSource {
    pub(super) pool: PoolName,
    pub(super) params: Arc<Map<String, Value>>,
    pub(super) claims: bool,
    pub(super) settles: bool,
    pub(super) script: Script,
}

impl LuaSource {
    async fn ask(&self, verb: PoolVerb) -> Result<Answer, SourceError> {
        let host = &self.script.host;
        let limit = if matches!(verb, PoolVerb::Fetch) { host.budgets.fetch } else { host.budgets.answer };
        let work = PoolWork {
            pool: self.pool.clone(),
            params: self.params.clone(),
            verb,
            workspace: host.workspace.clone(),
            pools: host.pools.get().cloned(),
            readers: readers(),
            harvest: Default::default(),
            streams: Default::default(),
        };
        let answer = self.script.ask_within(limit, Work::Pool(Box::new(work))).await;
        answer.map_err(|error| self.broken(&error))
    }

    fn broken(&self, error: &RoutineError) -> SourceError {
        SourceError::Extension { extension: self.script.who.name.clone(), message: error.with_traceback() }
    }
}

#[async_trait]
impl AccountSource for LuaSource {
    async fn fetch(&self) -> Result<Selection, SourceError> {
        match self.ask(PoolVerb::Fetch).await? {
            Answer::Accounts(accounts) => Ok(Selection { accounts, warnings: Vec::new() }),
            _ => Err(self.broken(&beside_the_point())),
        }
    }

    async fn claim(&self, account: &Account) -> Result<Claim, SourceError> {
        if !self.claims {
            return Ok(Claim::Granted);
        }
        match self.ask(PoolVerb::Claim(account.clone())).await? {
            Answer::Claim(claim) => Ok(claim),
            _ => Err(self.broken(&beside_the_point())),
        }
    }

    async fn settle(&self, account: &AccountId, outcome: &Outcome) -> Result<(), SourceError> {
        if self.settles {
            self.ask(PoolVerb::Settle(account.clone(), outcome.clone())).await?;
        }
        Ok(())
    }
}
