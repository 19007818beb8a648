//! An open pool whose accounts come from a script.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use lariat_core::account::Account;
use lariat_core::ids::{AccountId, PoolName};
use lariat_core::outcome::Outcome;
use lariat_core::routine::RoutineError;
use lariat_core::source::{AccountSource, Claim, Selection, SourceError};
use parking_lot::Mutex;
use serde_json::{Map, Value};

use super::lookup::readers;
use crate::script::{Script, beside_the_point};
use crate::work::{Answer, PoolVerb, PoolWork, Work};

/// What scripts gave, by type, pool and parameters. A question under way isn't waited for:
/// two pools that read each other would wait for ever.
#[derive(Default)]
pub(crate) struct Fetched(Mutex<HashMap<String, Result<Selection, SourceError>>>);

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

    async fn select(&self) -> Result<Selection, SourceError> {
        match self.ask(PoolVerb::Fetch).await? {
            Answer::Accounts(accounts) => Ok(Selection { accounts, warnings: Vec::new() }),
            _ => Err(self.broken(&beside_the_point())),
        }
    }

    fn broken(&self, error: &RoutineError) -> SourceError {
        SourceError::Extension { extension: self.script.who.name.clone(), message: error.with_traceback() }
    }
}

#[async_trait]
impl AccountSource for LuaSource {
    async fn fetch(&self) -> Result<Selection, SourceError> {
        let Some(fetched) = self.script.host.fetched.get() else { return self.select().await };
        let params = Value::Object((*self.params).clone());
        let key = format!("{}\t{}\t{params}", self.script.who.name, self.pool);
        if let Some(known) = fetched.0.lock().get(&key) {
            return known.clone();
        }
        let selected = self.select().await;
        fetched.0.lock().insert(key, selected.clone());
        selected
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
