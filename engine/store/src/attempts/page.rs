//! Finds runs page by page, newest first, and not for ever: whoever wants a rare one is
//! told how far the search got.

use std::time::{Duration, Instant};

use lariat_core::ids::AccountId;
use lariat_core::records::{AttemptPage, AttemptRecord, AttemptSearch};
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
        let mut conn = self.readers().acquire().await?;
        let row = sqlx::query(ENDS).fetch_one(&mut *conn).await?;
        let (oldest, newest): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let (began, limit) = (Instant::now(), search.limit as usize);
        let mut page = AttemptPage::default();
        let mut before = search.before.unwrap_or(i64::MAX).min(newest.saturating_add(1));
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
            if began.elapsed() > PATIENCE {
                break;
            }
        }
        page.next = match page.attempts.last() {
            Some(last) if page.attempts.len() >= limit => Some(last.id).filter(|id| *id > oldest),
            _ => Some(before).filter(|before| *before > oldest),
        };
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
}
