//! How many packs an account has, as far as its file tells.

use serde_json::{Map, Value};

/// The fields that may hold the pack count, the first that is there counts.
pub const FIELDS: [&str; 4] = ["pack_count", "packCount", "packs", "packs_opened"];

/// The pack count of an account: the first of [`FIELDS`] that is a whole number, else
/// the number that the file's name begins with, as in `37P_20250101_x.xml`.
pub fn count(fields: &Map<String, Value>, stem: &str) -> Option<i64> {
    FIELDS.iter().filter_map(|name| fields.get(*name)).find_map(whole).or_else(|| in_name(stem))
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    }
}

fn in_name(stem: &str) -> Option<i64> {
    let (digits, rest) = stem.split_at_checked(stem.bytes().take_while(u8::is_ascii_digit).count())?;
    let after = rest.strip_prefix(['P', 'p'])?;
    if after.starts_with(char::is_alphanumeric) {
        return None; // `3people.xml` is somebody's name for it
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_goes_before_the_name() {
        let count = |fields: Value, stem: &str| super::count(fields.as_object().unwrap(), stem);
        assert_eq!(count(json!({"packs": 4}), "37P_x"), Some(4));
        assert_eq!(count(json!({"packs": 4, "pack_count": "5"}), "x"), Some(5));
        assert_eq!(count(json!({"packs": "many"}), "37P_20250101_x"), Some(37));
        assert_eq!(count(json!({}), "37P"), Some(37));
        for stem in ["P", "37", "37Px", "x37P", "99999999999999999999P_", "", "ä"] {
            assert_eq!(count(json!({}), stem), None, "{stem}");
        }
    }
}
