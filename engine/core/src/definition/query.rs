//! The query of an `sql` pool.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::definition::Problem;

/// Either `select` with `parameters`, or `filters`, `sort` and `limit`, from which
/// the SQL is made.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueryDefinition {
    /// One read-only SELECT with a `?` for each parameter. It must return a column `id`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "written")]
    pub select: Option<String>,
    /// The values of the placeholders, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    /// Conditions that an account must all meet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// The order in which accounts are served; ties go by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sort: Vec<Sort>,
    /// At most this many accounts; 0 or absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// A key without a value is an empty text, which is refused: a file that is half written
/// must not select everything.
fn written<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    Ok(Some(Option::deserialize(value)?.unwrap_or_default()))
}

impl QueryDefinition {
    /// What is wrong with it, whatever database it is for.
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        let built = !self.filters.is_empty() || !self.sort.is_empty() || self.limit.is_some();
        match &self.select {
            Some(sql) if sql.trim().is_empty() => {
                found.push(Problem::at("query.select", "is empty; write a SELECT that returns a column id"))
            }
            Some(_) if built => found.push(Problem::at(
                "query",
                "has both `select` and the builder's `filters`, `sort` or `limit`; keep one of the two forms",
            )),
            None if !self.parameters.is_empty() => {
                found.push(Problem::at("query.parameters", "belongs to `select`, which is missing"))
            }
            _ => {}
        }
        for (index, parameter) in self.parameters.iter().enumerate() {
            if let Err(message) = parameter.check() {
                found.push(Problem::at(format!("query.parameters[{index}].value"), message));
            }
        }
        for (index, filter) in self.filters.iter().enumerate() {
            if let Err((key, message)) = filter.check() {
                found.push(Problem::at(format!("query.filters[{index}]{key}"), message));
            }
        }
        found
    }
}

/// A value for one `?` of a raw query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// What the value is for; shown in messages.
    pub name: String,
    /// The value, of the type named beside it. `null` is SQL's NULL.
    pub value: Value,
    /// How the value is bound.
    #[serde(rename = "type")]
    pub parameter_type: ParameterType,
}

/// The types of a query's parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ParameterType {
    /// Text.
    String,
    /// A 64-bit whole number.
    Int,
    /// A floating-point number.
    Float,
    /// `true` or `false`, bound as 1 or 0.
    Bool,
    /// A time: RFC 3339 text, bound as text.
    Timestamp,
}

impl ParameterType {
    /// The word in a definition.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Float => "float",
            Self::Bool => "bool",
            Self::Timestamp => "timestamp",
        }
    }
}

impl Parameter {
    fn check(&self) -> Result<(), String> {
        let fits = match (&self.value, self.parameter_type) {
            (Value::Null, _) => true,
            (Value::String(_), ParameterType::String) => true,
            (Value::Number(n), ParameterType::Int) => n.is_i64(),
            (Value::Number(_), ParameterType::Float) => true,
            (Value::Bool(_), ParameterType::Bool) => true,
            (Value::String(text), ParameterType::Timestamp) => is_time(text),
            _ => false,
        };
        if fits {
            return Ok(());
        }
        let kind = self.parameter_type.as_str();
        Err(format!("{} is not of type {kind}, which parameter \"{}\" declares", self.value, self.name))
    }
}

/// Whether a text is a time that SQLite's and PostgreSQL's functions understand.
fn is_time(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok()
        || text.parse::<jiff::civil::DateTime>().is_ok()
        || text.parse::<jiff::civil::Date>().is_ok()
}

/// One condition on one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// A column of the account table.
    pub field: String,
    /// How to compare.
    pub operator: Operator,
    /// What to compare with; for operators that take one value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// What to compare with; for `in`, `not in` and `between` (two values).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<Value>>,
    /// How an editor words it; kept, not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

/// The comparisons of the query builder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Operator {
    /// Equal.
    #[serde(rename = "=", alias = "==")]
    Equal,
    /// Not equal; NULL is not equal to any value.
    #[serde(rename = "!=", alias = "<>")]
    NotEqual,
    /// Less.
    #[serde(rename = "<")]
    Less,
    /// Less or equal.
    #[serde(rename = "<=")]
    LessOrEqual,
    /// Greater.
    #[serde(rename = ">")]
    Greater,
    /// Greater or equal.
    #[serde(rename = ">=")]
    GreaterOrEqual,
    /// One of `values`.
    #[serde(rename = "in", alias = "IN")]
    In,
    /// None of `values`.
    #[serde(rename = "not in", alias = "NOT IN")]
    NotIn,
    /// From the first of `values` to the second, both included.
    #[serde(rename = "between", alias = "BETWEEN")]
    Between,
    /// SQL's LIKE: `%` and `_` stand for anything.
    #[serde(rename = "like", alias = "LIKE")]
    Like,
    /// Holds the text, letter for letter.
    #[serde(rename = "contains", alias = "CONTAINS")]
    Contains,
    /// Doesn't hold the text.
    #[serde(rename = "not contains", alias = "NOT CONTAINS")]
    NotContains,
    /// Has no value.
    #[serde(rename = "is null", alias = "IS NULL")]
    IsNull,
    /// Has a value.
    #[serde(rename = "is not null", alias = "IS NOT NULL")]
    IsNotNull,
    /// A time within the last so many days.
    #[serde(rename = "last days", alias = "LAST DAYS")]
    LastDays,
}

