//! Accounts as CSV.

use std::collections::BTreeSet;
use std::io::Write;

use serde_json::{Map, Value};

use super::unwritable;
use crate::error::AccountError;

/// Writes `id` and then all fields that any account has, in the order of their names.
pub(super) fn write(
    out: impl Write,
    rows: impl Iterator<Item = Map<String, Value>> + Clone,
) -> Result<(), AccountError> {
    let fields: BTreeSet<String> =
        rows.clone().flat_map(|row| row.into_iter().map(|(name, _)| name)).collect();
    let columns: Vec<&str> =
        std::iter::once("id").chain(fields.iter().map(String::as_str).filter(|name| *name != "id")).collect();
    let mut csv = ::csv::Writer::from_writer(out);
    csv.write_record(&columns).map_err(unwritable)?;
    for row in rows {
        csv.write_record(columns.iter().map(|name| row.get(*name).map(cell).unwrap_or_default()))
            .map_err(unwritable)?;
    }
    csv.flush().map_err(unwritable)
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => with_point(number.to_string()),
        other => other.to_string(),
    }
}

/// `1e300` as `1.0e300`, the only way in which a reader knows it from a text.
fn with_point(number: String) -> String {
    match number.split_once('e') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0e{exponent}"),
        _ => number,
    }
}
