//! Accounts out of an answer.

use std::collections::HashSet;

use super::answer;
use lariat_core::account::AccountRow;
use lariat_core::ids::AccountId;
use lariat_core::source::{Repeats, Selection};
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
struct Fetched {
    accounts: Vec<Map<String, Value>>,
    #[serde(default)]
    warnings: Vec<String>,
}

/// Reads what `fetch` answers. An account without a usable id is passed over, with a
/// warning; an id that came before keeps its first place, which is told too.
pub(super) fn read(answer: &[u8]) -> Result<Selection, String> {
    let is_list = answer.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let read = if is_list {
        answer::read(answer).map(|accounts| Fetched { accounts, warnings: Vec::new() })
    } else {
        answer::read(answer)
    };
    let Fetched { accounts, mut warnings } = read?;
    let mut known = HashSet::with_capacity(accounts.len());
    let mut repeats = Repeats::default();
    let mut rows = Vec::with_capacity(accounts.len());
    for (index, mut fields) in accounts.into_iter().enumerate() {
        match id_of(fields.remove("id").as_ref()) {
            Ok(id) => {
                if known.insert(id.clone()) {
                    rows.push(AccountRow::new(id, fields));
                } else {
                    repeats.note(&id);
                }
            }
            Err(why) => warnings.push(format!("account {index} {why}; it was passed over")),
        }
    }
    warnings.extend(repeats.warning());
    Ok(Selection { accounts: rows, warnings })
}

fn id_of(id: Option<&Value>) -> Result<AccountId, String> {
    let text = match id {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) if number.is_i64() || number.is_u64() => number.to_string(),
        None | Some(Value::Null) => return Err("has no id".into()),
        Some(other) => return Err(format!("has {other} as its id; an id is a text")),
    };
    AccountId::new(&text).map_err(|error| format!("has an id that {error}"))
}
