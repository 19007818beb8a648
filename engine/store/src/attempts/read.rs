//! The latest runs.

use lariat_core::ids::{AccountId, PoolName};
use lariat_core::outcome::{Disposition, RunResult};
use lariat_core::records::AttemptRecord;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as ValueError, StrDeserializer};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::error::StoreError;
use crate::lease_row::{holder, name};
use crate::store::Store;
use crate::time::from_ms;

pub(super) const COLUMNS: &str = "id, launch, group_name, instance, account, pool, routine, generation, started, ended, \
                       outcome, error, result";

impl Store {
    /// The latest runs, newest first; of one account, or of all.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn attempts(
        &self,
        of: Option<&AccountId>,
        most: u32,
    ) -> Result<Vec<AttemptRecord>, StoreError> {
        let condition = if of.is_some() { "account = ?1" } else { "?1 IS NULL" };
        let sql = format!("SELECT {COLUMNS} FROM attempts WHERE {condition} ORDER BY id DESC LIMIT ?2");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(of.map(AccountId::as_str)).bind(most);
        query.fetch_all(self.readers()).await?.iter().map(read).collect()
    }
}

pub(super) fn read(row: &SqliteRow) -> Result<AttemptRecord, StoreError> {
    let result = row.try_get::<Option<&str>, _>("result")?.unwrap_or("{}");
    // A result that is nested too deeply to be read again is shown as text.
    let result = serde_json::from_str(result)
        .unwrap_or_else(|_| RunResult::from_iter([("text".to_owned(), result.into())]));
    Ok(AttemptRecord {
        id: row.try_get("id")?,
        holder: holder(row)?,
        account: optional(row, "account")?
            .then(|| name(row, "account", |text| AccountId::new(text)))
            .transpose()?,
        pool: optional(row, "pool")?.then(|| name(row, "pool", |text| PoolName::new(text))).transpose()?,
        started: from_ms(row.try_get("started")?)?,
        ended: from_ms(row.try_get("ended")?)?,
        outcome: outcome(row.try_get("outcome")?)?,
        error: row.try_get("error")?,
        result,
    })
}

fn optional(row: &SqliteRow, column: &str) -> Result<bool, StoreError> {
    Ok(row.try_get::<Option<&str>, _>(column)?.is_some())
}

fn outcome(word: &str) -> Result<Disposition, StoreError> {
    let input: StrDeserializer<'_, ValueError> = word.into_deserializer();
    Disposition::deserialize(input).map_err(|_| StoreError::Record(format!("the outcome {word:?}")))
}
