//! An open pool whose accounts come from a script.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use lariat_core::account::Account;
use lariat_core::duration::Span;
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

/// After so long it is told that a pool's accounts are waited for.
const PATIENCE: Duration = Duration::from_secs(5);

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
        let fetches = matches!(verb, PoolVerb::Fetch);
        let budgets = &self.script.budgets;
        let limit = if fetches { budgets.fetch } else { budgets.answer };
        let given = Arc::new(AtomicUsize::new(0));
        let work = PoolWork {
            pool: self.pool.clone(),
            params: self.params.clone(),
            verb,
            workspace: host.workspace.clone(),
            pools: host.pools.get().cloned(),
            readers: readers(),
            harvest: Default::default(),
            given: given.clone(),
            streams: Default::default(),
        };
        let asked = self.script.ask_within(limit, Work::Pool(Box::new(work)));
        let waiting = async {
            tokio::time::sleep(PATIENCE.min(limit / 2)).await;
            if fetches {
                let limit = Span::from(limit);
                tracing::warn!(pool = %self.pool, "still waiting for its accounts, for {limit} at most; Ctrl-C ends that");
            }
            std::future::pending().await
        };
        let answer = tokio::select! {
            biased;
            answer = asked => answer,
            never = waiting => never,
        };
        answer.map_err(|error| match error {
            RoutineError::OverBudget(why) if fetches => {
                let why = format!("{why}; {}", so_far(given.load(Ordering::Relaxed)));
                self.broken(&RoutineError::OverBudget(why))
            }
            error => self.broken(&error),
        })
    }

    async fn select(&self) -> Result<Selection, SourceError> {
        match self.ask(PoolVerb::Fetch).await? {
            Answer::Accounts(selection) => Ok(selection),
            _ => Err(self.broken(&beside_the_point())),
        }
    }

    fn broken(&self, error: &RoutineError) -> SourceError {
        SourceError::Extension { extension: self.script.who.name.clone(), message: error.with_traceback() }
    }
}

/// How far a `fetch` came that was stopped.
fn so_far(given: usize) -> String {
    if given == 0 {
        "it gave no account; `lua: {fetch: …}` or `limits` in lariat.yaml say how long it may take".to_owned()
    } else {
        format!("it gave {given} accounts so far; does its function ever give nil?")
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
