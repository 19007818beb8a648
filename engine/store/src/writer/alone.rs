//! The rare requests that get a transaction of their own, since they touch many
//! accounts at once.

use lariat_core::failpoint::{self, Site};
use lariat_core::ids::{AccountId, PoolName};
use lariat_core::ledger::{KeptSelection, LiveLease, ResetReport};
use sqlx::{Connection, SqliteConnection};

use super::commit::Committer;
use super::request::Reply;
use crate::accounts::{Chunk, ImportReport, import_chunk, reset_accounts};
use crate::attempts::{PruneStep, prune_step};
use crate::error::StoreError;
use crate::selection;

/// A request that gets a transaction of its own.
pub(crate) enum Alone {
    /// Forgets outcomes of a pool.
    Reset(PoolName, Option<Vec<AccountId>>, Reply<ResetReport>),
    /// Keeps what a pool's refresh selected.
    KeepSelection(PoolName, KeptSelection, Reply<()>),
    /// Returns all leases.
    Rescue(Reply<Vec<LiveLease>>),
    /// Takes accounts into the account table.
    Import(Chunk, Reply<ImportReport, StoreError>),
    /// Forgets a few of the oldest attempts.
    Prune(PruneStep, Reply<u64, StoreError>),
    /// Makes rows of the account table available again.
    ResetAccounts(Option<Vec<AccountId>>, Reply<u64, StoreError>),
}

impl Alone {
    /// Serves the request and answers it.
    pub(super) async fn run(self, committer: &mut Committer) {
        match self {
            Self::Reset(pool, only, reply) => {
                let result = in_transaction(committer, Site::StoreReset, async |conn| {
                    reset(conn, &pool, only.as_deref()).await
                })
                .await;
                drop(reply.send(result.map_err(Into::into)));
            }
            Self::KeepSelection(pool, selection, reply) => {
                let keep = async |conn: &mut SqliteConnection| selection::keep(conn, &pool, &selection).await;
                drop(
                    reply.send(
                        in_transaction(committer, Site::StoreSelection, keep).await.map_err(Into::into),
                    ),
                );
            }
            Self::Rescue(reply) => {
                let result = in_transaction(committer, Site::StoreRescue, rescue).await;
                let rescued = result.map(|()| {
                    let leases = std::mem::take(&mut committer.mirror.leases);
                    let mut leases: Vec<_> = leases.into_values().map(|held| held.lease).collect();
                    leases.sort_by(|a, b| a.account.cmp(&b.account));
                    leases
                });
                drop(reply.send(rescued.map_err(Into::into)));
            }
            Self::Import(chunk, reply) => {
                let result = in_transaction(committer, Site::StoreImport, async |conn| {
                    import_chunk(conn, &chunk).await
                })
                .await;
                drop(reply.send(result));
            }
            Self::Prune(step, reply) => {
                let work = async |conn: &mut SqliteConnection| prune_step(conn, step).await;
                drop(reply.send(in_transaction(committer, Site::StorePrune, work).await));
            }
            Self::ResetAccounts(ids, reply) => {
                let work = async |conn: &mut SqliteConnection| reset_accounts(conn, ids.as_deref()).await;
                drop(reply.send(in_transaction(committer, Site::StoreAccountsReset, work).await));
            }
        }
    }

    /// Answers with an error.
    pub(super) fn refuse(self, error: &StoreError) {
        let told = || StoreError::Record(error.to_string());
        match self {
            Self::Reset(_, _, reply) => drop(reply.send(Err(error.into()))),
            Self::KeepSelection(_, _, reply) => drop(reply.send(Err(error.into()))),
            Self::Rescue(reply) => drop(reply.send(Err(error.into()))),
            Self::Import(_, reply) => drop(reply.send(Err(told()))),
            Self::Prune(_, reply) | Self::ResetAccounts(_, reply) => drop(reply.send(Err(told()))),
        }
    }
}

async fn in_transaction<T>(
    committer: &mut Committer,
    site: Site,
    work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let result = try_in_transaction(committer, site, work).await;
    if let Err(error) = &result {
        committer.failed(error).await;
    }
    result
}

async fn try_in_transaction<T>(
    committer: &mut Committer,
    site: Site,
    work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut transaction = committer.conn().await?.begin_with("BEGIN IMMEDIATE").await?;
    let done = work(&mut transaction).await?;
    failpoint::hit(site).await?;
    transaction.commit().await?;
    committer.sync()?;
    Ok(done)
}

/// Whose outcomes are forgotten: `?1` the pool, `?2` the accounts as JSON, NULL for all.
const FORGOTTEN: &str = "SELECT account FROM outcomes WHERE pool = ?1 \
                         AND (?2 IS NULL OR account IN (SELECT value FROM json_each(?2)))";

async fn reset(
    conn: &mut SqliteConnection,
    pool: &PoolName,
    only: Option<&[AccountId]>,
) -> Result<ResetReport, StoreError> {
    let only =
        only.map(serde_json::to_string).transpose().map_err(|error| StoreError::Record(error.to_string()))?;
    let run = async |conn: &mut SqliteConnection, sql: String| {
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(pool.as_str()).bind(only.clone());
        query.execute(conn).await.map(|done| done.rows_affected())
    };
    let made_available = run(
        conn,
        format!(
            "UPDATE accounts SET status = 'available', failure_count = 0, last_error = NULL, completed_at = NULL \
             WHERE id IN ({FORGOTTEN}) AND id NOT IN (SELECT account FROM leases)"
        ),
    )
    .await?;
    // Those that are leased become available when they are returned.
    run(conn, format!("UPDATE leases SET prior_status = 'available' WHERE account IN ({FORGOTTEN})")).await?;
    let forgotten =
        run(conn, format!("DELETE FROM outcomes WHERE pool = ?1 AND account IN ({FORGOTTEN})")).await?;
    if only.is_none() {
        sqlx::query("DELETE FROM pool_totals WHERE pool = ?1")
            .bind(pool.as_str())
            .execute(&mut *conn)
            .await?;
        sqlx::query("UPDATE pools SET runs = 0, run_us = 0 WHERE name = ?1")
            .bind(pool.as_str())
            .execute(&mut *conn)
            .await?;
    }
    Ok(ResetReport { forgotten, made_available })
}

/// Gives every leased account back what it was, and ends all leases. An account that is
/// `in_use` without a lease was left so by hand; it becomes available too.
async fn rescue(conn: &mut SqliteConnection) -> Result<(), StoreError> {
    const SQL: [&str; 3] = [
        "UPDATE accounts SET status = coalesce(nullif(leases.prior_status, 'in_use'), 'available') \
         FROM leases WHERE accounts.id = leases.account",
        "UPDATE accounts SET status = 'available' WHERE status = 'in_use'",
        "DELETE FROM leases",
    ];
    for sql in SQL {
        sqlx::query(sql).execute(&mut *conn).await?;
    }
    Ok(())
}
