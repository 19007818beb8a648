//! A plugin's pool type.

use std::sync::Arc;

use async_trait::async_trait;
use lariat_core::account::{Account, AccountRow};
use lariat_core::definition::{PoolDefinition, Problem};
use lariat_core::ids::AccountId;
use lariat_core::limits::{Calls, LimitedSource};
use lariat_core::outcome::Outcome;
use lariat_core::params::ParamSpecs;
use lariat_core::source::{AccountSource, Claim, PoolType, Selection, SourceError};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{accounts, answer};
use crate::call::{About, CallError, Door, Question, Work};
use crate::load::{ExtensionInfo, ExtensionKind, Plugin};
use lariat_core::masking::Secrets;

/// A pool type whose `fetch`, `claim` and `settle` are a library's.
pub(crate) struct NativePoolType {
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) info: ExtensionInfo,
}

#[async_trait]
impl PoolType for NativePoolType {
    fn name(&self) -> &str {
        &self.info.name
    }

    fn description(&self) -> &str {
        &self.info.description
    }

    fn params(&self) -> Option<&ParamSpecs> {
        Some(&self.info.params)
    }

    fn calls(&self) -> Option<Calls> {
        Some(self.plugin.budget(ExtensionKind::Pool, &self.info.name).turns.calls())
    }

    fn problems(&self, definition: &PoolDefinition) -> Vec<Problem> {
        self.info.problems(definition)
    }

    async fn open(&self, definition: &PoolDefinition) -> Result<Arc<dyn AccountSource>, SourceError> {
        let mut params =
            self.info.params.check("config", &definition.config).map_err(SourceError::Invalid)?;
        self.info.resolve(&mut params, &self.plugin.workspace);
        let pool = definition.name.to_string();
        let more = json!({"pool": pool, "params": params});
        let door = Door::new(self.plugin.clone(), ExtensionKind::Pool, &self.info.name, more);
        match door.open().await {
            Ok(_) => {
                let source = Arc::new(NativeSource { info: self.info.clone(), door, pool });
                let turns = self.plugin.budget(ExtensionKind::Pool, &self.info.name).turns;
                Ok(Arc::new(LimitedSource::new(source, turns)))
            }
            Err(error) if error.is_invalid() => {
                Err(SourceError::Invalid(vec![Problem::at("config", error.to_string())]))
            }
            Err(error) => Err(broken(&error)),
        }
    }
}

struct NativeSource {
    info: ExtensionInfo,
    door: Door,
    pool: String,
}

impl NativeSource {
    async fn ask(
        &self,
        method: &str,
        payload: Value,
        account: Option<&Account>,
    ) -> Result<Vec<u8>, CallError> {
        let deadlines = &self.door.plugin.deadlines;
        let usual = if method == "fetch" { deadlines.fetch } else { deadlines.answer };
        let deadline = self.door.deadline.unwrap_or(usual);
        let about = About::work(Work {
            pool: self.pool.clone(),
            account: account.map(|account| account.id.to_string()).unwrap_or_default(),
            secrets: Secrets::of(account),
            ..Work::default()
        });
        let operation = self.door.operation(about);
        let payload = payload.to_string().into_bytes();
        let question = Question { method, payload, operation, deadline: Some(deadline), stopping: None };
        self.door.ask(question).await
    }

    fn nonsense(&self, method: &str, why: impl Into<String>) -> SourceError {
        broken(&self.door.nonsense(method, why))
    }
}

#[async_trait]
impl AccountSource for NativeSource {
    async fn fetch(&self) -> Result<Selection, SourceError> {
        let answer = self.ask("fetch", json!({}), None).await.map_err(|error| broken(&error))?;
        accounts::read(&answer).map_err(|why| self.nonsense("fetch", why))
    }

    async fn lookup(&self, ids: &[AccountId]) -> Result<Vec<AccountRow>, SourceError> {
        if !self.info.has("lookup", false) {
            return Ok(Vec::new());
        }
        let answer = self.ask("lookup", json!({"ids": ids}), None).await.map_err(|error| broken(&error))?;
        let found = accounts::read(&answer).map_err(|why| self.nonsense("lookup", why))?;
        Ok(found.accounts.into_iter().filter(|row| ids.iter().any(|id| id.as_str() == row.id())).collect())
    }

    async fn claim(&self, account: &Account) -> Result<Claim, SourceError> {
        #[derive(Deserialize)]
        struct Answer {
            granted: bool,
            #[serde(default)]
            reason: String,
        }
        if !self.info.has("claim", true) {
            return Ok(Claim::Granted);
        }
        let answer = match self.ask("claim", json!({"account": account.reveal()}), Some(account)).await {
            Ok(answer) => answer,
            Err(error) if error.is_unsupported() => return Ok(Claim::Granted),
            Err(error) => return Err(broken(&error)),
        };
        match answer::read(&answer) {
            Ok(Answer { granted: true, .. }) => Ok(Claim::Granted),
            Ok(Answer { reason, .. }) => Ok(Claim::Refused(Secrets::of(Some(account)).mask(reason))),
            Err(why) => Err(self.nonsense("claim", why)),
        }
    }

    async fn settle(&self, account: &AccountId, outcome: &Outcome) -> Result<(), SourceError> {
        if !self.info.has("settle", true) {
            return Ok(());
        }
        let payload = match outcome {
            Outcome::Completed(result) => {
                json!({"account": account, "outcome": "completed", "result": result})
            }
            Outcome::Failed { reason } => json!({"account": account, "outcome": "failed", "reason": reason}),
            Outcome::Skipped { reason } => {
                json!({"account": account, "outcome": "skipped", "reason": reason})
            }
            Outcome::Returned { reason } => {
                json!({"account": account, "outcome": "returned", "reason": reason})
            }
        };
        match self.ask("settle", payload, None).await {
            Err(error) if !error.is_unsupported() => Err(broken(&error)),
            _ => Ok(()),
        }
    }
}

fn broken(error: &CallError) -> SourceError {
    if error.is_passing() {
        return SourceError::Unavailable(error.to_string());
    }
    let extension = format!("plugin {} {}", error.plugin, error.version);
    SourceError::Extension { extension, message: format!("{}: {}", error.method, error.what) }
}
