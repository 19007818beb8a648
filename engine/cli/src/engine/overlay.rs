//! Lists as the running engine sees them: it knows what is stale, since it remembers what
//! was good. Who reads the files anew only sees what is broken.

use serde_json::Value;

/// The row of a status list with this text under this key.
fn row<'a>(status: &'a Value, list: &str, key: &str, text: &str) -> Option<&'a Value> {
    let rows = status.get(list)?.as_array()?;
    rows.iter().find(|row| row.get(key).and_then(Value::as_str) == Some(text))
}

/// Lays what the engine says of scripts over rows with a `file`.
pub fn scripts(status: &Value, rows: &mut [Value]) {
    for shown in rows {
        let file = shown.get("file").and_then(Value::as_str).unwrap_or_default().to_owned();
        let (Some(row), Some(shown)) = (row(status, "extensions", "file", &file), shown.as_object_mut())
        else {
            continue;
        };
        for key in ["name", "state", "error", "generation"] {
            let said = row.get(key).cloned().unwrap_or_default();
            if key != "name" || !said.is_null() {
                shown.insert(key.to_owned(), said);
            }
        }
    }
}

/// What the engine goes on without: what it is, and why.
pub fn troubles(status: &Value) -> Vec<(String, String)> {
    let rows = |list: &str, noun: &'static str| -> Vec<(String, String)> {
        let all = status.get(list).and_then(Value::as_array).into_iter().flatten();
        all.filter_map(|row| {
            let text = |key: &str| row.get(key).and_then(Value::as_str);
            let stale = matches!(text("state"), Some("stale"));
            let noun = text("kind").unwrap_or(noun);
            stale.then(|| Some((format!("{noun} \"{}\"", text("name")?), text("error")?.to_owned())))?
        })
        .collect()
    };
    let mut all = rows("pools", "pool");
    all.extend(rows("groups", "group"));
    all.extend(rows("extensions", "script"));
    let trouble = status.pointer("/watching/trouble").and_then(Value::as_str);
    all.extend(trouble.map(|trouble| ("file watching".to_owned(), trouble.to_owned())));
    all
}
