//! Finds accounts page by page. A page is looked for along the ids, a stretch at a time
//! and not for ever: whoever wants a rare account among a million is told how far the
//! search got, and goes on from there. A text is looked for from itself on, so that an id
//! that begins with it is found at once; from the last id the search goes on at the first.

use std::time::{Duration, Instant};

use lariat_core::ids::AccountId;
use lariat_core::records::{AccountPage, AccountSearch, AccountStatus, Searched};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::list::{choose, fetch, record, selection};
use crate::error::StoreError;
use crate::store::Store;

/// Accounts that are looked at in one statement.
const STRETCH: u32 = 20_000;
/// How long one page is looked for.
const PATIENCE: Duration = Duration::from_millis(100);

impl Store {
    /// Some of the accounts that a search finds.
    ///
    /// # Errors
    /// When the database can't be read.
    pub(crate) async fn account_page(&self, search: &AccountSearch) -> Result<AccountPage, StoreError> {
        self.page_within(search, PATIENCE).await
    }

    async fn page_within(
        &self,
        search: &AccountSearch,
        patience: Duration,
    ) -> Result<AccountPage, StoreError> {
        let mut conn = self.readers().acquire().await?;
        let (began, limit) = (Instant::now(), search.limit as usize);
        let mut page = AccountPage { next: search.after.clone(), ..AccountPage::default() };
        if limit == 0 {
            return Ok(page);
        }
        let (mut place, mut looked) = (Place::of(search), 0);
        loop {
            let end = place.end_of_stretch(&mut conn).await?;
            let missing = limit - page.accounts.len();
            page.accounts.extend(place.stretch(&mut conn, search, end.as_ref(), missing).await?);
            let full = page.accounts.last().filter(|_| page.accounts.len() >= limit);
            let until = full.map(|last| &last.id).or(end.as_ref());
            if search.chooses() {
                looked += match (full, &end) {
                    (None, Some(_)) => u64::from(STRETCH),
                    _ => place.count(&mut conn, until).await?,
                };
                page.searched = Some(Searched { looked_at: looked, of: None });
            }
            if full.is_some() {
                page.next = until.cloned();
                return Ok(page);
            }
            match end {
                Some(end) => place.after = Some(end),
                None if place.goes_round() => place = place.round(),
                None => {
                    page.next = None;
                    return Ok(page);
                }
            }
            if place.after.is_some() && began.elapsed() > patience {
                page.next = place.after.clone();
                let of = Some(Place::whole(search.status).count(&mut conn, None).await?);
                page.searched = Some(Searched { looked_at: looked, of });
                return Ok(page);
            }
        }
    }
}

/// Where a search is: it runs from where it begins to the last id, then from the first id to
/// where it began.
struct Place<'a> {
    /// What it runs along: the table, or the leases, which are few, for those in use.
    path: &'static str,
    key: &'static str,
    /// The text where it begins; empty where it begins at the first id.
    begin: &'a str,
    /// Whether it went on at the first id.
    around: bool,
    /// The last id that was looked at, since it began or went on at the first.
    after: Option<AccountId>,
}

impl<'a> Place<'a> {
    fn of(search: &'a AccountSearch) -> Self {
        let after = search.after.clone();
        let around = after.as_ref().is_some_and(|after| search.is_around(after));
        Self { begin: search.begin(), around, after, ..Self::whole(search.status) }
    }

    fn whole(status: Option<AccountStatus>) -> Self {
        let (path, key) = match status {
            Some(AccountStatus::InUse) => ("leases", "account"),
            _ => ("accounts", "id"),
        };
        Self { path, key, begin: "", around: false, after: None }
    }

    fn goes_round(&self) -> bool {
        !self.around && !self.begin.is_empty()
    }

    fn round(self) -> Self {
        Self { around: true, after: None, ..self }
    }

    /// `WHERE` the key is within what comes, `until` an id.
    fn within(&self, query: &mut QueryBuilder<Sqlite>, key: &str, until: Option<&AccountId>) {
        match &self.after {
            Some(after) => query.push(format!(" WHERE {key} > ")).push_bind(after.to_string()),
            None if self.around => query.push(format!(" WHERE {key} >= ")).push_bind(""),
            None => query.push(format!(" WHERE {key} >= ")).push_bind(self.begin.to_owned()),
        };
        match until {
            Some(until) => query.push(format!(" AND {key} <= ")).push_bind(until.to_string()),
            None if self.around => query.push(format!(" AND {key} < ")).push_bind(self.begin.to_owned()),
            None => query,
        };
    }

    /// The last id of the next stretch; none when there is no more than one left.
    async fn end_of_stretch(&self, conn: &mut SqliteConnection) -> Result<Option<AccountId>, StoreError> {
        let Self { path, key, .. } = self;
        let mut query = QueryBuilder::new(format!("SELECT {key} FROM {path}"));
        self.within(&mut query, key, None);
        query.push(format!(" ORDER BY {key} LIMIT 1 OFFSET {}", STRETCH - 1));
        let row = query.build().fetch_optional(conn).await?;
        row.map(|row| AccountId::new(row.try_get::<&str, _>(0)?).map_err(record)).transpose()
    }

    /// How many there are to look at, `until` an id.
    async fn count(&self, conn: &mut SqliteConnection, until: Option<&AccountId>) -> Result<u64, StoreError> {
        let Self { path, key, .. } = self;
        let mut query = QueryBuilder::new(format!("SELECT count(*) FROM {path}"));
        self.within(&mut query, key, until);
        let count: i64 = query.build().fetch_one(conn).await?.try_get(0)?;
        Ok(count.unsigned_abs())
    }

    async fn stretch(
        &self,
        conn: &mut SqliteConnection,
        search: &AccountSearch,
        end: Option<&AccountId>,
        limit: usize,
    ) -> Result<Vec<lariat_core::account::Account>, StoreError> {
        let mut query = selection("");
        self.within(&mut query, "id", end);
        choose(&mut query, search);
        query.push(" ORDER BY id LIMIT ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
        fetch(conn, query).await
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use lariat_core::records::{ImportAccount, Records as _};

    use super::*;
    use crate::StoreOptions;

    #[tokio::test]
    async fn a_search_that_takes_too_long_tells_how_far_it_came() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(StoreOptions::new(folder.path().join("state.db"))).await.unwrap();
        let all = 2 * u64::from(STRETCH) + 7;
        let account =
            |n| ImportAccount { id: AccountId::new(format!("a{n:06}")).unwrap(), fields: Default::default() };
        store.import_accounts((0..all).map(account).collect()).await.unwrap();

        let text = Some("a039990x".to_owned());
        let mut search = AccountSearch { text, limit: 10, ..AccountSearch::default() };
        let (mut looked, mut stops) = (0, Vec::new());
        loop {
            let page = store.page_within(&search, Duration::ZERO).await.unwrap();
            assert!(page.accounts.is_empty());
            let searched = page.searched.unwrap();
            looked += searched.looked_at;
            search.after = page.next;
            let Some(next) = &search.after else { break };
            assert_eq!(searched.of, Some(all));
            stops.push((next.to_string(), looked));
        }
        // From a039991 to the end there are 16; then from the first one on.
        assert_eq!(stops, [("a019999".to_owned(), 20_016)]);
        assert_eq!(looked, all);
    }
}
