//! A pool's definition.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::definition::{Problem, QueryDefinition};
use crate::duration::Span;
use crate::ids::{AccountId, PoolName};

/// A named, ordered selection of accounts. The name is the identity; the file's
/// name is free.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoolDefinition {
    /// Unique in the workspace.
    pub name: PoolName,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What the accounts come from: `sql`, `file`, or a pool type of an extension.
    #[serde(rename = "type")]
    pub pool_type: String,
    /// The definition's own version; kept, not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Value>,
    /// `sql` only: a name from `databases` in `lariat.yaml`; `main`, the store, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// `sql` only: what to select.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<QueryDefinition>,
    /// `file` only: the folder of account XML files, searched recursively.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// Accounts added after what the source selects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<AccountId>,
    /// Accounts removed last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<AccountId>,
    /// Parameters of a pool type from an extension, checked against its schema.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub config: Map<String, Value>,
    /// How the pool behaves.
    #[serde(default)]
    pub pool_config: PoolConfig,
    /// What an editor keeps for itself; untouched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gui_config: Option<Value>,
}

impl PoolDefinition {
    /// A definition with a name and a type and nothing else.
    pub fn new(name: PoolName, pool_type: impl Into<String>) -> Self {
        Self {
            name,
            description: None,
            pool_type: pool_type.into(),
            version: None,
            database: None,
            query: None,
            directory: None,
            include: Vec::new(),
            exclude: Vec::new(),
            config: Map::new(),
            pool_config: PoolConfig::default(),
            gui_config: None,
        }
    }

    /// The part of it that decides which accounts are selected in which order, as one
    /// text: where it is the same, so is what it means.
    pub fn selecting(&self) -> String {
        let PoolConfig { sort_method, min_packs, max_packs, .. } = self.pool_config;
        let part = Self {
            description: None,
            version: None,
            gui_config: None,
            pool_config: PoolConfig { sort_method, min_packs, max_packs, ..PoolConfig::default() },
            ..self.clone()
        };
        serde_json::to_string(&part).unwrap_or_default()
    }

    /// What is wrong with it, as far as that can be told without its source.
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        match self.pool_type.as_str() {
            "sql" => match &self.query {
                None => found.push(Problem::at(
                    "query",
                    "is missing; an sql pool needs `query` with `select`, or `filters`, `sort` and `limit`",
                )),
                Some(query) => found.extend(query.problems()),
            },
            "file" if self.directory.as_deref().is_none_or(|dir| dir.trim().is_empty()) => {
                found.push(Problem::at(
                    "directory",
                    "is missing; a file pool needs the folder of its account XML files",
                ));
            }
            _ => {}
        }
        // A mistyped type is told as such, not by what doesn't fit it.
        let mistyped = |known: &str| self.pool_type != known && self.pool_type.eq_ignore_ascii_case(known);
        if let Some(meant) = ["sql", "file"].into_iter().find(|known| mistyped(known)) {
            found.push(Problem::at("type", format!("is \"{}\"; write \"{meant}\"", self.pool_type)));
            return found;
        }
        let only = |present: bool, key: &str, pool_type: &str| {
            (present && self.pool_type != pool_type).then(|| {
                Problem::at(
                    key,
                    format!("is for pools of type {pool_type}; this one is of type {}", self.pool_type),
                )
            })
        };
        found.extend(only(self.query.is_some(), "query", "sql"));
        found.extend(only(self.database.is_some(), "database", "sql"));
        found.extend(only(self.directory.is_some(), "directory", "file"));
        if matches!(self.pool_type.as_str(), "sql" | "file") {
            let of_nobody = |key: &String| {
                let told = format!(
                    "is for pool types that scripts and plugins bring; a pool of type {} has no `config`",
                    self.pool_type
                );
                Problem::at(format!("config.{key}"), told)
            };
            found.extend(self.config.keys().map(of_nobody));
        }
        found.extend(self.pool_config.problems());
        found
    }
}

