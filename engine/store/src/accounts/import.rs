//! Takes accounts into the table.
//!
//! A field that an import names is set, one that it doesn't name (or gives as null)
//! stays. What the engine keeps — status, counters, results — is taken from an import
//! only for accounts that are new.

use std::collections::HashMap;

use lariat_core::ids::AccountId;
use lariat_core::records::{ImportAccount, ImportReport};
use sqlx::{Row, SqliteConnection};

use super::fields::IncomingRow;
use crate::error::StoreError;
use crate::store::Store;
use crate::writer::{Alone, Request};

/// Accounts in one transaction: long enough to be fast, short enough that bots that
/// lease meanwhile don't notice.
const CHUNK: usize = 5_000;

/// Accounts for one transaction, as JSON.
pub(crate) struct Chunk(String);

impl Store {
    /// Takes accounts into the table. Those with a field that doesn't fit its column are
    /// passed over and told. Of an account that comes twice, the later fields win.
    ///
    /// # Errors
    /// When the database failed; then the accounts of some chunks may be in the table:
    /// importing again completes it.
    pub async fn import(&self, accounts: Vec<ImportAccount>) -> Result<ImportReport, StoreError> {
        let mut report = ImportReport::default();
        let mut rows = Vec::new();
        for account in merged(accounts) {
            match IncomingRow::new(&account) {
                Ok(row) => rows.push(row),
                Err(passed_over) => report.passed_over.push(passed_over),
            }
        }
        for chunk in rows.chunks(CHUNK) {
            let text = serde_json::to_string(chunk).map_err(|error| StoreError::Record(error.to_string()))?;
            let done = self.ask(|reply| Request::Alone(Alone::Import(Chunk(text), reply))).await?;
            report.added += done.added;
            report.updated += done.updated;
            report.unchanged += done.unchanged;
        }
        Ok(report)
    }
}

/// Each account once.
fn merged(accounts: Vec<ImportAccount>) -> Vec<ImportAccount> {
    let mut places: HashMap<AccountId, usize> = HashMap::with_capacity(accounts.len());
    let mut merged: Vec<ImportAccount> = Vec::with_capacity(accounts.len());
    for account in accounts {
        match places.get(&account.id).and_then(|place| merged.get_mut(*place)) {
            Some(earlier) => earlier.fields.extend(account.fields),
            None => {
                places.insert(account.id.clone(), merged.len());
                merged.push(account);
            }
        }
    }
    merged
}

/// Lays the accounts out in the temporary table `incoming`.
const LAY_OUT: &str = "INSERT INTO incoming
SELECT value->>0, value->>'$[1][0]', value->>'$[1][1]', value->>'$[1][2]', value->>'$[1][3]',
       value->>'$[1][4]', value->>'$[1][5]', value->>'$[1][6]', value->>'$[1][7]', value->>'$[1][8]',
       value->>'$[1][9]', value->>2, value->>3, NULL
FROM jsonb_each(?1)";

/// Compares them with the table.
const COMPARE: &str = "UPDATE incoming SET change = CASE WHEN a.id IS NULL THEN 'added'
  WHEN a.xml_path IS NOT coalesce(incoming.xml_path, a.xml_path)
    OR a.pack_count IS NOT coalesce(incoming.pack_count, a.pack_count)
    OR a.last_modified IS NOT coalesce(incoming.last_modified, a.last_modified)
    OR (incoming.metadata <> '{}' AND coalesce(a.custom_metadata, '{}')
        <> json_patch(coalesce(a.custom_metadata, '{}'), incoming.metadata))
    OR (incoming.secrets <> '{}' AND EXISTS (
        SELECT 1 FROM json_each(incoming.secrets) AS s WHERE s.value IS NOT (
          SELECT value FROM account_secrets WHERE account_id = incoming.id AND name = s.key)))
  THEN 'updated' ELSE 'unchanged' END
FROM incoming AS i LEFT JOIN accounts AS a ON a.id = i.id WHERE i.id = incoming.id";

/// An account that is leased before it comes into the table is in use from the start.
const ADD: &str = "INSERT INTO accounts (id, xml_path, pack_count, last_modified, status, failure_count,
  last_error, completed_at, cards_found, stars_total, keep_count, custom_metadata)
SELECT id, xml_path, coalesce(pack_count, 0), last_modified,
  CASE WHEN id IN (SELECT account FROM leases) THEN 'in_use' ELSE coalesce(status, 'available') END,
  coalesce(failure_count, 0), last_error, completed_at, coalesce(cards_found, 0), coalesce(stars_total, 0),
  coalesce(keep_count, 0), nullif(json_patch('{}', metadata), '{}')
FROM incoming WHERE change = 'added'";

const UPDATE: &str = "UPDATE accounts SET
  xml_path = coalesce(i.xml_path, accounts.xml_path),
  pack_count = coalesce(i.pack_count, accounts.pack_count),
  last_modified = coalesce(i.last_modified, accounts.last_modified),
  custom_metadata = nullif(json_patch(coalesce(accounts.custom_metadata, '{}'), i.metadata), '{}')
FROM incoming AS i WHERE i.id = accounts.id AND i.change = 'updated'";

const SECRETS: &str = "INSERT INTO account_secrets (account_id, name, value)
SELECT incoming.id, s.key, s.value FROM incoming CROSS JOIN json_each(incoming.secrets) AS s
WHERE incoming.change <> 'unchanged' AND incoming.secrets <> '{}'
ON CONFLICT (account_id, name) DO UPDATE SET value = excluded.value WHERE value <> excluded.value";

/// Takes a chunk in, within the caller's transaction.
pub(crate) async fn import_chunk(
    conn: &mut SqliteConnection,
    chunk: &Chunk,
) -> Result<ImportReport, StoreError> {
    sqlx::query("DELETE FROM incoming").execute(&mut *conn).await?;
    sqlx::query(LAY_OUT).bind(&*chunk.0).execute(&mut *conn).await?;
    for sql in [COMPARE, ADD, UPDATE, SECRETS] {
        sqlx::query(sql).execute(&mut *conn).await?;
    }
    let mut report = ImportReport::default();
    for row in
        sqlx::query("SELECT change, count(*) FROM incoming GROUP BY change").fetch_all(&mut *conn).await?
    {
        let count = row.try_get::<i64, _>(1)?.unsigned_abs();
        match row.try_get(0)? {
            "added" => report.added = count,
            "updated" => report.updated = count,
            _ => report.unchanged = count,
        }
    }
    sqlx::query("DELETE FROM incoming").execute(&mut *conn).await?;
    Ok(report)
}
