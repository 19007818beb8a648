//! Forgets the oldest attempts. They are deleted from the oldest on, a few in a
//! transaction, so that leases and settlements get their turn in between; the pages that
//! become free are used again, so that the file stops growing.

use jiff::Timestamp;
use sqlx::SqliteConnection;

use crate::error::StoreError;
use crate::store::Store;
use crate::writer::{Alone, Request};

/// Attempts in one transaction.
const STEP: u32 = 1_000;

/// What is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PruneStep {
    rows: i64,
    since_ms: i64,
}

impl Store {
    /// Forgets attempts beyond the newest `rows`, and those that ended before `since`;
    /// `None` is no limit. Gives how many there were.
    ///
    /// # Errors
    /// When the database failed; what was forgotten until then stays so.
    pub async fn prune_attempts(
        &self,
        rows: Option<u64>,
        since: Option<Timestamp>,
    ) -> Result<u64, StoreError> {
        let step = PruneStep {
            rows: rows.and_then(|rows| i64::try_from(rows).ok()).unwrap_or(i64::MAX),
            since_ms: since.map_or(i64::MIN, Timestamp::as_millisecond),
        };
        let mut pruned = 0;
        loop {
            let done = self.ask(|reply| Request::Alone(Alone::Prune(step, reply))).await?;
            pruned += done;
            if done < u64::from(STEP) {
                return Ok(pruned);
            }
        }
    }
}

/// Forgets a few, within the caller's transaction. Ids grow by one with each attempt, so
/// that they tell how many there are without counting.
pub(crate) async fn prune_step(conn: &mut SqliteConnection, step: PruneStep) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM attempts \
                       WHERE id IN (SELECT id FROM attempts ORDER BY id LIMIT ?1) \
                       AND (id <= (SELECT max(id) FROM attempts) - ?2 OR ended < ?3)";
    let done = sqlx::query(SQL).bind(STEP).bind(step.rows).bind(step.since_ms).execute(conn).await?;
    Ok(done.rows_affected())
}
