//! An answer's accounts.

use lariat_sdk::{Account, Error, Result, Value};

use crate::config::Config;

/// A page.
pub(crate) struct Page {
    pub(crate) accounts: Vec<Account>,
    /// Why an entry can't be used.
    pub(crate) bad: Vec<String>,
    /// The next page's address, as it was written.
    pub(crate) next: Option<String>,
}

pub(crate) fn accounts(document: &Value, config: &Config, place: &str) -> Result<Page> {
    let list = config.accounts.as_deref().map_or(Some(document), |path| at(document, path));
    let Some(Value::Array(list)) = list else {
        let sought = config.accounts.as_deref().unwrap_or("the answer");
        return Err(Error::failed(format!("{place}: {sought} isn't a list; `accounts` says where it is")));
    };
    let next = config.next.as_deref().and_then(|path| at(document, path)).and_then(Value::as_str);
    let next = next.filter(|address| !address.is_empty()).map(str::to_owned);
    let mut page = Page { accounts: Vec::with_capacity(list.len()), bad: Vec::new(), next };
    for (place, entry) in list.iter().enumerate() {
        match account(entry, &config.id) {
            Some(account) => page.accounts.push(account),
            None => page.bad.push(format!("entry {place} has no id in `{}`", config.id)),
        }
    }
    Ok(page)
}

/// An object with an id, or just an id.
fn account(entry: &Value, id: &str) -> Option<Account> {
    match entry {
        Value::Object(fields) => {
            let mut fields = fields.clone();
            Some(Account { id: text(&fields.remove(id)?)?, fields })
        }
        other => Some(Account::new(text(other)?)),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

/// The value at `a.b.0`.
fn at<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(document, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}
