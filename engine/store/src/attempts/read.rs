//! A run as it is read.

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
use crate::time::from_ms;

pub(super) const COLUMNS: &str = "id, launch, group_name, instance, account, pool, routine, generation, started, ended, \
                       outcome, error, result";

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
