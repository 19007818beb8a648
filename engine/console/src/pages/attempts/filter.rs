//! Which runs a page shows, as its address says.

use lariat_core::records::Searched;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::pages::parts::{Fields, href, looked_at, so_far};
use crate::{Code, RunFilter, ServiceError};

/// Which runs are wanted, as it was entered.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Entered {
    pub(super) group: String,
    pub(super) pool: String,
    pub(super) account: String,
    pub(super) outcome: String,
    pub(super) launch: String,
    /// Only those before this one.
    pub(super) before: Option<i64>,
    /// Runs that were looked at for the pages before.
    pub(super) searched: u64,
}

impl Entered {
    /// As a form posted it.
    pub(super) fn of(fields: &Fields) -> Self {
        let text = |name: &str| fields.get(name).unwrap_or_default().to_owned();
        Self {
            group: text("group"),
            pool: text("pool"),
            account: text("account"),
            outcome: text("outcome"),
            launch: text("launch"),
            ..Self::default()
        }
    }

    /// The names and values that were filled in.
    pub(super) fn told(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let Self { group, pool, account, outcome, launch, .. } = self;
        let all = [
            ("group", group),
            ("pool", pool),
            ("account", account),
            ("outcome", outcome),
            ("launch", launch),
        ];
        all.into_iter().map(|(name, value)| (name, value.trim())).filter(|(_, value)| !value.is_empty())
    }

    /// Whether all runs are wanted.
    pub(super) fn is_empty(&self) -> bool {
        self.told().next().is_none()
    }

    /// The same for the service.
    ///
    /// # Errors
    /// When something can't be a name, or no run ends so.
    pub(super) fn filter(&self) -> Result<RunFilter, ServiceError> {
        let told: Map<String, Value> =
            self.told().map(|(name, value)| (name.to_owned(), value.into())).collect();
        serde_json::from_value(Value::Object(told))
            .map_err(|error| ServiceError::new(Code::Invalid, format!("No run is like that: {error}.")))
    }

    /// How far a search came that must go on.
    pub(super) fn so_far(&self, searched: Option<Searched>) -> Option<String> {
        so_far(self.searched, searched, "attempts")
    }

    /// The end of an address that means the same page.
    pub(super) fn here(&self) -> String {
        self.behind(self.before, self.searched)
    }

    /// The end of an address that means the next page, which begins before a run.
    pub(super) fn more(&self, next: i64, searched: Option<Searched>) -> String {
        self.behind(Some(next), searched.map_or(0, |searched| looked_at(self.searched, searched)))
    }

    fn behind(&self, before: Option<i64>, searched: u64) -> String {
        let mut query = self.query(before);
        if searched > 0 {
            query.push_str(&format!("&searched={searched}"));
        }
        query
    }

    /// The end of an address that means the same, from a run on.
    pub(super) fn query(&self, before: Option<i64>) -> String {
        let told = self.told();
        let told = told.map(|(name, value)| format!("{name}={}", href(&[value]).trim_start_matches('/')));
        let before = before.map(|before| format!("before={before}"));
        told.chain(before).collect::<Vec<_>>().join("&")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_was_filled_in() {
        let entered = Entered { pool: " a&b ".into(), outcome: "failed".into(), ..Entered::default() };
        assert_eq!(entered.query(Some(7)), "pool=a%26b&outcome=failed&before=7");
        let searched = Searched { looked_at: 20_000, of: Some(50_000) };
        assert_eq!(entered.more(7, Some(searched)), "pool=a%26b&outcome=failed&before=7&searched=20000");
        let next = Entered { before: Some(7), searched: 20_000, ..Entered::default() };
        assert_eq!(next.here(), "before=7&searched=20000");
        assert_eq!(next.so_far(Some(searched)).unwrap(), "Searched 40,000 of 50,000 attempts so far.");
        assert_eq!(next.so_far(Some(Searched { of: None, ..searched })), None, "it came to the end");
        assert_eq!(entered.filter().unwrap().pool.unwrap().as_str(), "a&b");
        assert!(!entered.is_empty() && Entered::default().is_empty());
        let lost = Entered { outcome: "lost".into(), ..Entered::default() }.filter().unwrap_err();
        assert!(lost.message.contains("completed"), "{lost}");
    }
}
