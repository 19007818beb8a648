//! The builder's operators as SQL. Whoever writes a filter in the console and
//! whoever reads a definition see the same thing:
//!
//! | operator | means |
//! |---|---|
//! | `=` `<` `<=` `>` `>=` `between` `like` | SQL's own; never true for NULL |
//! | `!=` | also true for NULL, which is not equal to any value |
//! | `in`, `not in` | as many `=` or `!=`; a `null` among the values means NULL |
//! | `contains`, `not contains` | the text itself, without wildcards, ASCII letters in either case; NULL contains nothing |
//! | `last days` | a time (any text that SQLite's `julianday` reads, UTC if it names no zone) not older than N times 24 hours |

use jiff::{SignedDuration, Timestamp};
use lariat_core::definition::{Filter, Operator};
use serde_json::Value;

/// One condition: the column, quoted, and the values that its `?` take are appended.
pub(super) fn condition(
    column: &str,
    filter: &Filter,
    now: Timestamp,
    values: &mut Vec<Value>,
) -> Result<String, String> {
    let many = filter.values.as_deref().unwrap_or_default();
    let sql = match filter.operator {
        Operator::IsNull => return Ok(format!("{column} IS NULL")),
        Operator::IsNotNull => return Ok(format!("{column} IS NOT NULL")),
        Operator::In => return Ok(one_of(column, many, values)),
        Operator::NotIn => return Ok(none_of(column, many, values)),
        Operator::Between if many.iter().any(Value::is_null) => {
            return Err("null has no place between two values".to_owned());
        }
        Operator::Between => {
            values.extend(many.iter().cloned());
            return Ok(format!("{column} BETWEEN ? AND ?"));
        }
        Operator::Equal => format!("{column} = ?"),
        Operator::NotEqual => format!("{column} IS NOT ?"),
        Operator::Less => format!("{column} < ?"),
        Operator::LessOrEqual => format!("{column} <= ?"),
        Operator::Greater => format!("{column} > ?"),
        Operator::GreaterOrEqual => format!("{column} >= ?"),
        Operator::Like => format!("{column} LIKE ?"),
        Operator::Contains => format!("instr(lower({column}), lower(?)) > 0"),
        Operator::NotContains => format!("coalesce(instr(lower({column}), lower(?)), 0) = 0"),
        Operator::LastDays => format!("julianday({column}) >= julianday(?)"),
    };
    let value = filter.value.clone().unwrap_or_default();
    values.push(if filter.operator == Operator::LastDays { cutoff(&value, now) } else { value });
    Ok(sql)
}

fn placeholders(count: usize) -> String {
    vec!["?"; count].join(", ")
}

fn one_of(column: &str, many: &[Value], values: &mut Vec<Value>) -> String {
    let known: Vec<&Value> = many.iter().filter(|value| !value.is_null()).collect();
    let mut sql = format!("{column} IN ({})", placeholders(known.len()));
    if known.len() < many.len() {
        sql = format!("({sql} OR {column} IS NULL)");
    }
    values.extend(known.into_iter().cloned());
    sql
}

fn none_of(column: &str, many: &[Value], values: &mut Vec<Value>) -> String {
    let known: Vec<&Value> = many.iter().filter(|value| !value.is_null()).collect();
    let sql = format!("{column} NOT IN ({})", placeholders(known.len()));
    let sql = match known.len() == many.len() {
        true => format!("({sql} OR {column} IS NULL)"),
        // `x NOT IN ()` is true even for NULL.
        false => format!("({sql} AND {column} IS NOT NULL)"),
    };
    values.extend(known.into_iter().cloned());
    sql
}

/// The moment so many days before `now`; the first that SQLite knows when that is
/// further back than a calendar goes.
fn cutoff(days: &Value, now: Timestamp) -> Value {
    let hours = days.as_i64().unwrap_or(i64::MAX).saturating_mul(24);
    let moment = SignedDuration::try_from_hours(hours).and_then(|span| now.checked_sub(span).ok());
    match moment.filter(|moment| moment.as_second() > YEAR_ZERO) {
        Some(moment) => Value::from(format!("{moment:.3}")),
        None => Value::from("0000-01-01T00:00:00.000Z"),
    }
}

/// 0000-01-01, before which SQLite reads no date.
const YEAR_ZERO: i64 = -62_167_219_200;
