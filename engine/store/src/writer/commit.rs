//! Runs transactions on the writing connection, and finds back to the truth when one
//! failed: whether a commit that reported an error has happened is unknown, so that
//! the mirror is read again before anything else is decided.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};

use lariat_core::clock::SharedClock;
use lariat_core::failpoint::{self, Site};
use lariat_core::ids::LeaseToken;
use lariat_core::outcome::FinalState;

use super::answers::Refused;
use super::batch::{Batch, Rows};
use super::mirror::Mirror;
use super::statements::{Kind, LAST_TOKEN, Statements};
use crate::error::StoreError;

const PROCEDURES: &str = include_str!("procedures.sql");

/// The writing connection with what is known of the database behind it.
pub(crate) struct Committer {
    options: SqliteConnectOptions,
    conn: Option<SqliteConnection>,
    clock: SharedClock,
    statements: Statements,
    pub(super) mirror: Mirror,
    /// A transaction failed since the mirror was read.
    stale: bool,
}

impl Committer {
    /// Prepares a connection to a database of the newest schema.
    pub(crate) async fn new(
        options: SqliteConnectOptions,
        conn: SqliteConnection,
        clock: SharedClock,
    ) -> Result<Self, StoreError> {
        let mut committer = Self {
            options,
            conn: Some(prepare(conn).await?),
            clock,
            statements: Statements::default(),
            mirror: Mirror::default(),
            stale: true,
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
            self.conn = None;
            self.reread().await?;
        }
        self.stale = false;
        Ok(())
    }

    async fn reread(&mut self) -> Result<(), StoreError> {
        let clock = self.clock.clone();
        let read = Mirror::read(self.conn().await?, &*clock).await?;
        self.mirror.refresh(read);
        Ok(())
    }

    /// The connection, made anew when it was given up.
    pub(super) async fn conn(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => prepare(SqliteConnection::connect_with(&self.options).await?).await?,
        };
        Ok(self.conn.insert(conn))
    }

    /// Makes a batch durable and answers its requests.
    pub(super) async fn commit(&mut self, mut batch: Batch) {
        let rows = batch.rows();
        let (answers, ended) = (batch.answers, batch.ended);
        let result = match rows {
            Ok(rows) if rows.kinds.is_empty() => Ok(Refused::new()),
            Ok(rows) => self.run_passing(&rows).await,
            Err(error) => Err(error),
        };
        match result {
            Ok(refused) => answers.into_iter().for_each(|answer| answer.tell(&refused, &mut self.mirror)),
            Err(error) => {
                // What the database still holds, its holder still has, for as long as before.
                let ended = ended.into_iter().map(|held| (held.lease.account.clone(), held));
                self.mirror.leases.extend(ended);
                self.failed(&error).await;
                answers.into_iter().for_each(|answer| answer.refuse(&error));
            }
        }
    }

    /// Runs a batch between its failpoints.
    async fn run_passing(&mut self, rows: &Rows) -> Result<Refused, StoreError> {
        for kind in rows.kinds.iter() {
            failpoint::hit(before(kind)).await?;
        }
        let refused = self.run(rows).await?;
        for kind in rows.kinds.iter() {
            match kind {
                Kind::Lease => failpoint::hit(Site::StoreLeaseDone).await?,
                Kind::Settle => failpoint::hit(Site::StoreSettleDone).await?,
                _ => {}
            }
        }
        Ok(refused)
    }

    /// Runs a batch, once more when another program held the write lock.
    async fn run(&mut self, rows: &Rows) -> Result<Refused, StoreError> {
        match self.try_run(rows).await {
            Err(error) if error.is_busy() => {
                self.roll_back().await;
                self.try_run(rows).await
            }
            result => result,
        }
    }

    async fn try_run(&mut self, rows: &Rows) -> Result<Refused, StoreError> {
        let text = self.statements.text(rows.kinds);
        let last_token = self.mirror.last_token();
        let mut query = sqlx::query(AssertSqlSafe(text));
        debug_assert_eq!(rows.binds.len() + 1, LAST_TOKEN, "behind the rows comes the token");
        for bind in &rows.binds {
            query = query.bind(bind.clone());
        }
        let now = rows.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let query = query.bind(last_token).bind(rows.now.as_millisecond()).bind(now);
        let found = query.fetch_all(self.conn().await?).await?;
        let mut refused = Refused::new();
        for row in found {
            let state: &str = row.try_get(1)?;
            refused.insert(LeaseToken(row.try_get(0)?), final_state(state)?);
        }
        Ok(refused)
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

const fn before(kind: Kind) -> Site {
    match kind {
        Kind::Settle => Site::StoreSettle,
        Kind::Lease => Site::StoreLease,
        Kind::Renew => Site::StoreRenewCommit,
        Kind::Attempt => Site::StoreAttempt,
        Kind::Pool | Kind::Total => Site::StorePool,
        Kind::Keep => Site::StoreKeep,
    }
}

async fn prepare(mut conn: SqliteConnection) -> Result<SqliteConnection, StoreError> {
    sqlx::raw_sql(PROCEDURES).execute(&mut conn).await?;
    Ok(conn)
}

fn final_state(word: &str) -> Result<FinalState, StoreError> {
    match word {
        "completed" => Ok(FinalState::Completed),
        "failed" => Ok(FinalState::Failed),
        "skipped" => Ok(FinalState::Skipped),
        other => Err(StoreError::Record(format!("the outcome {other:?}"))),
    }
}
