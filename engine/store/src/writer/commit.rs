//! Runs transactions on the writing connection, and finds back to the truth when one
//! failed: whether a commit that reported an error has happened is unknown, so that
//! the mirror is read again before anything else is decided.

use std::sync::Arc;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, Row, SqliteConnection};

use lariat_core::clock::SharedClock;
use lariat_core::failpoint::{self, Site};

use super::answers::{Answer, Refused};
use super::batch::{Batch, Rows};
use super::mirror::Mirror;
use super::queue::Queue;
use super::raw::Raw;
use super::statements::{Kind, Statements};
use super::syncing::{Log, Syncing};
use crate::error::StoreError;
use crate::options::Durability;

const TEMPORARY: &str = include_str!("temporary.sql");

/// The writing connection with what is known of the database behind it.
pub(crate) struct Committer {
    options: SqliteConnectOptions,
    conn: Option<SqliteConnection>,
    clock: SharedClock,
    pub(super) mirror: Mirror,
    /// A transaction failed since the mirror was read.
    stale: bool,
    syncing: Syncing,
    durability: Durability,
    /// The log of `conn`'s database, once it was needed.
    log: Option<Arc<Log>>,
}

impl Committer {
    /// Prepares a connection to a database of the newest schema.
    pub(crate) async fn new(
        options: SqliteConnectOptions,
        conn: SqliteConnection,
        clock: SharedClock,
        durability: Durability,
    ) -> Result<Self, StoreError> {
        let mut committer = Self {
            options,
            conn: Some(prepare(conn).await?),
            clock,
            mirror: Mirror::default(),
            stale: true,
            syncing: Syncing::start()?,
            durability,
            log: None,
        };
        committer.ready().await?;
        Ok(committer)
    }

    /// Makes sure that the mirror can be trusted, reading it again after a failure.
    pub(super) async fn ready(&mut self) -> Result<(), StoreError> {
        if !self.stale {
            return Ok(());
        }
        if self.reread().await.is_err() {
            // The connection itself may be broken: a new one, once, tells.
            (self.conn, self.log) = (None, None);
            self.reread().await?;
        }
        self.stale = false;
        Ok(())
    }

    async fn reread(&mut self) -> Result<(), StoreError> {
        self.begin_log_anew().await?;
        let clock = self.clock.clone();
        let read = Mirror::read(self.conn().await?, &*clock).await?;
        self.mirror.refresh(read);
        Ok(())
    }

    /// After a sync that failed: folds the whole log into the database, durably. The system
    /// may have dropped a part of the log, which can only be known to be there by writing it
    /// elsewhere; what comes after that part would be lost with it.
    async fn begin_log_anew(&mut self) -> Result<(), StoreError> {
        if !self.syncing.has_failed() {
            return Ok(());
        }
        let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(self.conn().await?).await?;
        if row.try_get::<i64, _>(0)? != 0 {
            return Err(StoreError::LogInUse);
        }
        self.syncing.log_is_new();
        Ok(())
    }

    /// The log, opened anew with the connection; none when nobody waits for the disk.
    fn log(&mut self) -> Result<Option<Arc<Log>>, StoreError> {
        if self.log.is_none() && self.durability == Durability::Full {
            self.log = Some(Log::open(self.options.get_filename())?);
        }
        Ok(self.log.clone())
    }

    /// Makes what was committed durable; nothing may be under way.
    pub(super) fn sync(&mut self) -> Result<(), StoreError> {
        let log = self.log()?;
        self.syncing.sync(log.as_deref())
    }

