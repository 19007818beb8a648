//! What the running engine goes on without. It knows what is stale, since it remembers what
//! was good; who reads the files anew only sees what is broken.

use serde_json::Value;

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
