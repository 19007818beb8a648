//! What a pool's last refresh selected, kept for whoever opens the pool later.

use lariat_core::ids::PoolName;
use lariat_core::ledger::{AccountIds, KeptSelection};
use sqlx::{Row, SqliteConnection, SqlitePool};

use crate::error::StoreError;
use crate::time::from_ms;

/// Keeps a selection, within the caller's transaction.
pub(crate) async fn keep(
    conn: &mut SqliteConnection,
    pool: &PoolName,
    selection: &KeptSelection,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO selections (pool, at, selected_by, accounts) VALUES (?1, ?2, ?3, ?4) \
                       ON CONFLICT (pool) DO UPDATE SET at = excluded.at, \
                       selected_by = excluded.selected_by, accounts = excluded.accounts";
    let query = sqlx::query(SQL).bind(pool.as_str()).bind(selection.at.as_millisecond());
    query.bind(&selection.by).bind(selection.accounts.lines()).execute(conn).await?;
    Ok(())
}

/// What was kept last.
pub(crate) async fn kept(readers: &SqlitePool, pool: &PoolName) -> Result<Option<KeptSelection>, StoreError> {
    const SQL: &str = "SELECT at, selected_by, accounts FROM selections WHERE pool = ?1";
    let Some(row) = sqlx::query(SQL).bind(pool.as_str()).fetch_optional(readers).await? else {
        return Ok(None);
    };
    let accounts = AccountIds::from_lines(row.try_get(2)?);
    let accounts = accounts.map_err(|error| StoreError::Record(format!("a selected account: {error}")))?;
    Ok(Some(KeptSelection { at: from_ms(row.try_get(0)?)?, by: row.try_get(1)?, accounts }))
}
