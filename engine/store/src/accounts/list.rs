//! Finds accounts in the table, and counts them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use lariat_core::account::Account;
use lariat_core::ids::AccountId;
use lariat_core::records::{AccountSearch, Take};
use lariat_core::secret::Secret;
use serde::Deserialize;
use serde_json::{Map, Value};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::{AccountCounts, AccountStatus};
use crate::error::StoreError;
use crate::store::Store;

/// Accounts fetched at once.
const CHUNK: i64 = 5_000;

impl Store {
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

    /// Gives all accounts that a search lets through to `take`, as they were at one moment.
    ///
    /// # Errors
    /// When the database can't be read.
    pub(crate) async fn every_account(
        &self,
        search: &AccountSearch,
        take: Take<'_>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.readers().begin().await?;
        let mut last = search.after.as_ref().map(ToString::to_string).unwrap_or_default();
        loop {
            let mut query = selection(" WHERE id > ");
            query.push_bind(last);
            choose(&mut query, search);
            query.push(" ORDER BY id LIMIT ").push_bind(CHUNK);
            let found = fetch(&mut transaction, query).await?;
            let Some(end) = found.last() else { break };
            last = end.id.to_string();
            if take(found).is_break() {
                break;
            }
        }
        Ok(transaction.commit().await?)
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

/// Lets only those through that a search wants.
pub(super) fn choose(query: &mut QueryBuilder<Sqlite>, search: &AccountSearch) {
    match search.status {
        None => {}
        // They are few, and the leases know them.
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
