//! Finds runs page by page, newest first, and not for ever: whoever wants a rare one is
//! told how far the search got.

use std::time::{Duration, Instant};

use lariat_core::ids::AccountId;
use lariat_core::records::{AttemptPage, AttemptRecord, AttemptSearch, Searched};
use sqlx::{QueryBuilder, Row, Sqlite};

use super::read::{COLUMNS, read};
use crate::error::StoreError;
use crate::store::Store;

/// Numbers of runs that are looked at in one statement.
const STRETCH: i64 = 20_000;
/// How long one page is looked for.
const PATIENCE: Duration = Duration::from_millis(100);

/// The oldest and the newest run. Two questions: asked for both in one, SQLite reads the
/// whole table.
const ENDS: &str =
    "SELECT coalesce((SELECT min(id) FROM attempts), 0), coalesce((SELECT max(id) FROM attempts), 0)";

impl Store {
    /// Some of the runs that a search finds.
    ///
    /// # Errors
    /// When the database can't be read.
    pub(crate) async fn attempt_page(&self, search: &AttemptSearch) -> Result<AttemptPage, StoreError> {
        self.attempts_within(search, PATIENCE).await
    }

    async fn attempts_within(
        &self,
        search: &AttemptSearch,
        patience: Duration,
    ) -> Result<AttemptPage, StoreError> {
        let mut conn = self.readers().acquire().await?;
        let row = sqlx::query(ENDS).fetch_one(&mut *conn).await?;
        let (oldest, newest): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let (began, limit) = (Instant::now(), search.limit as usize);
        let mut page = AttemptPage::default();
        let first = search.before.unwrap_or(i64::MAX).min(newest.saturating_add(1));
        let mut before = first;
        while before > oldest && page.attempts.len() < limit {
            // An account's runs are found by their index, all at once.
            let from = if search.account.is_some() { i64::MIN } else { before.saturating_sub(STRETCH) };
            let mut query = sought(search, from, before);
            query.push(" ORDER BY id DESC LIMIT ");
            query.push_bind(i64::try_from(limit - page.attempts.len()).unwrap_or(i64::MAX));
            for row in query.build().fetch_all(&mut *conn).await? {
                page.attempts.push(read(&row)?);
            }
            before = from;
            if began.elapsed() > patience {
                break;
            }
        }
        let full = page.attempts.last().filter(|_| page.attempts.len() >= limit);
        let (reached, is_full) = (full.map_or(before, |last| last.id).max(oldest), full.is_some());
        page.next = Some(reached).filter(|reached| *reached > oldest);
        if search.looks_around() {
            let of = (!is_full && page.next.is_some()).then(|| numbers(oldest, newest.saturating_add(1)));
            page.searched = Some(Searched { looked_at: numbers(reached.max(1), first), of });
        }
        Ok(page)
    }

    /// One run by its number.
    ///
    /// # Errors
    /// When the database can't be read.
    pub(crate) async fn one_attempt(&self, id: i64) -> Result<Option<AttemptRecord>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(format!("SELECT {COLUMNS} FROM attempts WHERE id = "));
        query.push_bind(id);
        query.build().fetch_optional(self.readers()).await?.as_ref().map(read).transpose()
    }
}

/// How many runs there are from a number on and before another: numbers grow by one with each
/// run, so that nobody must count.
fn numbers(from: i64, before: i64) -> u64 {
    u64::try_from(before.saturating_sub(from)).unwrap_or_default()
}

fn sought(search: &AttemptSearch, from: i64, before: i64) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(format!("SELECT {COLUMNS} FROM attempts WHERE id >= "));
    query.push_bind(from).push(" AND id < ").push_bind(before);
    let texts = [
        ("group_name", search.group.as_ref().map(ToString::to_string)),
        ("pool", search.pool.as_ref().map(ToString::to_string)),
        ("account", search.account.as_ref().map(AccountId::to_string)),
        ("launch", search.launch.as_ref().map(ToString::to_string)),
        ("outcome", search.outcome.map(|outcome| outcome.as_str().to_owned())),
    ];
    for (column, text) in texts {
        if let Some(text) = text {
            query.push(format!(" AND {column} = ")).push_bind(text);
        }
    }
    query
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use lariat_core::ids::LaunchId;
    use lariat_core::outcome::Disposition;
    use sqlx::Connection as _;

    use super::*;
    use crate::StoreOptions;

    #[tokio::test]
    async fn the_oldest_and_the_newest_run_are_found_without_reading_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(StoreOptions::new(folder.path().join("state.db"))).await.unwrap();
        let plan = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {ENDS}")));
        let plan = plan.fetch_all(store.readers()).await.unwrap();
        let steps: Vec<String> = plan.iter().map(|step| step.get("detail")).collect();
        assert_eq!(steps.iter().filter(|step| *step == "SEARCH attempts").count(), 2, "{steps:?}");
        assert!(!steps.iter().any(|step| step.starts_with("SCAN attempts")), "{steps:?}");
    }

    #[tokio::test]
    async fn a_search_that_takes_too_long_tells_how_far_it_came() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state.db");
        let store = Store::open(StoreOptions::new(file.clone())).await.unwrap();
        let nothing =
            AttemptSearch { outcome: Some(Disposition::Failed), limit: 1, ..AttemptSearch::default() };
        let page = store.attempt_page(&nothing).await.unwrap();
        assert_eq!((page.next, page.searched.unwrap()), (None, Searched::default()));

        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file);
        let mut conn = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        let all = 2 * STRETCH + 7;
        let rows = "WITH RECURSIVE n(id) AS (VALUES (1) UNION ALL SELECT id + 1 FROM n WHERE id < ?1) \
                    INSERT INTO attempts (id, launch, group_name, instance, account, pool, routine, generation, \
                    started, ended, outcome) SELECT id, ?2, 'G', 1, 'a' || id, 'P', 'R', 1, 0, 0, \
                    iif(id IN (3, 5), 'failed', 'completed') FROM n";
        let launch = LaunchId::random().to_string();
        sqlx::query(rows).bind(all).bind(launch).execute(&mut conn).await.unwrap();

        let (mut search, mut looked, mut stops) = (nothing, 0, Vec::new());
        loop {
            let page = store.attempts_within(&search, Duration::ZERO).await.unwrap();
            let (searched, found) = (page.searched.unwrap(), page.attempts.first().map(|run| run.id));
            looked += searched.looked_at;
            stops.push((found, page.next, searched.of));
            search.before = page.next;
            if page.next.is_none() {
                break;
            }
        }
        let all = numbers(0, all);
        let expected = [
            (None, Some(20_008), Some(all)),
            (None, Some(8), Some(all)),
            (Some(5), Some(5), None),
            (Some(3), Some(3), None),
            (None, None, None),
        ];
        assert_eq!((stops.as_slice(), looked), (expected.as_slice(), all));

        // Of one account no others are looked at, and with nothing chosen none are passed over.
        let of =
            AttemptSearch { account: Some(AccountId::new("a3").unwrap()), before: None, limit: 9, ..search };
        let page = store.attempts_within(&of, Duration::ZERO).await.unwrap();
        assert_eq!((page.attempts.len(), page.next, page.searched), (1, None, None));
        let any = AttemptSearch { limit: 9, ..AttemptSearch::default() };
        assert_eq!(store.attempt_page(&any).await.unwrap().searched, None);
    }
}
