//! Finds accounts page by page. A page is looked for along the ids, a stretch at a time
//! and not for ever: whoever wants a rare account among a million is told how far the
//! search got, and goes on from there.

use std::time::{Duration, Instant};

use lariat_core::ids::AccountId;
use lariat_core::records::{AccountPage, AccountSearch, AccountStatus};
use sqlx::{Row, SqliteConnection};

use super::list::{fetch, record, selection};
use crate::error::StoreError;
use crate::store::Store;

/// Accounts that are looked at in one statement.
const STRETCH: i64 = 20_000;
/// How long one page is looked for.
const PATIENCE: Duration = Duration::from_millis(100);

impl Store {
    /// Some of the accounts that a search finds.
    ///
    /// # Errors
    /// When the database can't be read.
    pub(crate) async fn account_page(&self, search: &AccountSearch) -> Result<AccountPage, StoreError> {
        let mut conn = self.readers().acquire().await?;
        let (began, limit) = (Instant::now(), search.limit as usize);
        let mut page = AccountPage { next: search.after.clone(), ..AccountPage::default() };
        if limit == 0 {
            return Ok(page);
        }
        loop {
            let after = page.next.take();
            let end = stretch_end(&mut conn, search.status, after.as_ref()).await?;
            let missing = limit - page.accounts.len();
            page.accounts.extend(stretch(&mut conn, search, after.as_ref(), end.as_ref(), missing).await?);
            if page.accounts.len() >= limit {
                page.next = page.accounts.last().map(|account| account.id.clone());
                return Ok(page);
            }
            page.next = end;
            if page.next.is_none() || began.elapsed() > PATIENCE {
                return Ok(page);
            }
        }
    }
}

/// What a search runs along: the table, or the leases, which are few, for those in use.
const fn path(status: Option<AccountStatus>) -> &'static str {
    match status {
        Some(AccountStatus::InUse) => "SELECT account AS id FROM leases",
        _ => "SELECT id FROM accounts",
    }
}

/// The last id of the next stretch; none when there is no more than one left.
async fn stretch_end(
    conn: &mut SqliteConnection,
    status: Option<AccountStatus>,
    after: Option<&AccountId>,
) -> Result<Option<AccountId>, StoreError> {
    let key = if status == Some(AccountStatus::InUse) { "account" } else { "id" };
    let sql = format!("{} WHERE {key} > ?1 ORDER BY {key} LIMIT 1 OFFSET ?2", path(status));
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(after.map_or("", AccountId::as_str));
    let row = query.bind(STRETCH - 1).fetch_optional(conn).await?;
    row.map(|row| AccountId::new(row.try_get::<&str, _>(0)?).map_err(record)).transpose()
}

async fn stretch(
    conn: &mut SqliteConnection,
    search: &AccountSearch,
    after: Option<&AccountId>,
    end: Option<&AccountId>,
    limit: usize,
) -> Result<Vec<lariat_core::account::Account>, StoreError> {
    let mut query = selection(" WHERE id > ");
    query.push_bind(after.map_or(String::new(), ToString::to_string));
    if let Some(end) = end {
        query.push(" AND id <= ").push_bind(end.to_string());
    }
    match search.status {
        None => {}
        Some(AccountStatus::InUse) => {
            query.push(" AND status = 'in_use' AND id IN (SELECT account FROM leases)");
        }
        Some(status) => {
            query.push(" AND status = ").push_bind(status.as_str());
        }
    }
    if let Some(text) = &search.text {
        query.push(" AND instr(lower(concat_ws(char(10), id, xml_path, custom_metadata)), lower(");
        query.push_bind(text.clone()).push(")) > 0");
    }
    query.push(" ORDER BY id LIMIT ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    fetch(conn, query).await
}
