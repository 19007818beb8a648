//! The verbs over the account table.

use std::path::PathBuf;

use lariat_core::ids::AccountId;
use lariat_core::records::{AccountCounts, AccountSearch, AttemptSearch, Searched};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Service;
use super::attempts::Run;
use super::error::{Code, ServiceError};

/// Most rows of one page.
pub const MOST_ROWS: u32 = 1_000;
/// Runs that are shown with an account.
const RUNS: u32 = 10;

/// Whether secrets are shown in clear text; that somebody saw them is noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reveal<'a> {
    /// They are masked.
    No,
    /// To this person or program.
    To(&'a str),
}

/// Some rows of a list, and where it goes on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Page<T> {
    /// The rows. May be none though there are more behind `next`.
    pub items: Vec<T>,
    /// The `cursor` of the next page; none at the end.
    pub next: Option<String>,
    /// How far a search among accounts or runs came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub searched: Option<Searched>,
}

/// What an import of accounts did.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct Imported {
    /// Accounts that weren't there before.
    pub added: u64,
    /// Accounts of which something is different now.
    pub updated: u64,
    /// Accounts that already were as they came.
    pub unchanged: u64,
    /// What was passed over, and why.
    pub problems: Vec<String>,
}

/// An account with its last runs.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AccountShown {
    /// Its id and fields.
    #[serde(flatten)]
    pub account: Map<String, Value>,
    /// Its last runs, newest first.
    pub attempts: Vec<Run>,
}

impl Service {
    /// Some accounts of the table, in the order of the search.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn accounts(
        &self,
        mut search: AccountSearch,
        reveal: Reveal<'_>,
    ) -> Result<Page<Map<String, Value>>, ServiceError> {
        search.limit = search.limit.clamp(1, MOST_ROWS);
        let page = self.records()?.find_accounts(&search).await?;
        self.note_revealed(reveal, page.accounts.iter().map(|account| &account.id));
        let items = page.accounts.iter().map(|account| account.shown(reveal != Reveal::No)).collect();
        Ok(Page { items, next: page.next.map(|id| id.to_string()), searched: page.searched })
    }

    /// How many accounts the table has, by status.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn account_counts(&self) -> Result<AccountCounts, ServiceError> {
        Ok(self.records()?.count_accounts().await?)
    }

    /// One account with its last runs.
    ///
    /// # Errors
    /// When the table has no such account and no bot has worked on one.
    pub async fn account(&self, id: &AccountId, reveal: Reveal<'_>) -> Result<AccountShown, ServiceError> {
        let records = self.records()?;
        let account = records.account(id).await?;
        let search = AttemptSearch { account: Some(id.clone()), limit: RUNS, ..AttemptSearch::default() };
        let runs = records.find_attempts(&search).await?.attempts;
        if account.is_none() && runs.is_empty() {
            let told = format!(
                "there is no account \"{id}\" in the account table, and no bot has worked on one; `lariat account list` shows those of the table"
            );
            return Err(ServiceError::new(Code::NotFound, told));
        }
        let shown = match &account {
            Some(account) => account.shown(reveal != Reveal::No),
            None => Map::from_iter([("id".to_owned(), json!(id))]),
        };
        self.note_revealed(reveal, account.iter().map(|account| &account.id));
        Ok(AccountShown { account: shown, attempts: runs.into_iter().map(Run::from).collect() })
    }

    /// Takes account files and folders into the table.
    ///
    /// # Errors
    /// When a path doesn't exist, or the store failed. Bad files are passed over and told.
    pub async fn import_accounts(&self, paths: Vec<PathBuf>) -> Result<Imported, ServiceError> {
        self.keeper.import_accounts(paths).await
    }

    /// Makes accounts available again, or all of them; gives how many. Pools remember
    /// their own outcomes.
    ///
    /// # Errors
    /// When one isn't in the table: then nothing was changed.
    pub async fn reset_accounts(&self, ids: Option<Vec<AccountId>>) -> Result<u64, ServiceError> {
        let records = self.records()?;
        for id in ids.iter().flatten() {
            if records.account(id).await?.is_none() {
                let told = format!("there is no account \"{id}\" in the account table");
                return Err(ServiceError::new(Code::NotFound, told));
            }
        }
        Ok(records.reset_accounts(ids).await?)
    }

    fn note_revealed<'a>(&self, reveal: Reveal<'_>, ids: impl Iterator<Item = &'a AccountId>) {
        if let Reveal::To(who) = reveal {
            ids.for_each(|id| self.host.revealed(who, id));
        }
    }
}
