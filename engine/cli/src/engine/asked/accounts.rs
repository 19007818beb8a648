//! The verbs over the account table.

use std::path::PathBuf;

use lariat_console::{AccountShown, Imported, Page, Reveal};
use lariat_core::ids::AccountId;
use lariat_core::records::{AccountCounts, AccountSearch};
use serde_json::{Map, Value, json};

use super::Asked;
use crate::engine::remote::{encoded, path, read};
use crate::exit::CliError;

/// Whoever runs the command, where this process is asked.
pub const fn shown(reveal: bool) -> Reveal<'static> {
    if reveal { Reveal::To("the command line") } else { Reveal::No }
}

impl Asked {
    /// Some accounts, in the order of their ids.
    pub async fn accounts(
        &self,
        search: AccountSearch,
        reveal: bool,
    ) -> Result<Page<Map<String, Value>>, CliError> {
        match self {
            Self::Engine(engine) => {
                let mut query = format!("accounts?limit={}&reveal={reveal}", search.limit);
                for (name, value) in [
                    ("status", search.status.map(|status| status.to_string())),
                    ("search", search.text),
                    ("cursor", search.after.map(|id| id.to_string())),
                ] {
                    query.extend(value.map(|value| format!("&{name}={}", encoded(&value))));
                }
                read(engine.get(&query).await?)
            }
            Self::Here(app) => Ok(app.service.accounts(search, shown(reveal)).await?),
        }
    }

    /// How many accounts there are, by status.
    pub async fn account_counts(&self) -> Result<AccountCounts, CliError> {
        match self {
            Self::Engine(engine) => read(engine.get("accounts:counts").await?),
            Self::Here(app) => Ok(app.service.account_counts().await?),
        }
    }

    /// An account with its last runs.
    pub async fn account(&self, id: &AccountId, reveal: bool) -> Result<AccountShown, CliError> {
        match self {
            Self::Engine(engine) => {
                let account = path("accounts", id.as_str(), None);
                read(engine.get(&format!("{account}?reveal={reveal}")).await?)
            }
            Self::Here(app) => Ok(app.service.account(id, shown(reveal)).await?),
        }
    }

    /// Takes account files and folders into the table.
    pub async fn import_accounts(&self, paths: Vec<PathBuf>) -> Result<Imported, CliError> {
        match self {
            Self::Engine(engine) => read(engine.post("accounts:import", &json!({"paths": paths})).await?),
            Self::Here(app) => Ok(app.service.import_accounts(paths).await?),
        }
    }

    /// Makes these accounts available again, or all, if none are named; gives how many.
    pub async fn reset_accounts(&self, ids: Vec<AccountId>) -> Result<u64, CliError> {
        match self {
            Self::Engine(engine) => {
                let order = if ids.is_empty() { json!({"all": true}) } else { json!({"ids": ids}) };
                let answer = engine.post("accounts:reset", &order).await?;
                Ok(answer.get("reset").and_then(Value::as_u64).unwrap_or_default())
            }
            Self::Here(app) => Ok(app.service.reset_accounts((!ids.is_empty()).then_some(ids)).await?),
        }
    }
}
