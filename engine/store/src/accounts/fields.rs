//! An account's fields, sorted: columns of the table, secrets, and metadata, which is
//! everything else.

use lariat_core::secret::{MASK, is_secret_name};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{AccountStatus, ImportAccount, PassedOver};

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
    ///
    /// # Errors
    /// What is wrong, and with which field. A value isn't repeated: it may be a secret
    /// that got into the wrong column.
    pub(super) fn new(account: &ImportAccount) -> Result<Self, PassedOver> {
        let mut columns = [const { Value::Null }; 10];
        let (mut metadata, mut secrets) = (Map::new(), Map::new());
        for (name, value) in &account.fields {
            if let Some(slot) = COLUMNS
                .iter()
                .zip(&mut columns)
                .find_map(|(column, slot)| column.eq_ignore_ascii_case(name).then_some(slot))
            {
                *slot = column(&name.to_ascii_lowercase(), value)
                    .map_err(|problem| passed_over(account, name, problem))?;
            } else if name == "custom_metadata" {
                for (name, value) in unpacked(value) {
                    sort(name, value, &mut metadata, &mut secrets);
                }
            } else if name != "id" {
                sort(name.clone(), value.clone(), &mut metadata, &mut secrets);
            }
        }
        let text = |map| Value::Object(map).to_string();
        let metadata = text(metadata);
        if metadata.len() > MAX_METADATA_BYTES {
            let problem = format!(
                "and the other fields beside the columns have {} bytes; at most {MAX_METADATA_BYTES} are kept",
                metadata.len()
            );
            return Err(passed_over(account, "custom_metadata", problem));
        }
        Ok(Self(account.id.to_string(), columns, metadata, text(secrets)))
    }
}

/// What an account may have beside its columns: well below the longest value that a
/// pool's query may read.
const MAX_METADATA_BYTES: usize = 512 * 1024;

fn passed_over(account: &ImportAccount, field: &str, problem: String) -> PassedOver {
    PassedOver { id: account.id.clone(), message: format!("`{field}` {problem}") }
}

/// Puts a field among the secrets or the metadata. A mask is no secret but what an
/// export shows in its place: what is known already stays.
fn sort(name: String, value: Value, metadata: &mut Map<String, Value>, secrets: &mut Map<String, Value>) {
    if value.is_null() || !is_secret_name(&name) {
        metadata.insert(name, value);
        return;
    }
    match value {
        Value::String(mask) if mask == MASK => {}
        Value::String(_) => {
            secrets.insert(name, value);
        }
        other => {
            secrets.insert(name, Value::String(other.to_string()));
        }
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
        .map_err(|_| "is none of available, completed, failed and skipped".to_owned())?;
    let status = if status == AccountStatus::InUse { AccountStatus::Available } else { status };
    Ok(status.as_str().into())
}

fn text(value: &Value) -> Result<Value, String> {
    match value {
        Value::String(text) => Ok(text.as_str().into()),
        Value::Number(number) => Ok(number.to_string().into()),
        other => Err(format!("is {}; a text is accepted", kind(other))),
    }
}

fn count(value: &Value) -> Result<i64, String> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    };
    number.ok_or_else(|| format!("is {}; a whole number is accepted", kind(value)))
}

/// What a value is, without telling it.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(number) if number.is_f64() => "a number with a fraction",
        Value::Number(_) => "a number too large",
        Value::String(_) => "another text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
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
