//! Runs transactions on the writing connection, and finds back to the truth when one
//! failed: whether a commit that reported an error has happened is unknown, so that
//! the mirror is read again before anything else is decided.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};

use lariat_core::ids::LeaseToken;
use lariat_core::outcome::FinalState;

use super::answers::Refused;
use super::batch::{Batch, Rows};
use super::mirror::Mirror;
use super::statements::{Kind, Statements};
use crate::error::StoreError;

const PROCEDURES: &str = include_str!("procedures.sql");

/// The writing connection with what is known of the database behind it.
pub(crate) struct Committer {
    options: SqliteConnectOptions,
    conn: Option<SqliteConnection>,
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
    ) -> Result<Self, StoreError> {
        let mut committer = Self {
            options,
            conn: Some(prepare(conn).await?),
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
        let read = Mirror::read(self.conn().await?).await?;
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
        let answers = batch.answers;
        let result = match rows {
            Ok(rows) if rows.kinds.is_empty() => Ok(Refused::new()),
            Ok(rows) => self.reserve_and_run(rows).await,
            Err(error) => Err(error),
        };
        match result {
            Ok(refused) => answers.into_iter().for_each(|answer| answer.tell(&refused, &mut self.mirror)),
            Err(error) => {
                self.failed(&error).await;
                answers.into_iter().for_each(|answer| answer.refuse(&error));
            }
        }
    }

    /// Runs a batch, and reserves tokens with it when they run out.
    async fn reserve_and_run(&mut self, mut rows: Rows) -> Result<Refused, StoreError> {
        let reserve = self.mirror.to_reserve();
        if reserve.is_some() {
            rows.kinds = rows.kinds.with(Kind::Token);
        }
        let refused = self.run(&rows, reserve).await?;
        if let Some(last) = reserve {
            self.mirror.reserved(last);
        }
        Ok(refused)
    }

    /// Runs a batch, once more when another program held the write lock.
    async fn run(&mut self, rows: &Rows, reserve: Option<i64>) -> Result<Refused, StoreError> {
        match self.try_run(rows, reserve).await {
            Err(error) if error.is_busy() => {
                self.roll_back().await;
                self.try_run(rows, reserve).await
            }
            result => result,
        }
    }

    async fn try_run(&mut self, rows: &Rows, reserve: Option<i64>) -> Result<Refused, StoreError> {
        let text = self.statements.text(rows.kinds);
        let mut query = sqlx::query(AssertSqlSafe(text));
        for bind in &rows.binds {
            query = query.bind(bind.clone());
        }
        let now = (rows.now.as_millisecond(), rows.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        let query = query.bind(reserve).bind(now.0).bind(now.1);
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
        tracing::error!(%error, "a transaction failed; what it held is refused");
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
