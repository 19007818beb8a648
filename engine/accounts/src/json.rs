//! Accounts in a JSON file: an array of objects, or one object after the other, as in
//! JSON Lines. Each has an `id` (or `account`); its other keys are fields.

use lariat_core::ids::AccountId;
use lariat_core::secret::is_secret_name;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::error::{AccountError, Fault};
use crate::place::{Cursor, Place};
use crate::record::{Collector, MAX_FIELDS, Record, Records, check_field_name};
use crate::text;

const NO_OBJECT: &str =
    "not an object; write an array of objects, or an object a line, each like {\"id\": \"…\"}";

/// Reads a JSON or JSON Lines file.
///
/// ```
/// let found = lariat_accounts::json::parse(br#"[{"id": "a1", "pack_count": 37}]"#)?;
/// assert_eq!(found.records[0].fields["pack_count"], 37);
/// # Ok::<(), lariat_accounts::Fault>(())
/// ```
///
/// # Errors
/// The first thing that is wrong, with its place; nothing of such a file is taken.
pub fn parse(bytes: &[u8]) -> Result<Records, Fault> {
    let text = text::decode(bytes)?;
    let mut places = Cursor::new(text.as_bytes());
    let mut found = Collector::default();
    for object in objects(text)? {
        let offset = object.get().as_ptr().addr().saturating_sub(text.as_ptr().addr());
        let place = places.advance(offset);
        found.push(record(object, place).map_err(|error| Fault::at(place, error))?);
    }
    Ok(found.finish())
}

/// The objects, unparsed, each a slice of the text.
fn objects(text: &str) -> Result<Vec<&RawValue>, Fault> {
    let parsed = if text.trim_start().starts_with('[') {
        serde_json::from_str(text)
    } else {
        serde_json::Deserializer::from_str(text).into_iter().collect()
    };
    parsed.map_err(|error| {
        let place = Place { line: error.line(), column: error.column() };
        Fault::at(place, AccountError::Syntax(without_place(&error)))
    })
}

fn record(object: &RawValue, place: Place) -> Result<Record, AccountError> {
    let wrong = |message: &str| AccountError::Syntax(message.to_owned());
    let mut fields: Map<String, Value> = serde_json::from_str(object.get()).map_err(|error| {
        AccountError::Syntax(if error.is_data() { NO_OBJECT.to_owned() } else { without_place(&error) })
    })?;
    if fields.len() > MAX_FIELDS {
        return Err(AccountError::TooManyFields(MAX_FIELDS));
    }
    let id = match fields.shift_remove("id").or_else(|| fields.shift_remove("account")) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) if !number.is_f64() => number.to_string(),
        Some(_) => return Err(wrong("the account's `id` must be a text or a whole number")),
        None => return Err(wrong("the account has no `id` (nor `account`)")),
    };
    for (name, value) in &mut fields {
        check_field_name(name)?;
        // A secret is a text, else it wouldn't be masked.
        if value.is_number() && is_secret_name(name) {
            *value = Value::String(value.to_string());
        }
    }
    let id = AccountId::new(id).map_err(AccountError::Id)?;
    Ok(Record { id, fields, place })
}

/// serde_json's message without its own place.
fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let plain = message.rsplit_once(" at line ").map_or(message.as_str(), |(before, _)| before);
    format!("not JSON that can be read: {plain}")
}
