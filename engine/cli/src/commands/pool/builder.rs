//! A pool's definition from the command line's flags.

use std::path::PathBuf;

use clap::Args;
use lariat_core::definition::{
    Direction, Filter, Operator, Parameter, PoolDefinition, QueryDefinition, Sort,
};
use lariat_core::ids::{AccountId, PoolName};
use serde_json::Value;

use crate::commands::launch::assignments;
use crate::exit::CliError;

/// Write a new pool file.
///
/// From flags:
///   lariat pool create "Fresh" --type sql --filter 'pack_count < 10' --sort pack_count:asc
///   lariat pool create "Manual" --type file --directory accounts/manual
/// or from a file or standard input:
///   lariat pool create --from pool.yaml
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct CreateArgs {
    /// The pool's name
    #[arg(required_unless_present = "from")]
    name: Option<String>,
    /// Read the definition from a YAML file; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["pool_type", "select", "filters", "directory"])]
    pub from: Option<PathBuf>,
    /// sql, file, or a pool type of an extension
    #[arg(long = "type", value_name = "TYPE", default_value = "sql")]
    pool_type: String,
    /// For people
    #[arg(long)]
    description: Option<String>,
    /// sql: one read-only SELECT that returns a column id
    #[arg(long, value_name = "SQL", conflicts_with_all = ["filters", "sorts", "limit"])]
    select: Option<String>,
    /// sql: a value for the next ? of --select, as NAME:TYPE=VALUE
    #[arg(long = "param", value_name = "NAME:TYPE=VALUE", requires = "select")]
    params: Vec<String>,
    /// sql: a condition, as 'pack_count >= 10' or 'status in available,skipped'
    #[arg(long = "filter", value_name = "CONDITION")]
    filters: Vec<String>,
    /// sql: an order, as pack_count:desc
    #[arg(long = "sort", value_name = "FIELD[:desc]")]
    sorts: Vec<String>,
    /// sql: at most this many accounts
    #[arg(long)]
    limit: Option<u64>,
    /// sql: a database from lariat.yaml; the store, if absent
    #[arg(long)]
    database: Option<String>,
    /// file: the folder of account XML files
    #[arg(long)]
    directory: Option<String>,
    /// An account to add; may be given again
    #[arg(long, value_name = "ID")]
    include: Vec<AccountId>,
    /// An account to leave out; may be given again
    #[arg(long, value_name = "ID")]
    exclude: Vec<AccountId>,
    /// A key of pool_config, as retry_failed=true; may be given again
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// A key of config, for pool types of extensions; may be given again
    #[arg(long = "config", value_name = "KEY=VALUE")]
    config: Vec<String>,
}

impl CreateArgs {
    /// The definition.
    pub fn definition(self) -> Result<PoolDefinition, CliError> {
        let name = PoolName::new(self.name.unwrap_or_default())
            .map_err(|error| CliError::usage(format!("the name {error}")))?;
        let mut pool = PoolDefinition::new(name, self.pool_type);
        pool.description = self.description;
        pool.database = self.database;
        pool.directory = self.directory;
        pool.include = self.include;
        pool.exclude = self.exclude;
        pool.config = assignments(&self.config)?;
        let settings = Value::Object(assignments(&self.set)?);
        pool.pool_config =
            serde_json::from_value(settings).map_err(|error| CliError::usage(format!("--set: {error}")))?;
        let query = QueryDefinition {
            select: self.select,
            parameters: self.params.iter().map(|text| parameter(text)).collect::<Result<_, _>>()?,
            filters: self.filters.iter().map(|text| filter(text)).collect::<Result<_, _>>()?,
            sort: self.sorts.iter().map(|text| sort(text)).collect::<Result<_, _>>()?,
            limit: self.limit,
        };
        if pool.pool_type == "sql" || query != QueryDefinition::default() {
            pool.query = Some(query);
        }
        Ok(pool)
    }
}

fn parameter(text: &str) -> Result<Parameter, CliError> {
    let wrong =
        || CliError::usage(format!("--param {text}: write it as NAME:TYPE=VALUE, like min_packs:int=10"));
    let (name, value) = text.split_once('=').ok_or_else(wrong)?;
    let (name, kind) = name.split_once(':').ok_or_else(wrong)?;
    let parameter_type = serde_json::from_value(Value::String(kind.to_owned()))
        .map_err(|error| CliError::usage(format!("--param {text}: {error}")))?;
    let value = match kind {
        "string" | "timestamp" => Value::String(value.to_owned()),
        _ => serde_json::from_str(value).map_err(|_| wrong())?,
    };
    Ok(Parameter { name: name.to_owned(), value, parameter_type })
}