/// How many values an operator takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arity {
    /// `value` and `values` are both absent.
    None,
    /// `value`.
    One,
    /// `values`, two.
    Two,
    /// `values`, one or more.
    Many,
}

impl Operator {
    /// The word in a definition.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
            Self::NotIn => "not in",
            Self::Between => "between",
            Self::Like => "like",
            Self::Contains => "contains",
            Self::NotContains => "not contains",
            Self::IsNull => "is null",
            Self::IsNotNull => "is not null",
            Self::LastDays => "last days",
        }
    }

    /// How many values it takes.
    pub const fn arity(self) -> Arity {
        match self {
            Self::IsNull | Self::IsNotNull => Arity::None,
            Self::In | Self::NotIn => Arity::Many,
            Self::Between => Arity::Two,
            _ => Arity::One,
        }
    }
}

impl Filter {
    /// The key at fault and why, if the values don't fit the operator.
    fn check(&self) -> Result<(), (&'static str, String)> {
        let operator = self.operator.as_str();
        let simple = |value: &Value| !value.is_array() && !value.is_object();
        let values = self.values.as_deref().unwrap_or_default();
        match self.operator.arity() {
            Arity::None if self.value.is_some() || self.values.is_some() => {
                Err(("", format!("`{operator}` takes neither `value` nor `values`")))
            }
            Arity::One => match &self.value {
                None => Err(("", format!("`{operator}` needs a `value`"))),
                Some(Value::Null) => {
                    Err((".value", format!("null never fits `{operator}`; use `is null` or `is not null`")))
                }
                Some(value) if !simple(value) => {
                    Err((".value", format!("`{operator}` takes one text, number, true or false")))
                }
                Some(value) if self.operator == Operator::LastDays && value.as_u64().is_none() => {
                    Err((".value", "`last days` takes a whole number of days".to_owned()))
                }
                Some(_) => Ok(()),
            },
            Arity::Two if values.len() != 2 => Err((
                ".values",
                format!("`{operator}` needs `values` with two entries, the lowest and the highest"),
            )),
            Arity::Many if values.is_empty() => {
                Err((".values", format!("`{operator}` needs `values` with at least one entry")))
            }
            _ if !values.iter().all(simple) => {
                Err((".values", format!("`{operator}` takes texts, numbers, true or false")))
            }
            _ => Ok(()),
        }
    }
}

/// One column to order by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sort {
    /// A column of the account table.
    pub field: String,
    /// Which end comes first.
    #[serde(default)]
    pub direction: Direction,
    /// How an editor words it; kept, not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

/// Which end of a sort comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Smallest first.
    #[default]
    #[serde(alias = "ASC")]
    Asc,
    /// Largest first.
    #[serde(alias = "DESC")]
    Desc,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problems(query: Value) -> Vec<String> {
        let query: QueryDefinition = serde_json::from_value(query).unwrap();
        query.problems().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn parameters_are_what_they_say() {
        let with = |value: Value, kind: &str| {
            problems(
                json!({"select": "SELECT 1 AS id", "parameters": [{"name": "p", "value": value, "type": kind}]}),
            )
        };
        assert!(with(json!(10), "int").is_empty());
        assert!(with(json!("2026-01-02"), "timestamp").is_empty());
        assert!(with(json!("2026-01-02 03:04:05"), "timestamp").is_empty());
        for (value, kind) in [
            (json!("10"), "int"),
            (json!(1.5), "int"),
            (json!(1), "bool"),
            (json!(1), "string"),
            (json!("soon"), "timestamp"),
            (json!([1]), "string"),
        ] {
            let found = with(value.clone(), kind);
            assert!(
                found.len() == 1 && found[0].starts_with("query.parameters[0].value: "),
                "{value} as {kind}: {found:?}"
            );
        }
    }

    #[test]
    fn filters_have_the_values_their_operator_takes() {
        let filter = |filter: Value| problems(json!({"filters": [filter]}));
        assert!(filter(json!({"field": "a", "operator": "between", "values": [1, 2]})).is_empty());
        assert!(filter(json!({"field": "a", "operator": "is null"})).is_empty());
        assert!(filter(json!({"field": "a", "operator": "IN", "values": ["x"]})).is_empty());
        for wrong in [
            json!({"field": "a", "operator": "between", "values": [1]}),
            json!({"field": "a", "operator": "in", "values": []}),
            json!({"field": "a", "operator": "in", "value": 1}),
            json!({"field": "a", "operator": "="}),
            json!({"field": "a", "operator": "=", "value": null}),
            json!({"field": "a", "operator": "=", "value": {"$gt": 1}}),
            json!({"field": "a", "operator": "is null", "value": 1}),
            json!({"field": "a", "operator": "last days", "value": -1}),
        ] {
            assert_eq!(filter(wrong.clone()).len(), 1, "{wrong}");
        }
    }

    #[test]
    fn the_two_forms_do_not_mix() {
        assert_eq!(problems(json!({"select": "SELECT id FROM accounts", "limit": 3})).len(), 1);
        assert_eq!(problems(json!({"parameters": [{"name": "p", "value": 1, "type": "int"}]})).len(), 1);
    }
}
