//! An account's fields, sorted: columns of the table, secrets, and metadata, which is
//! everything else.

use lariat_core::secret::is_secret_name;
use serde::Serialize;
use serde_json::{Map, Value};

use super::AccountStatus;
use super::import::ImportAccount;
use crate::error::StoreError;

/// An account as the import's SQL reads it, by position: id; the columns of the table
/// in their order, null where the import doesn't say; metadata and secrets as JSON text.
#[derive(Serialize)]
pub(super) struct IncomingRow(String, [Value; 10], String, String);

const COLUMNS: [&str; 10] = [
    "xml_path",
    "pack_count",
    "last_modified",
    "status",
    "failure_count",
    "last_error",
    "completed_at",
    "cards_found",
    "stars_total",
    "keep_count",
];

impl IncomingRow {
    /// Sorts the fields and checks those that go to columns.
    pub(super) fn new(account: &ImportAccount) -> Result<Self, StoreError> {
        let mut columns = [const { Value::Null }; 10];
        let (mut metadata, mut secrets) = (Map::new(), Map::new());
        for (name, value) in &account.fields {
            if let Some(slot) =
                COLUMNS.iter().zip(&mut columns).find_map(|(column, slot)| (column == name).then_some(slot))
            {
                *slot = column(name, value).map_err(|problem| StoreError::BadAccount {
                    id: account.id.to_string(),
                    field: name.clone(),
                    problem,
                })?;
            } else if value.is_string() && is_secret_name(name) {
                secrets.insert(name.clone(), value.clone());
            } else if name == "custom_metadata" {
                metadata.extend(unpacked(value));
            } else if name != "id" {
                metadata.insert(name.clone(), value.clone());
            }
        }
        let text = |map| Value::Object(map).to_string();
        Ok(Self(account.id.to_string(), columns, text(metadata), text(secrets)))
    }
}

/// What a column keeps of a value, or what is wrong with it.
fn column(name: &str, value: &Value) -> Result<Value, String> {
    let blank = value.as_str().is_some_and(|text| text.trim().is_empty());
    if value.is_null() || blank {
        return Ok(Value::Null);
    }
    match name {
        "status" => status(value),
        "xml_path" | "last_modified" | "last_error" | "completed_at" => text(value),
        "failure_count" => match count(value)? {
            negative if negative < 0 => Err("is a count; it can't be negative".into()),
            count => Ok(count.into()),
        },
        _ => count(value).map(Value::from),
    }
}

/// A status; nobody holds an account that comes from outside.
fn status(value: &Value) -> Result<Value, String> {
    let status: AccountStatus = value
        .as_str()
        .unwrap_or_default()
        .parse()
        .map_err(|_| format!("is {value}; accepted are available, completed, failed and skipped"))?;
    let status = if status == AccountStatus::InUse { AccountStatus::Available } else { status };
    Ok(status.as_str().into())
}

fn text(value: &Value) -> Result<Value, String> {
    match value {
        Value::String(text) => Ok(text.as_str().into()),
        Value::Number(number) => Ok(number.to_string().into()),
        other => Err(format!("is {other}; a text is accepted")),
    }
}

fn count(value: &Value) -> Result<i64, String> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    };
    number.ok_or_else(|| format!("is {value}; a whole number is accepted"))
}

/// The fields inside a `custom_metadata` object, or its JSON text.
fn unpacked(value: &Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map.clone(),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(Value::Object(map)) => map,
            _ => Map::from_iter([("custom_metadata".to_owned(), value.clone())]),
        },
        Value::Null => Map::new(),
        other => Map::from_iter([("custom_metadata".to_owned(), other.clone())]),
    }
}
