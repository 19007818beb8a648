//! Finds accounts in the table, and counts them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use lariat_core::account::Account;
use lariat_core::ids::AccountId;
use lariat_core::secret::Secret;
use serde::Deserialize;
use serde_json::{Map, Value};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::{AccountCounts, AccountStatus};
use crate::error::StoreError;
use crate::store::Store;

/// Accounts fetched at once.
const CHUNK: i64 = 5_000;

/// Which accounts to list, in the order of their ids.
#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    /// Only those with this status.
    pub status: Option<AccountStatus>,
    /// Only those with this text in their id, path or metadata, in any case of ASCII
    /// letters.
    pub search: Option<String>,
    /// At most so many; all when none is given.
    pub limit: Option<u32>,
    /// So many are passed over first.
    pub offset: u32,
}

impl Store {
    /// The accounts that a filter lets through.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn list(&self, filter: &AccountFilter) -> Result<Vec<Account>, StoreError> {
        let mut conn = self.readers().acquire().await?;
        let mut query = selection(" WHERE true");
        if let Some(status) = filter.status {
            query.push(" AND status = ").push_bind(status.as_str());
        }
        if let Some(search) = &filter.search {
            query.push(" AND instr(lower(concat_ws(char(10), id, xml_path, custom_metadata)), lower(");
            query.push_bind(search.as_str()).push(")) > 0");
        }
        query.push(" ORDER BY id LIMIT ").push_bind(filter.limit.map_or(-1, i64::from));
        query.push(" OFFSET ").push_bind(i64::from(filter.offset));
        fetch(&mut conn, query).await
    }

    /// One account.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn get_account(&self, id: &AccountId) -> Result<Option<Account>, StoreError> {
        let mut conn = self.readers().acquire().await?;
        let mut query = selection(" WHERE id = ");
        query.push_bind(id.as_str());
        Ok(fetch(&mut conn, query).await?.pop())
    }

    /// All accounts, in the order of their ids, as they were at one moment.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn export(&self) -> Result<Vec<Account>, StoreError> {
        let mut transaction = self.readers().begin().await?;
        let mut accounts: Vec<Account> = Vec::new();
        loop {
            let last = accounts.last().map_or(String::new(), |account| account.id.to_string());
            let mut query = selection(" WHERE id > ");
            query.push_bind(last).push(" ORDER BY id LIMIT ").push_bind(CHUNK);
            let mut found = fetch(&mut transaction, query).await?;
            if found.is_empty() {
                break;
            }
            accounts.append(&mut found);
        }
        transaction.commit().await?;
        Ok(accounts)
    }

    /// The secrets of these accounts, by name. Accounts without any are left out.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn secrets(
        &self,
        ids: &[AccountId],
    ) -> Result<HashMap<AccountId, BTreeMap<String, Secret>>, StoreError> {
        let ids = serde_json::to_string(ids).map_err(record)?;
        let sql = "SELECT account_id, name, value FROM account_secrets \
                   WHERE account_id IN (SELECT value FROM json_each(?1))";
        let mut secrets: HashMap<AccountId, BTreeMap<String, Secret>> = HashMap::new();
        for row in sqlx::query(sql).bind(ids).fetch_all(self.readers()).await? {
            let id = AccountId::new(row.try_get::<&str, _>(0)?).map_err(record)?;
            secrets.entry(id).or_default().insert(row.try_get(1)?, Secret::new(row.try_get::<&str, _>(2)?));
        }
        Ok(secrets)
    }

    /// Those of these accounts that are leased, whether or not the table has them.
    ///
    /// # Errors
    /// When the database can't be read.
    pub(crate) async fn leased(&self, ids: &[AccountId]) -> Result<BTreeSet<AccountId>, StoreError> {
        let ids = serde_json::to_string(ids).map_err(record)?;
        let sql = "SELECT account FROM leases WHERE account IN (SELECT value FROM json_each(?1))";
        let rows = sqlx::query(sql).bind(ids).fetch_all(self.readers()).await?;
        rows.iter().map(|row| AccountId::new(row.try_get::<&str, _>(0)?).map_err(record)).collect()
    }

    /// How many accounts there are, by status.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn count_accounts(&self) -> Result<AccountCounts, StoreError> {
        let rows = sqlx::query("SELECT status, count(*) FROM accounts GROUP BY status");
        let mut counts = AccountCounts::default();
        for row in rows.fetch_all(self.readers()).await? {
            let status: AccountStatus = row.try_get::<&str, _>(0)?.parse().map_err(record)?;
            counts.add(status, row.try_get::<i64, _>(1)?.unsigned_abs());
        }
        Ok(counts)
    }
}

/// Begins to select rows of `accounts`. SQLite packs them into one JSON text, each with
/// its secrets, which is many times faster than one row after the other.
pub(super) fn selection(condition: &str) -> QueryBuilder<Sqlite> {
    const PACKED: &str = "SELECT json_group_array(json_array(id, json_object('xml_path', xml_path, \
        'pack_count', pack_count, 'last_modified', last_modified, 'status', status, \
        'failure_count', failure_count, 'last_error', last_error, 'completed_at', completed_at, \
        'cards_found', cards_found, 'stars_total', stars_total, 'keep_count', keep_count), \
        json(coalesce(custom_metadata, '{}')), \
        json((SELECT json_group_object(name, value) FROM account_secrets WHERE account_id = id)))) \
        FROM (SELECT * FROM accounts";
    let mut query = QueryBuilder::new(PACKED);
    query.push(condition);
    query
}

/// id, columns, metadata, secrets
#[derive(Deserialize)]
struct AccountJson(AccountId, Map<String, Value>, Map<String, Value>, Map<String, Value>);

/// Fetches what was selected.
pub(super) async fn fetch(
    conn: &mut SqliteConnection,
    mut selection: QueryBuilder<Sqlite>,
) -> Result<Vec<Account>, StoreError> {
    let row = selection.push(")").build().fetch_one(conn).await?;
    let rows: Vec<AccountJson> = serde_json::from_str(row.try_get(0)?).map_err(record)?;
    let accounts = rows.into_iter().map(|AccountJson(id, columns, metadata, secrets)| {
        // The table's columns win over metadata of the same name.
        Account::new(id, metadata.into_iter().chain(secrets).chain(columns))
    });
    Ok(accounts.collect())
}

pub(super) fn record(error: impl std::fmt::Display) -> StoreError {
    StoreError::Record(error.to_string())
}