/// How a pool behaves, whatever its type. The spellings without `_` are those of other
/// programs of this family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PoolConfig {
    /// Whether an account that failed goes back until it failed `max_failures` times.
    #[serde(alias = "retryfailed")]
    pub retry_failed: bool,
    /// Failures in this pool after which an account has failed for good; 0 and 1: the first.
    #[serde(alias = "maxfailures")]
    pub max_failures: u32,
    /// How long a failed account rests before it is served again.
    pub retry_backoff: Span,
    /// How often the selection is refreshed by itself; 0: only when asked.
    #[serde(alias = "refreshinterval")]
    pub refresh_interval: Span,
    /// Whether a bot waits when nothing is available.
    #[serde(alias = "waitforaccounts")]
    pub wait_for_accounts: bool,
    /// How long it waits.
    #[serde(alias = "maxwaittime")]
    pub max_wait_time: Span,
    /// How long a lease outlives its holder's last sign of life.
    pub lease_ttl: Span,
    /// When an account that was settled may be served again; 0: never.
    pub repeat_after: Span,
    /// File pools: the order.
    #[serde(alias = "sortmethod", skip_serializing_if = "Option::is_none")]
    pub sort_method: Option<SortMethod>,
    /// File pools: accounts with fewer packs are left out.
    #[serde(alias = "minpacks")]
    pub min_packs: i64,
    /// File pools: accounts with more packs are left out; 0: no limit.
    #[serde(alias = "maxpacks")]
    pub max_packs: i64,
    /// A prefetch hint for a shared store.
    #[serde(alias = "buffersize", skip_serializing_if = "Option::is_none")]
    pub buffer_size: Option<u32>,
    /// Accepted from files that other programs of this family write, and kept;
    /// `refresh_interval` alone decides.
    #[serde(alias = "autorefresh", skip_serializing_if = "Option::is_none")]
    pub auto_refresh: Option<bool>,
}

impl Default for PoolConfig {
    fn default() -> Self {
        Self {
            retry_failed: false,
            max_failures: 3,
            retry_backoff: Span::ZERO,
            refresh_interval: Span::ZERO,
            wait_for_accounts: false,
            max_wait_time: Span::from_secs(300),
            lease_ttl: Span::from_secs(600),
            repeat_after: Span::ZERO,
            sort_method: None,
            min_packs: 0,
            max_packs: 0,
            buffer_size: None,
            auto_refresh: None,
        }
    }
}

impl PoolConfig {
    fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        let mut at = |key: &str, wrong: bool, message: &str| {
            if wrong {
                found.push(Problem::at(format!("pool_config.{key}"), message));
            }
        };
        at("lease_ttl", self.lease_ttl < Span::from_secs(1), "must be at least 1s");
        at("min_packs", self.min_packs < 0, "must not be negative");
        at("max_packs", self.max_packs < 0, "must not be negative; 0 means no limit");
        at(
            "max_packs",
            self.max_packs > 0 && self.max_packs < self.min_packs,
            "is below `min_packs`, so that no account fits",
        );
        found
    }
}

/// The orders of a file pool. Files with equal keys go by id. The other spellings are
/// those of other programs of this family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SortMethod {
    /// Fewest packs first.
    #[serde(alias = "PacksAsc", alias = "2")]
    PacksAsc,
    /// Most packs first.
    #[serde(alias = "PacksDesc", alias = "3")]
    PacksDesc,
    /// Longest untouched first.
    #[serde(alias = "ModifiedAsc", alias = "0")]
    ModifiedAsc,
    /// Newest first.
    #[serde(alias = "ModifiedDesc", alias = "1")]
    ModifiedDesc,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problems(definition: Value) -> Vec<String> {
        let definition: PoolDefinition = serde_json::from_value(definition).unwrap();
        definition.problems().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn defaults_are_the_documented_ones() {
        let pool: PoolDefinition =
            serde_json::from_value(json!({"name": "P", "type": "file", "directory": "x"})).unwrap();
        assert_eq!(pool.pool_config, PoolConfig::default());
        assert!(pool.problems().is_empty());
    }

    #[test]
    fn each_type_has_its_own_keys() {
        assert!(problems(json!({"name": "P", "type": "sql"}))[0].starts_with("query: is missing"));
        assert!(problems(json!({"name": "P", "type": "file"}))[0].starts_with("directory: is missing"));
        assert_eq!(
            problems(json!({"name": "P", "type": "csv", "directory": "x", "database": "main"})).len(),
            2
        );
    }

    #[test]
    fn settings_that_make_no_sense_are_told() {
        let found = problems(json!({"name": "P", "type": "csv", "pool_config":
            {"lease_ttl": 0, "min_packs": 9, "max_packs": 3}}));
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
