//! Makes accounts available again.

use lariat_core::ids::AccountId;
use sqlx::SqliteConnection;

use crate::error::StoreError;
use crate::store::Store;
use crate::writer::{Alone, Request};

impl Store {
    /// Makes the rows of these accounts, or of all, available again: no failures, no
    /// error, not completed. What pools remember of them stays (see
    /// [`Ledger::reset`](lariat_core::ledger::Ledger::reset)), and so do leases. Gives
    /// back how many rows it was done to.
    ///
    /// # Errors
    /// When the database failed; then nothing was changed.
    pub async fn reset_accounts(&self, ids: Option<Vec<AccountId>>) -> Result<u64, StoreError> {
        self.ask(|reply| Request::Alone(Alone::ResetAccounts(ids, reply))).await
    }
}

/// Does it, within the caller's transaction.
pub(crate) async fn reset_accounts(
    conn: &mut SqliteConnection,
    ids: Option<&[AccountId]>,
) -> Result<u64, StoreError> {
    const ROWS: &str = "UPDATE accounts SET status = 'available', failure_count = 0, last_error = NULL, \
                        completed_at = NULL \
                        WHERE (?1 IS NULL OR id IN (SELECT value FROM json_each(?1))) \
                        AND id NOT IN (SELECT account FROM leases)";
    const LEASED: &str = "UPDATE leases SET prior_status = 'available' \
                          WHERE ?1 IS NULL OR account IN (SELECT value FROM json_each(?1))";
    let ids =
        ids.map(serde_json::to_string).transpose().map_err(|error| StoreError::Record(error.to_string()))?;
    let done = sqlx::query(ROWS).bind(ids.as_deref()).execute(&mut *conn).await?;
    sqlx::query(LEASED).bind(ids.as_deref()).execute(&mut *conn).await?;
    Ok(done.rows_affected())
}
