//! What one fetch asks the database for.

use std::sync::Arc;

use lariat_core::definition::{PoolDefinition, QueryDefinition};
use lariat_core::ids::AccountId;
use serde_json::Value;

use crate::sql::bind::{self, Bound};
use crate::sql::builder::{generated_sql, lookup_sql};
use crate::sql::failure::Failure;
use crate::sql::select;

/// A question, before the columns of the account table are known.
#[derive(Debug, Clone)]
pub(super) enum Plan {
    /// A raw query that has passed the guard's first layer.
    Raw(Arc<Question>),
    /// The builder's form.
    Built(Arc<QueryDefinition>),
    /// Accounts by id.
    Ids(Vec<AccountId>),
}

/// SQL with its values.
#[derive(Debug, Clone, Default)]
pub(super) struct Question {
    pub(super) sql: String,
    pub(super) values: Vec<Bound>,
    /// The names that the query gives to its own parts.
    pub(super) ctes: Vec<String>,
}

impl Plan {
    /// The plan of a definition.
    pub(super) fn of(definition: &PoolDefinition) -> Result<Self, Failure> {
        let query = definition.query.clone().unwrap_or_default();
        let Some(sql) = query.select else { return Ok(Self::Built(Arc::new(query))) };
        let checked = select::check(&sql)?;
        if let Some(problem) = checked.placeholders.problem(&query.parameters) {
            return Err(Failure::Invalid(vec![problem]));
        }
        let values = bind::parameters(&query.parameters).map_err(Failure::Invalid)?;
        Ok(Self::Raw(Arc::new(Question { sql, values, ctes: checked.ctes })))
    }

    /// Where in the definition a fault of the SQL is told.
    pub(super) fn key(&self) -> &'static str {
        if matches!(self, Self::Raw(_)) { "query.select" } else { "query" }
    }

    /// The SQL over an account table of these columns, which a raw query doesn't need.
    pub(super) fn question(&self, columns: &[String]) -> Result<Arc<Question>, Failure> {
        let (sql, values) = match self {
            Self::Raw(question) => return Ok(Arc::clone(question)),
            Self::Built(query) => {
                let made = generated_sql(query, columns).map_err(Failure::Invalid)?;
                let values: Result<_, String> = made.values.iter().map(Bound::of).collect();
                (made.sql, values.map_err(Failure::Query)?)
            }
            Self::Ids(ids) => {
                let ids = Value::Array(ids.iter().map(|id| Value::from(id.as_str())).collect());
                (lookup_sql(columns), vec![Bound::Text(ids.to_string())])
            }
        };
        Ok(Arc::new(Question { sql, values, ctes: Vec::new() }))
    }
}
