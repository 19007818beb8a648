//! Cells as typed values.

use lariat_sdk::Value;

/// A cell's value. With types, what reads as something else and would be written back the
/// same becomes that; so `007`, `1.50` and `+3` stay texts.
pub(crate) fn typed(cell: &str, types: bool) -> Value {
    if !types {
        return Value::from(cell);
    }
    match cell {
        "" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => number(cell).unwrap_or_else(|| Value::from(cell)),
    }
}

fn number(cell: &str) -> Option<Value> {
    let whole = cell.parse::<i64>().map(Value::from);
    let value = whole.or_else(|_| cell.parse::<f64>().map(Value::from)).ok()?;
    let again = value.to_string();
    (again == cell).then_some(value)
}

/// A value as a user would write it in a cell.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lariat_sdk::json;

    #[test]
    fn only_what_is_written_back_the_same_becomes_a_number() {
        let typed: Vec<Value> = [
            "3",
            "-3",
            "2.5",
            "007",
            "1.50",
            "+3",
            "1e400",
            "NaN",
            "",
            "true",
            "True",
            "9223372036854775808",
        ]
        .map(|cell| typed(cell, true))
        .into();
        let expected = json!([
            3,
            -3,
            2.5,
            "007",
            "1.50",
            "+3",
            "1e400",
            "NaN",
            null,
            true,
            "True",
            "9223372036854775808"
        ]);
        assert_eq!(json!(typed), expected);
        assert_eq!(super::typed("3", false), json!("3"));
        assert_eq!(super::typed("", false), json!(""));
    }
}
