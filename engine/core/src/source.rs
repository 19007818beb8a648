//! Where a pool's accounts come from: the two traits that a pool type implements.

use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::account::{Account, AccountRow};
use crate::definition::{PoolDefinition, Problem};
use crate::ids::AccountId;
use crate::limits::Calls;
use crate::outcome::Outcome;
use crate::params::ParamSpecs;

/// A kind of pool: `sql`, `file`, or any that an extension brings.
#[async_trait]
pub trait PoolType: Send + Sync {
    /// The word for it in a definition's `type`.
    fn name(&self) -> &str;

    /// What is wrong with a definition, found without touching the source. The
    /// definition's own rules ([`PoolDefinition::problems`]) are checked elsewhere.
    fn problems(&self, definition: &PoolDefinition) -> Vec<Problem> {
        let _ = definition;
        Vec::new()
    }

    /// Opens the source of a definition; the first fetch follows.
    ///
    /// # Errors
    /// When the definition can't be served, or the source isn't reachable.
    async fn open(&self, definition: &PoolDefinition) -> Result<Arc<dyn AccountSource>, SourceError>;

    /// What it is for, in a line for people; empty where it doesn't say.
    fn description(&self) -> &str {
        ""
    }

    /// What a definition's `config` holds, where the type declares it.
    fn params(&self) -> Option<&ParamSpecs> {
        None
    }

    /// What came of its sources' calls so far, where they are counted.
    fn calls(&self) -> Option<Calls> {
        None
    }

    /// The SQL that a definition's accounts are selected with, where it is SQL.
    ///
    /// # Errors
    /// As for [`PoolType::open`]; also when the database can't be read.
    async fn explain(&self, definition: &PoolDefinition) -> Result<Option<GeneratedSql>, SourceError> {
        let _ = definition;
        Ok(None)
    }
}

/// The SQL that a definition stands for.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct GeneratedSql {
    /// One SELECT, with a `?` for each value.
    pub sql: String,
    /// The values, in their order.
    pub values: Vec<Value>,
}

/// An open source of accounts.
#[async_trait]
pub trait AccountSource: Send + Sync {
    /// Selects the accounts in the order to serve; called at each refresh. An id
    /// that comes twice keeps its first place.
    ///
    /// # Errors
    /// When nothing could be selected: the pool then keeps what it has.
    async fn fetch(&self) -> Result<Selection, SourceError>;

    /// Accounts by id, for a definition's `include`; those that the source doesn't
    /// know are left out (the pool then serves them with their id alone).
    ///
    /// # Errors
    /// As for `fetch`.
    async fn lookup(&self, ids: &[AccountId]) -> Result<Vec<AccountRow>, SourceError> {
        let _ = ids;
        Ok(Vec::new())
    }

    /// Asks an outside authority for an account that the ledger has just leased.
    ///
    /// # Errors
    /// When it couldn't be asked: the account goes back, nothing counted.
    async fn claim(&self, account: &Account) -> Result<Claim, SourceError> {
        let _ = account;
        Ok(Claim::Granted)
    }

    /// Tells the outside authority, after the settlement is durable.
    ///
    /// # Errors
    /// Are logged; the settlement stands.
    async fn settle(&self, account: &AccountId, outcome: &Outcome) -> Result<(), SourceError> {
        let _ = (account, outcome);
        Ok(())
    }
}

/// What a fetch gives.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// The accounts, in the order to serve.
    pub accounts: Vec<AccountRow>,
    /// What was passed over, such as a bad file; the rest is served.
    pub warnings: Vec<String>,
}

/// How many ids that came again are told.
const TOLD: usize = 5;

/// Ids that came again in a fetch: only the first account of each counts, which is told.
#[derive(Debug, Clone, Default)]
pub struct Repeats {
    /// As many as are told.
    ids: Vec<AccountId>,
    times: usize,
}

impl Repeats {
    /// Notes one that came again.
    pub fn note(&mut self, id: &AccountId) {
        self.times += 1;
        if self.ids.len() < TOLD && !self.ids.contains(id) {
            self.ids.push(id.clone());
        }
    }

    /// What is told of them, if there are any.
    pub fn warning(&self) -> Option<String> {
        let ids: Vec<&str> = self.ids.iter().map(AccountId::as_str).collect();
        let more = if self.times > ids.len() { ", …" } else { "" };
        let (times, ids) = (self.times, ids.join(", "));
        let plural = if times == 1 { "" } else { "s" };
        (times > 0).then(|| {
            format!("an id came again {times} time{plural}, and only its first account counts: {ids}{more}")
        })
    }
}

/// An outside authority's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The account may be worked on.
    Granted,
    /// It may not, for this reason; the pool serves the next one.
    Refused(String),
}

/// Why a source gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The definition can't be served; each problem says where and why.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<Problem>),
    /// A rule forbids what the definition asks for. The message names the rule.
    #[error("{0}")]
    Refused(String),
    /// The source can't be reached or read now; trying again may help.
    #[error("{0}")]
    Unavailable(String),
    /// The extension failed: its id and what it said.
    #[error("{extension}: {message}")]
    Extension {
        /// The extension's name.
        extension: String,
        /// Its error, with a place in a script where there is one.
        message: String,
    },
}

/// What `PoolManager::test` found; it opens nothing that lasts.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TestReport {
    /// Whether the source answered.
    pub success: bool,
    /// How many accounts it selects, after `include` and `exclude`.
    pub accounts_found: usize,
    /// The first of them (ten at most), secrets masked.
    #[schemars(with = "Vec<serde_json::Map<String, serde_json::Value>>")]
    pub sample: Vec<Account>,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
    /// What was passed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The SQL that selects them, where it is SQL that can be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<GeneratedSql>,
    /// Why it didn't answer.
    pub error: Option<String>,
    /// The same as an error, for whoever decides by its kind.
    #[serde(skip)]
    pub failure: Option<SourceError>,
}

impl TestReport {
    /// Of a source that gave nothing.
    pub fn failed(error: SourceError, elapsed_ms: u64) -> Self {
        Self {
            success: false,
            accounts_found: 0,
            sample: Vec::new(),
            elapsed_ms,
            warnings: Vec::new(),
            query: None,
            error: Some(error.to_string()),
            failure: Some(error),
        }
    }
}
