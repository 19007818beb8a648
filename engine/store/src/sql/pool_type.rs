//! The pool type `sql`.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use lariat_core::definition::problem::unknown;
use lariat_core::definition::{PoolDefinition, Problem};
use lariat_core::source::{AccountSource, GeneratedSql, PoolType, SourceError};

use crate::sql::builder::generated_sql;
use crate::sql::database::{DatabaseRef, MAIN};
use crate::sql::failure::Failure;
use crate::sql::limits::GuardLimits;
use crate::sql::plan::Plan;
use crate::sql::session::Session;
use crate::sql::source::SqlSource;

/// Pools that select their accounts with SQL.
#[derive(Debug, Clone)]
pub struct SqlPoolType {
    databases: BTreeMap<String, DatabaseRef>,
    limits: GuardLimits,
}

impl SqlPoolType {
    /// The databases that pools may name; [`MAIN`] is the store.
    pub fn new(databases: BTreeMap<String, DatabaseRef>) -> Self {
        Self { databases, limits: GuardLimits::default() }
    }

    /// With other bounds than the default ones.
    #[must_use]
    pub fn with_limits(mut self, limits: GuardLimits) -> Self {
        self.limits = limits;
        self
    }

    fn session(&self, definition: &PoolDefinition) -> Result<Session, Problem> {
        let name = definition.database.as_deref().unwrap_or(MAIN);
        let database = self.databases.get(name).ok_or_else(|| {
            Problem::at("database", unknown("database", name, self.databases.keys().map(String::as_str)))
        })?;
        let file = database.file().map_err(|message| Problem::at("database", message))?.to_owned();
        Ok(Session { name: name.to_owned(), file, limits: self.limits })
    }
}

#[async_trait]
impl PoolType for SqlPoolType {
    fn name(&self) -> &str {
        "sql"
    }

    fn description(&self) -> &str {
        "The accounts that a query selects."
    }

    /// An unknown database, SQL that can't be read, placeholders and parameters that
    /// don't fit. What the guard refuses isn't a problem of the definition's form:
    /// `open` tells it.
    fn problems(&self, definition: &PoolDefinition) -> Vec<Problem> {
        let mut found: Vec<Problem> = self.session(definition).err().into_iter().collect();
        match Plan::of(definition) {
            Err(Failure::Query(message)) => found.push(Problem::at("query.select", message)),
            Err(Failure::Invalid(problems)) => found.extend(problems),
            _ => {}
        }
        found
    }

    async fn open(&self, definition: &PoolDefinition) -> Result<Arc<dyn AccountSource>, SourceError> {
        let session = self.session(definition).map_err(|problem| SourceError::Invalid(vec![problem]))?;
        let plan = Plan::of(definition).map_err(|failure| failure.told("query.select", &session.name))?;
        Ok(Arc::new(SqlSource { session, plan }))
    }

    /// Of the builder's form, over the columns that its account table has; of a raw query,
    /// the query itself.
    async fn explain(&self, definition: &PoolDefinition) -> Result<Option<GeneratedSql>, SourceError> {
        let session = self.session(definition).map_err(|problem| SourceError::Invalid(vec![problem]))?;
        let query = definition.query.clone().unwrap_or_default();
        if let Some(sql) = query.select {
            let values = query.parameters.into_iter().map(|parameter| parameter.value).collect();
            return Ok(Some(GeneratedSql { sql, values }));
        }
        let columns = session.account_columns().await?;
        generated_sql(&query, &columns).map(Some).map_err(SourceError::Invalid)
    }
}
