//! The builder's form of a query (`filters`, `sort`, `limit`) as SQL. Names are
//! checked against the columns there are, and quoted; values are only ever bound.

use jiff::Timestamp;
use lariat_core::definition::problem::unknown;
use lariat_core::definition::{Direction, Filter, Problem, QueryDefinition};
use lariat_core::source::GeneratedSql;
use serde_json::Value;

use crate::sql::bind::Bound;
use crate::sql::conditions::condition;
use crate::sql::limits::VARIABLES;

/// Makes the SQL of `filters`, `sort` and `limit` over an account table of these
/// `columns`: all of them, the accounts that meet all filters, ordered, ties by id.
///
/// ```
/// use lariat_store::sql::generated_sql;
/// let query = serde_json::from_value(serde_json::json!({
///     "filters": [{"field": "pack_count", "operator": ">=", "value": 10}],
///     "sort": [{"field": "pack_count", "direction": "desc"}], "limit": 5,
/// })).unwrap();
/// let made = generated_sql(&query, &["id".into(), "pack_count".into()]).unwrap();
/// assert_eq!(
///     made.sql,
///     "SELECT \"id\", \"pack_count\" FROM \"accounts\" WHERE \"pack_count\" >= ? \
///      ORDER BY \"pack_count\" DESC, \"id\" LIMIT ?"
/// );
/// assert_eq!(made.values, [10, 5]);
/// ```
///
/// # Errors
/// The fields that aren't columns and the values that can't be bound, with their key paths.
pub fn generated_sql(query: &QueryDefinition, columns: &[String]) -> Result<GeneratedSql, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut values = Vec::new();
    let now = Timestamp::now();
    let mut conditions = Vec::new();
    for (index, filter) in query.filters.iter().enumerate() {
        match one_filter(filter, columns, now) {
            Ok((sql, bound)) => {
                conditions.push(sql);
                values.extend(bound);
            }
            Err((key, message)) => {
                problems.push(Problem::at(format!("query.filters[{index}]{key}"), message));
            }
        }
    }
    let mut order = Vec::new();
    for (index, sort) in query.sort.iter().enumerate() {
        match column(&sort.field, columns) {
            Ok(column) if sort.direction == Direction::Desc => order.push(format!("{column} DESC")),
            Ok(column) => order.push(column),
            Err(message) => problems.push(Problem::at(format!("query.sort[{index}].field"), message)),
        }
    }
    if !query.sort.iter().any(|sort| sort.field.eq_ignore_ascii_case("id")) {
        order.push(quoted("id"));
    }
    let mut sql = format!("{} ORDER BY {}", from_accounts(columns, &conditions), order.join(", "));
    if let Some(limit) = query.limit.filter(|limit| *limit > 0) {
        sql.push_str(" LIMIT ?");
        values.push(Value::from(i64::try_from(limit).unwrap_or(i64::MAX)));
    }
    if values.len() > VARIABLES {
        problems.push(Problem::at("query.filters", format!("hold more than {VARIABLES} values")));
    }
    if problems.is_empty() { Ok(GeneratedSql { sql, values }) } else { Err(problems) }
}

/// A filter as SQL with its values; or the key at fault and why.
fn one_filter(
    filter: &Filter,
    columns: &[String],
    now: Timestamp,
) -> Result<(String, Vec<Value>), (&'static str, String)> {
    let column = column(&filter.field, columns).map_err(|message| (".field", message))?;
    let mut values = Vec::new();
    let sql = condition(&column, filter, now, &mut values).map_err(|message| (".values", message))?;
    let key = if filter.values.is_some() { ".values" } else { ".value" };
    match values.iter().find_map(|value| Bound::of(value).err()) {
        Some(message) => Err((key, message)),
        None => Ok((sql, values)),
    }
}

fn from_accounts(columns: &[String], conditions: &[String]) -> String {
    let names: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
    let mut sql = format!("SELECT {} FROM \"accounts\"", names.join(", "));
    if !conditions.is_empty() {
        sql.push_str(" WHERE ");
        sql.push_str(&conditions.join(" AND "));
    }
    sql
}

/// The SQL that finds accounts by the ids in one JSON array.
pub(super) fn lookup_sql(columns: &[String]) -> String {
    let names: Vec<String> = columns.iter().map(|name| format!("account.{}", quoted(name))).collect();
    format!(
        "SELECT {} FROM json_each(?) AS ids CROSS JOIN \"accounts\" AS account ON account.\"id\" = ids.value",
        names.join(", ")
    )
}

fn column(field: &str, columns: &[String]) -> Result<String, String> {
    match columns.iter().find(|column| column.eq_ignore_ascii_case(field)) {
        Some(column) => Ok(quoted(column)),
        None => {
            let message = unknown("column", field, columns.iter().map(String::as_str));
            let json = columns.iter().any(|column| column == "custom_metadata");
            let hint = "; for a key inside custom_metadata use `select` with custom_metadata ->> '$.key'";
            Err(if json { message + hint } else { message })
        }
    }
}

/// A name as SQL's identifier, whatever characters it has.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
