//! A row of the `leases` table.

use jiff::Timestamp;
use lariat_core::ids::{AccountId, GroupName, InstanceId, LaunchId, LeaseToken, NameError, PoolName};
use lariat_core::ledger::{Holder, LiveLease};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as ValueError, StrDeserializer};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::error::StoreError;
use crate::time::from_ms;

/// Selects every lease.
pub(crate) const ALL: &str = "SELECT account, token, pool, launch, group_name, instance, routine, generation, \
                              expires_at FROM leases";
/// Selects those through one pool.
pub(crate) const OF_POOL: &str = "SELECT account, token, pool, launch, group_name, instance, routine, generation, \
                                  expires_at FROM leases WHERE pool = ?1";

/// The lease and its end.
pub(crate) fn read(row: &SqliteRow) -> Result<(LiveLease, Timestamp), StoreError> {
    let lease = LiveLease {
        account: name(row, "account", |text| AccountId::new(text))?,
        pool: name(row, "pool", |text| PoolName::new(text))?,
        holder: holder(row)?,
        token: LeaseToken(row.try_get("token")?),
    };
    Ok((lease, from_ms(row.try_get("expires_at")?)?))
}

/// Who holds a lease, or made an attempt.
pub(crate) fn holder(row: &SqliteRow) -> Result<Holder, StoreError> {
    Ok(Holder {
        launch: launch(row.try_get("launch")?)?,
        group: name(row, "group_name", |text| GroupName::new(text))?,
        instance: InstanceId(row.try_get("instance")?),
        routine: row.try_get("routine")?,
        generation: row.try_get::<i64, _>("generation")?.unsigned_abs(),
    })
}

/// A name in a column.
pub(crate) fn name<T>(
    row: &SqliteRow,
    column: &str,
    parse: impl Fn(&str) -> Result<T, NameError>,
) -> Result<T, StoreError> {
    let text: &str = row.try_get(column)?;
    parse(text).map_err(|error| StoreError::Record(format!("{column} {error}")))
}

fn launch(text: &str) -> Result<LaunchId, StoreError> {
    let input: StrDeserializer<'_, ValueError> = text.into_deserializer();
    LaunchId::deserialize(input).map_err(|_| StoreError::Record(format!("the launch {text:?}")))
}
