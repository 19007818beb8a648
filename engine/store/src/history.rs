//! What is known of a pool, read at one moment.

use lariat_core::ids::{AccountId, PoolName};
use lariat_core::ledger::{AccountOutcome, OutcomeState, PoolHistory, Total};
use lariat_core::outcome::FinalState;
use serde::Deserialize;
use sqlx::{Row, SqliteConnection, SqlitePool, ValueRef};

use crate::error::StoreError;
use crate::lease_row;
use crate::time::from_ms;

/// Outcomes fetched at once. SQLite packs them into one JSON text, since a row that
/// goes through sqlx costs more than the reading of it.
const CHUNK: usize = 10_000;

/// Reads outcomes, leases and totals of one moment, then lets go of the connection.
pub(crate) async fn of_pool(readers: &SqlitePool, pool: &PoolName) -> Result<PoolHistory, StoreError> {
    let mut transaction = readers.begin().await?;
    let conn = &mut *transaction;
    let mut history = PoolHistory { outcomes: outcomes(conn, pool).await?, ..PoolHistory::default() };
    for row in sqlx::query(lease_row::OF_POOL).bind(pool.as_str()).fetch_all(&mut *conn).await? {
        history.leases.push(lease_row::read(&row)?.0);
    }
    let totals = "SELECT name, value FROM pool_totals WHERE pool = ?1";
    for row in sqlx::query(totals).bind(pool.as_str()).fetch_all(&mut *conn).await? {
        let whole = row.try_get_raw(1)?.type_info().to_string() == "INTEGER";
        let value = if whole { Total::Int(row.try_get(1)?) } else { Total::Float(row.try_get(1)?) };
        history.totals.insert(row.try_get(0)?, value);
    }
    let facts = "SELECT runs, run_us, last_refresh FROM pools WHERE name = ?1";
    if let Some(row) = sqlx::query(facts).bind(pool.as_str()).fetch_all(&mut *conn).await?.first() {
        history.runs = row.try_get::<i64, _>(0)?.unsigned_abs();
        history.run_time = std::time::Duration::from_micros(row.try_get::<i64, _>(1)?.unsigned_abs());
        history.last_refresh = row.try_get::<Option<i64>, _>(2)?.map(from_ms).transpose()?;
    }
    transaction.commit().await?;
    Ok(history)
}

/// account, state, failures, settled at
#[derive(Deserialize)]
struct OutcomeRow(AccountId, State, u32, i64);

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Completed,
    Failed,
    Skipped,
    Retry,
}

impl From<State> for OutcomeState {
    fn from(state: State) -> Self {
        match state {
            State::Completed => Self::Final(FinalState::Completed),
            State::Failed => Self::Final(FinalState::Failed),
            State::Skipped => Self::Final(FinalState::Skipped),
            State::Retry => Self::Retry,
        }
    }
}

async fn outcomes(conn: &mut SqliteConnection, pool: &PoolName) -> Result<Vec<AccountOutcome>, StoreError> {
    const SQL: &str = "SELECT json_group_array(json_array(account, state, failures, settled_at)) FROM \
                       (SELECT account, state, failures, settled_at FROM outcomes \
                        WHERE pool = ?1 AND account > ?2 ORDER BY account LIMIT ?3)";
    let limit = i64::try_from(CHUNK).unwrap_or(i64::MAX);
    let mut outcomes: Vec<AccountOutcome> = Vec::new();
    loop {
        let last = outcomes.last().map_or("", |outcome| outcome.account.as_str()).to_owned();
        let row = sqlx::query(SQL).bind(pool.as_str()).bind(last).bind(limit).fetch_one(&mut *conn).await?;
        let rows: Vec<OutcomeRow> =
            serde_json::from_str(row.try_get(0)?).map_err(|error| StoreError::Record(error.to_string()))?;
        let found = rows.len();
        for OutcomeRow(account, state, failures, settled_at) in rows {
            let settled_at = from_ms(settled_at)?;
            outcomes.push(AccountOutcome { account, state: state.into(), failures, settled_at });
        }
        if found < CHUNK {
            return Ok(outcomes);
        }
    }
}
