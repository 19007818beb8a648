//! The posted form as a draft, laid over the definition that it was made from: what the
//! form doesn't show stays.

use std::str::FromStr;

use lariat_core::definition::{
    Filter, Operator, PoolConfig, PoolDefinition, QueryDefinition, Sort, SortMethod,
};
use lariat_core::ids::{AccountId, PoolName};
use lariat_core::params::ParamSpecs;
use serde_json::{Map, Value};

use super::draft::{Draft, Line};
use super::values;
use crate::pages::frame::Frame;
use crate::pages::parts::{Fields, read_params};

/// Most lines of each kind that are read.
const MOST: usize = 200;

/// The parameters that a pool type declares.
pub(super) fn declared(frame: &Frame, pool_type: &str) -> Option<ParamSpecs> {
    let found = frame.shared.service.orchestrator().pool_manager().types().get(pool_type).ok()?;
    found.extension.params().cloned()
}

/// A draft of what was entered. What can't be read is in its `wrong`.
pub(super) fn read(frame: &Frame, fields: &Fields, base: &PoolDefinition) -> Draft {
    let mut wrong = Vec::new();
    let before = Draft::of(base);
    let mut base = base.clone();
    if let Some(name) = fields.get("name") {
        match PoolName::new(name) {
            Ok(name) => base.name = name,
            Err(error) => wrong.push(format!("Name: {error}")),
        }
    }
    base.description = fields.filled("description").map(str::to_owned);
    let was_type = base.pool_type.clone();
    if let Some(kind) = fields.filled("type") {
        base.pool_type = kind.to_owned();
    }
    let sql = base.pool_type == "sql";
    base.database = fields.filled("database").filter(|_| sql).map(str::to_owned);
    let shown = fields.get("shows").unwrap_or_default();
    match base.pool_type.as_str() {
        "file" => {
            base.directory = Some(fields.get("directory").unwrap_or_default().to_owned());
        }
        "sql" => {}
        _ if shown == "params" => {
            let specs = declared(frame, &base.pool_type).unwrap_or_default();
            base.config = read_params(&specs, fields, &base.config);
            base.config.retain(|name, _| was_type == base.pool_type || specs.0.contains_key(name));
        }
        _ if shown == "config" => base.config = config(fields, &mut wrong),
        // What another type was given isn't this one's.
        _ if was_type != base.pool_type => base.config = Map::new(),
        _ => {}
    }
    // A type that was just chosen drops what belongs to the one before.
    if base.pool_type != "file" {
        base.directory = None;
    }
    if !sql {
        base.query = None;
    }
    if ["sql", "file"].contains(&base.pool_type.as_str()) {
        base.config = Map::new();
    }
    let raw = fields.get("mode") == Some("raw");
    if sql {
        base.query = Some(query(fields, base.query.take().unwrap_or_default(), raw, &mut wrong));
    }
    base.include = ids(fields, "include", &mut wrong);
    base.exclude = ids(fields, "exclude", &mut wrong);
    base.pool_config = settings(fields, &base.pool_config, base.pool_type == "file", &mut wrong);
    Draft {
        filters: filters(fields, &before, &mut wrong),
        sorts: sorts(fields, &before),
        saved: before.saved,
        browsed: None,
        raw,
        base,
        wrong,
    }
}

fn query(fields: &Fields, was: QueryDefinition, raw: bool, wrong: &mut Vec<String>) -> QueryDefinition {
    let select = match fields.get("select") {
        Some(typed) => sql(typed, was.select.as_deref()),
        None => was.select,
    };
    let parameters = match fields.filled("parameters").map(serde_json::from_str) {
        Some(Ok(parameters)) => parameters,
        Some(Err(error)) => {
            wrong.push(format!("Parameters: {error}"));
            was.parameters
        }
        None => Vec::new(),
    };
    let limit = number(fields, "limit", "Limit", wrong);
    let select = if raw { Some(select.unwrap_or_default()) } else { select };
    QueryDefinition { select, parameters, limit, ..QueryDefinition::default() }
}

/// A query as it was typed; browsers and trimming change its ends, which mean nothing.
fn sql(typed: &str, was: Option<&str>) -> Option<String> {
    let typed = typed.replace("\r\n", "\n");
    match was {
        Some(was) if was.trim() == typed => Some(was.to_owned()),
        Some(was) if was.ends_with('\n') => Some(typed + "\n"),
        _ => (!typed.is_empty()).then_some(typed),
    }
}