/// Longer operators first, so that `>=` isn't read as `>`.
const OPERATORS: [&str; 15] = [
    "is not null",
    "is null",
    "not contains",
    "not in",
    "last days",
    "between",
    "contains",
    "like",
    "in",
    "!=",
    "<=",
    ">=",
    "=",
    "<",
    ">",
];

fn filter(text: &str) -> Result<Filter, CliError> {
    let wrong = |why: &str| CliError::usage(format!("--filter '{text}': {why}"));
    let (field, rest) = text
        .trim()
        .split_once([' ', '=', '<', '>', '!'])
        .ok_or_else(|| wrong("write it as 'field operator value'"))?;
    // The separator may have been the operator's first letter.
    let rest = text.trim().get(field.len()..).unwrap_or(rest).trim_start();
    let word = OPERATORS
        .iter()
        .find(|word| {
            rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
                && (!word.ends_with(char::is_alphabetic)
                    || rest.get(word.len()..).is_some_and(|tail| tail.is_empty() || tail.starts_with(' ')))
        })
        .ok_or_else(|| wrong(&format!("the operators are {}", OPERATORS.join(", "))))?;
    let operator: Operator = serde_json::from_value(Value::String((*word).to_owned()))
        .map_err(|error| wrong(&error.to_string()))?;
    let operand = rest.get(word.len()..).unwrap_or_default().trim();
    let scalar = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
    let list = || operand.split(',').map(|part| scalar(part.trim())).collect::<Vec<_>>();
    use lariat_core::definition::query::Arity;
    let (value, values) = match operator.arity() {
        Arity::None => (None, None),
        Arity::One => (Some(scalar(operand)), None),
        Arity::Two | Arity::Many => (None, Some(list())),
    };
    Ok(Filter { field: field.to_owned(), operator, value, values, display: None })
}

fn sort(text: &str) -> Result<Sort, CliError> {
    let (field, direction) = match text.split_once(':') {
        None => (text, Direction::Asc),
        Some((field, word)) if word.eq_ignore_ascii_case("asc") => (field, Direction::Asc),
        Some((field, word)) if word.eq_ignore_ascii_case("desc") => (field, Direction::Desc),
        Some(_) => {
            return Err(CliError::usage(format!(
                "--sort {text}: write it as field, field:asc or field:desc"
            )));
        }
    };
    Ok(Sort { field: field.to_owned(), direction, display: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn conditions_read_as_people_write_them() {
        let read = |text: &str| {
            let filter = filter(text).unwrap();
            (filter.field, filter.operator, filter.value, filter.values)
        };
        assert_eq!(
            read("pack_count >= 10"),
            ("pack_count".into(), Operator::GreaterOrEqual, Some(json!(10)), None)
        );
        assert_eq!(read("pack_count<3"), ("pack_count".into(), Operator::Less, Some(json!(3)), None));
        assert_eq!(
            read("status in available, skipped"),
            ("status".into(), Operator::In, None, Some(vec![json!("available"), json!("skipped")]))
        );
        assert_eq!(
            read("status not in failed"),
            ("status".into(), Operator::NotIn, None, Some(vec![json!("failed")]))
        );
        assert_eq!(read("last_error is not null"), ("last_error".into(), Operator::IsNotNull, None, None));
        assert_eq!(
            read("last_error not contains banned"),
            ("last_error".into(), Operator::NotContains, Some(json!("banned")), None)
        );
        assert!(filter("pack_count").is_err() && filter("pack_count around 3").is_err());
    }

    #[test]
    fn parameters_and_sorts_read_as_people_write_them() {
        assert_eq!(parameter("min:int=10").unwrap().value, json!(10));
        assert_eq!(parameter("s:string=10").unwrap().value, json!("10"));
        assert!(parameter("min=10").is_err() && parameter("min:number=1").is_err());
        assert_eq!(sort("pack_count:desc").unwrap().direction, Direction::Desc);
        assert!(sort("pack_count:down").is_err());
    }
}
