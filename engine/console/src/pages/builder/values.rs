//! Values as they are typed, and back. What reads as a number, `true` or `false` is one;
//! what is in double quotes is a text; everything else is a text too.

use serde_json::{Number, Value};

/// A typed text as a value.
pub(super) fn read(text: &str) -> Value {
    let text = text.trim();
    let quoted = text.len() >= 2 && text.starts_with('"') && text.ends_with('"');
    if quoted && let Ok(value @ Value::String(_)) = serde_json::from_str(text) {
        return value;
    }
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    // `01` and `1_0` are texts to everybody.
    serde_json::from_str(text).ok()
}

/// A value as it is typed.
pub(super) fn told(value: &Value) -> String {
    match value {
        Value::String(text) if read(text) == *value && !text.contains(',') => text.clone(),
        other => other.to_string(),
    }
}

/// Values between commas; a comma within double quotes belongs to its text.
pub(super) fn read_list(text: &str) -> Vec<Value> {
    let (mut parts, mut quoted, mut escaped) = (vec![String::new()], false, false);
    for character in text.chars() {
        match character {
            ',' if !quoted => {
                parts.push(String::new());
                continue;
            }
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = character == '\\' && !escaped;
        if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    parts.iter().filter(|part| !part.trim().is_empty()).map(|part| read(part)).collect()
}

/// The same, back.
pub(super) fn told_list(values: &[Value]) -> String {
    values.iter().map(told).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_shown_is_read_as_the_same_value() {
        for value in [
            json!("plain"),
            json!("42"),
            json!("true"),
            json!("a, b"),
            json!("say \"hi\""),
            json!("\"quoted\""),
            json!(""),
            json!(" spaced "),
            json!(42),
            json!(-1.5),
            json!(true),
            json!("back\\slash"),
            json!("1e5"),
            json!("null"),
        ] {
            assert_eq!(read(&told(&value)), value, "{}", told(&value));
            let list = vec![value.clone(), json!("other"), value];
            assert_eq!(read_list(&told_list(&list)), list);
        }
    }

    #[test]
    fn people_need_no_quotes() {
        assert_eq!(read("completed"), json!("completed"));
        assert_eq!(read("10"), json!(10));
        assert_eq!(read("007"), json!("007"));
        assert_eq!(read_list("failed, skipped , 3"), vec![json!("failed"), json!("skipped"), json!(3)]);
    }
}
