//! One element as a field.

use serde_json::{Number, Value};

use super::leaf::Leaf;
use crate::error::AccountError;
use crate::typed;

/// The name and the value of a field. An element of Android's (`<int name="x"
/// value="3" />`) says its type; any other is a field of its own name.
pub(super) fn field(leaf: &Leaf<'_>) -> Result<(String, Value), AccountError> {
    if let Some(name) = &leaf.name
        && let Some(value) = android(name, leaf)?
    {
        return Ok((name.clone(), value));
    }
    let text = leaf.text.trim();
    Ok((leaf.tag.to_owned(), typed::value_of(leaf.tag, text)))
}

fn android(name: &str, leaf: &Leaf<'_>) -> Result<Option<Value>, AccountError> {
    let wrong = |kind| AccountError::Value { name: name.to_owned(), kind };
    let given = leaf.value.as_deref().unwrap_or(&leaf.text).trim();
    let value = match leaf.tag {
        "string" => Value::String(leaf.text.to_string()),
        "int" | "long" => whole(given).ok_or_else(|| wrong("a whole number of 64 bits"))?,
        "float" | "double" => number(given).ok_or_else(|| wrong("a number"))?,
        "boolean" => Value::Bool(given.parse().map_err(|_| wrong("true or false"))?),
        "set" => leaf.items.iter().cloned().map(Value::String).collect(),
        "null" => Value::Null,
        // Ours, for values that Android has no element for; exports use it.
        "json" => serde_json::from_str(&leaf.text).map_err(|_| wrong("JSON"))?,
        _ => return Ok(None),
    };
    Ok(Some(value))
}

fn whole(text: &str) -> Option<Value> {
    text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<u64>().map(Value::from)).ok()
}

/// A number; the ones that JSON doesn't know (`NaN`, `Infinity`) stay text.
fn number(text: &str) -> Option<Value> {
    let number: f64 = text.parse().ok()?;
    Some(Number::from_f64(number).map_or_else(|| text.into(), Value::Number))
}
