//! The columns of a database, as its accounts have them, and which comparisons fit them.

use lariat_core::definition::{Operator, PoolDefinition, QueryDefinition};
use lariat_core::ids::PoolName;
use serde_json::Value;

use crate::pages::frame::Frame;
use crate::service::PoolDraft;

/// What a column holds, as far as the first accounts tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Time,
    Text,
    Unknown,
}

/// A column.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// The columns that a database's account table has: of its first accounts.
pub(super) async fn of(frame: &Frame, database: Option<&str>) -> Vec<Column> {
    let Ok(name) = PoolName::new("columns") else { return Vec::new() };
    let mut probe = PoolDefinition::new(name, "sql");
    probe.database = database.map(str::to_owned);
    probe.query = Some(QueryDefinition { limit: Some(10), ..QueryDefinition::default() });
    let found = frame.shared.service.preview_pool(PoolDraft::Definition(Box::new(probe))).await;
    let mut columns = vec![Column { name: "id".to_owned(), kind: Kind::Text }];
    for account in &found.sample {
        for (name, value) in account.masked() {
            let kind = kind(&name, &value);
            match columns.iter_mut().find(|column| column.name == name) {
                Some(column) if column.kind == Kind::Unknown => column.kind = kind,
                Some(_) => {}
                None => columns.push(Column { name, kind }),
            }
        }
    }
    columns
}

fn kind(name: &str, value: &Value) -> Kind {
    let timely = name.ends_with("_at") || name.ends_with("modified");
    match value {
        Value::Number(_) | Value::Bool(_) => Kind::Number,
        Value::String(text) if text.parse::<jiff::Timestamp>().is_ok() => Kind::Time,
        Value::String(_) if timely => Kind::Time,
        Value::Null if timely => Kind::Time,
        Value::String(_) => Kind::Text,
        _ => Kind::Unknown,
    }
}

/// All comparisons, with words.
const WORDS: [(Operator, &str); 15] = [
    (Operator::Equal, "is"),
    (Operator::NotEqual, "is not"),
    (Operator::Less, "is less than"),
    (Operator::LessOrEqual, "is at most"),
    (Operator::Greater, "is more than"),
    (Operator::GreaterOrEqual, "is at least"),
    (Operator::Between, "is between"),
    (Operator::In, "is one of"),
    (Operator::NotIn, "is none of"),
    (Operator::Contains, "contains"),
    (Operator::NotContains, "doesn’t contain"),
    (Operator::Like, "is like (% and _)"),
    (Operator::LastDays, "is in the last days"),
    (Operator::IsNull, "is empty"),
    (Operator::IsNotNull, "isn’t empty"),
];

/// The comparisons that fit a kind, as `(value, words)`.
pub(super) fn operators(kind: Kind) -> Vec<(String, String)> {
    use Operator::{
        Between, Contains, Greater, GreaterOrEqual, LastDays, Less, LessOrEqual, Like, NotContains,
    };
    let unfit: &[Operator] = match kind {
        Kind::Number => &[Contains, NotContains, Like, LastDays],
        Kind::Time => &[Contains, NotContains],
        Kind::Text => &[Less, LessOrEqual, Greater, GreaterOrEqual, Between, LastDays],
        Kind::Unknown => &[],
    };
    let fit = WORDS.iter().filter(|(operator, _)| !unfit.contains(operator));
    fit.map(|(operator, words)| (operator.as_str().to_owned(), (*words).to_owned())).collect()
}
