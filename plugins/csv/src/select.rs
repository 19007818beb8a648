//! `where` and `sort`.

use std::cmp::Ordering;

use lariat_sdk::{Account, Map, Value};

use crate::value;

/// Whether an account has these values; `id` is its id. A value that isn't there is `null`, and
/// `3` is the same as `"3"`, since users think of cells.
pub(crate) fn wanted(account: &Account, values: &Map<String, Value>) -> bool {
    values.iter().all(|(name, expected)| {
        let found = field(account, name).map_or_else(String::new, |found| value::text(&found));
        match expected {
            Value::Array(any) => any.iter().any(|one| value::text(one) == found),
            one => value::text(one) == found,
        }
    })
}

/// Sorts by a field: numbers by size, then texts, then accounts without one. Equal ones stay in
/// the files' order.
pub(crate) fn sort(accounts: &mut Vec<Account>, by: &str) {
    let (name, descending) = by.strip_prefix('-').map_or((by, false), |name| (name, true));
    let keyed = std::mem::take(accounts).into_iter().map(|account| (key(&account, name), account));
    let mut keyed: Vec<(Key, Account)> = keyed.collect();
    keyed.sort_by(|(a, _), (b, _)| match (a, b) {
        (Key::Missing, _) | (_, Key::Missing) => a.order(b),
        _ if descending => b.order(a),
        _ => a.order(b),
    });
    accounts.extend(keyed.into_iter().map(|(_, account)| account));
}

enum Key {
    Number(f64),
    Text(String),
    Missing,
}

impl Key {
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Text(_) => 1,
            Self::Missing => 2,
        }
    }
}

fn key(account: &Account, name: &str) -> Key {
    match field(account, name) {
        None | Some(Value::Null) => Key::Missing,
        Some(found) => {
            let text = value::text(&found);
            // `1.50` stayed a text so that it isn't changed, but it sorts as what it is.
            text.parse::<f64>().ok().filter(|number| number.is_finite()).map_or(Key::Text(text), Key::Number)
        }
    }
}

fn field(account: &Account, name: &str) -> Option<Value> {
    account.get(name).cloned().or_else(|| (name == "id").then(|| Value::from(account.id.clone())))
}