    /// The connection, made anew when it was given up.
    pub(super) async fn conn(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => prepare(SqliteConnection::connect_with(&self.options).await?).await?,
        };
        Ok(self.conn.insert(conn))
    }

    /// Takes the connection in hand and makes batches of a queue durable with it, until
    /// what comes next needs more than these statements. Ends with the first batch that
    /// fails, too: then the mirror must be read again.
    pub(super) async fn commit_all(&mut self, queue: &mut Queue) -> Result<(), StoreError> {
        self.conn().await?;
        let log = self.log()?;
        let Self { conn: Some(conn), mirror, syncing, stale, .. } = self else { return Ok(()) };
        let raw = Raw::take(conn).await?;
        let mut statements = Statements::prepare(&raw)?;
        while let Some(batch) = queue.next_batch(mirror, syncing).await {
            let Some(answers) = commit(&mut statements, batch, mirror).await else {
                *stale = true;
                break;
            };
            // With nothing else to do the other thread would only be a detour.
            if syncing.unsynced() == 0 && queue.is_empty() {
                syncing.tell_synced(log.as_deref(), answers);
            } else {
                syncing.tell_when_synced(log.clone(), answers);
            }
            if syncing.has_failed() {
                break;
            }
        }
        syncing.all_told().await;
        *stale |= syncing.has_failed();
        Ok(())
    }

    /// Whether commits can still be made durable.
    pub(super) fn lives(&self) -> bool {
        self.syncing.lives()
    }

    /// To be told when a transaction failed: ends it and distrusts the mirror.
    pub(super) async fn failed(&mut self, error: &StoreError) {
        // Whoever asked is told; one line a try would be a flood.
        tracing::debug!(%error, "a transaction failed; what it held is refused");
        self.stale = true;
        self.roll_back().await;
    }

    async fn roll_back(&mut self) {
        if let Some(conn) = &mut self.conn {
            // Fails when SQLite has rolled back by itself, which is as good.
            let _ = sqlx::raw_sql("ROLLBACK").execute(conn).await;
        }
    }

    /// Closes the connection, which folds the write-ahead log into the database.
    pub(super) async fn close(self) {
        if let Some(conn) = self.conn
            && let Err(error) = conn.close().await
        {
            tracing::warn!(%error, "closing the store failed; what was acknowledged is safe in its log");
        }
    }
}

/// Commits a batch and gives its answers; none when it failed, and that was told.
async fn commit(statements: &mut Statements<'_>, batch: Batch, mirror: &mut Mirror) -> Option<Vec<Answer>> {
    let Batch { rows, mut answers, ended, .. } = batch;
    let result =
        if rows.is_empty() { Ok(Refused::new()) } else { run_passing(statements, &rows, mirror).await };
    match result {
        Ok(refused) => {
            let granted = rows.leases.into_iter().map(|row| row.held);
            let granted = granted.filter(|held| !refused.contains_key(&held.lease.token));
            mirror.leases.extend(granted.map(|held| (held.lease.account.clone(), held)));
            if !refused.is_empty() {
                answers.iter_mut().for_each(|answer| answer.heed(&refused));
            }
            Some(answers)
        }
        Err(error) => {
            // Whoever asked is told; one line a try would be a flood.
            tracing::debug!(%error, "a transaction failed; what it held is refused");
            statements.roll_back();
            // What the database still holds, its holder still has, for as long as before.
            let ended = ended.into_iter().map(|held| (held.lease.account.clone(), held));
            mirror.leases.extend(ended);
            answers.into_iter().for_each(|answer| answer.refuse(&error));
            None
        }
    }
}

/// Runs a batch between its failpoints.
async fn run_passing(
    statements: &mut Statements<'_>,
    rows: &Rows,
    mirror: &mut Mirror,
) -> Result<Refused, StoreError> {
    for kind in rows.kinds() {
        failpoint::hit(before(kind)).await?;
    }
    let reserved = mirror.to_reserve();
    let refused = run(statements, rows, reserved)?;
    mirror.reserved(reserved);
    for kind in rows.kinds() {
        match kind {
            Kind::Lease => failpoint::hit(Site::StoreLeaseDone).await?,
            Kind::Settle => failpoint::hit(Site::StoreSettleDone).await?,
            _ => {}
        }
    }
    Ok(refused)
}

/// Runs a batch, once more when another program held the write lock.
fn run(statements: &mut Statements<'_>, rows: &Rows, reserved: Option<i64>) -> Result<Refused, StoreError> {
    match statements.run(rows, reserved) {
        Err(error) if error.is_busy() => {
            statements.roll_back();
            statements.run(rows, reserved)
        }
        result => result,
    }
}

const fn before(kind: Kind) -> Site {
    match kind {
        Kind::Settle => Site::StoreSettle,
        Kind::Lease => Site::StoreLease,
        Kind::Renew => Site::StoreRenewCommit,
        Kind::Attempt => Site::StoreAttempt,
        Kind::Pool => Site::StorePool,
        Kind::Keep => Site::StoreKeep,
    }
}

async fn prepare(mut conn: SqliteConnection) -> Result<SqliteConnection, StoreError> {
    sqlx::raw_sql(TEMPORARY).execute(&mut conn).await?;
    Ok(conn)
}