fn filters(fields: &Fields, before: &Draft, wrong: &mut Vec<String>) -> Vec<Line<Filter>> {
    let mut lines = Vec::new();
    for at in 0..MOST {
        let get = |what: &str| fields.get(&format!("filter-{at}-{what}"));
        let Some(field) = get("field") else { break };
        let word = get("operator").unwrap_or("=");
        let operator = match serde_json::from_value::<Operator>(word.into()) {
            Ok(operator) => operator,
            Err(error) => {
                wrong.push(format!("Filter {}: {error}", at + 1));
                Operator::Equal
            }
        };
        let typed = get("value").unwrap_or_default();
        let (value, values) = match operator {
            Operator::IsNull | Operator::IsNotNull => (None, None),
            Operator::In | Operator::NotIn | Operator::Between => (None, Some(values::read_list(typed))),
            _ => (Some(values::read(typed)), None),
        };
        let mut filter = Filter { field: field.to_owned(), operator, value, values, display: None };
        // Its words hold only while it says what it said.
        let alike = |line: &&Line<Filter>| Filter { display: None, ..line.what.clone() } == filter;
        filter.display = before.filters.iter().find(alike).and_then(|line| line.what.display.clone());
        lines.push(Line::new(filter, get("off").is_none()));
    }
    lines
}

fn sorts(fields: &Fields, before: &Draft) -> Vec<Line<Sort>> {
    let mut lines = Vec::new();
    for at in 0..MOST {
        let get = |what: &str| fields.get(&format!("sort-{at}-{what}"));
        let Some(field) = get("field") else { break };
        let word = get("direction").unwrap_or("asc");
        let direction = serde_json::from_value(word.into()).unwrap_or_default();
        let mut sort = Sort { field: field.to_owned(), direction, display: None };
        let alike = |line: &&Line<Sort>| Sort { display: None, ..line.what.clone() } == sort;
        sort.display = before.sorts.iter().find(alike).and_then(|line| line.what.display.clone());
        lines.push(Line::new(sort, get("off").is_none()));
    }
    lines
}

fn config(fields: &Fields, wrong: &mut Vec<String>) -> Map<String, Value> {
    let text = fields.get("config").unwrap_or_default();
    if text.is_empty() {
        return Map::new();
    }
    serde_json::from_str(text).unwrap_or_else(|error| {
        wrong.push(format!("Settings: {error}"));
        Map::new()
    })
}

fn ids(fields: &Fields, name: &str, wrong: &mut Vec<String>) -> Vec<AccountId> {
    let mut ids = Vec::new();
    for line in fields.get(name).unwrap_or_default().lines().map(str::trim).filter(|line| !line.is_empty()) {
        match AccountId::new(line) {
            Ok(id) => ids.push(id),
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    ids
}

fn number<T>(fields: &Fields, name: &str, label: &str, wrong: &mut Vec<String>) -> Option<T>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    fields.read(name, label).unwrap_or_else(|error| {
        wrong.push(error.message);
        None
    })
}

fn settings(fields: &Fields, was: &PoolConfig, file: bool, wrong: &mut Vec<String>) -> PoolConfig {
    let mut settings = PoolConfig {
        retry_failed: fields.ticked("retry_failed"),
        wait_for_accounts: fields.ticked("wait_for_accounts"),
        ..was.clone()
    };
    if let Some(count) = number(fields, "max_failures", "Failures", wrong) {
        settings.max_failures = count;
    }
    for (name, label, span) in [
        ("retry_backoff", "Rest after a failure", &mut settings.retry_backoff),
        ("refresh_interval", "Refresh every", &mut settings.refresh_interval),
        ("max_wait_time", "Wait at most", &mut settings.max_wait_time),
        ("lease_ttl", "Lease", &mut settings.lease_ttl),
        ("repeat_after", "Again after", &mut settings.repeat_after),
    ] {
        if let Some(read) = number(fields, name, label, wrong) {
            *span = read;
        }
    }
    if file {
        settings.sort_method = fields
            .filled("sort_method")
            .and_then(|word| serde_json::from_value::<SortMethod>(word.into()).ok());
        settings.min_packs = number(fields, "min_packs", "Fewest packs", wrong).unwrap_or(0);
        settings.max_packs = number(fields, "max_packs", "Most packs", wrong).unwrap_or(0);
    }
    settings
}
