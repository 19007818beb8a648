//! One visit to a database: open it read-only, ask, close it. Nothing stays open
//! between two fetches, so that no reader keeps the store's log from being shortened.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lariat_core::source::{Selection, SourceError};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Executor};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::sql::authorizer::Guarded;
use crate::sql::database::MAIN;
use crate::sql::failure::Failure;
use crate::sql::keys::Keys;
use crate::sql::limits::GuardLimits;
use crate::sql::order::Unordered;
use crate::sql::plan::Plan;
use crate::sql::rows;
use crate::sql::rules::Rules;
use crate::sql::schema::{ACCOUNTS, SECRETS, Schema};
use crate::sql::secrets::Secrets;
use crate::sql::watch::{StopOnDrop, Watch};

/// How long SQLite itself waits for a lock before the watch is asked again.
const LOCK_WAIT: Duration = Duration::from_millis(100);
/// How much longer than the deadline a caller waits for SQLite to notice it: single
/// steps of it, such as a comparison of two long texts, can't be interrupted.
const GRACE: Duration = Duration::from_secs(2);
/// SQLite's page cache for a query whose rows are read as they lie: what it frees at the end
/// lies between the accounts that stay, so that it isn't given back.
const SMALL_CACHE: &str = "-1024";
/// For any other, in negative KiB as the pragma takes it: room for the whole of a store of
/// 100,000 accounts, whose rows an index reaches in any order.
const LARGE_CACHE: &str = "PRAGMA cache_size = -16384";
/// The name of a fetch's thread.
const THREAD: &str = "lariat-sql";

/// How much less of a processor a fetch gets than the engine's other threads, when all
/// want one: about a third. Leasing goes on while a million rows are read.
#[cfg(target_os = "linux")]
const NICE: i32 = 5;

/// Where and under which bounds to ask.
#[derive(Debug, Clone)]
pub(super) struct Session {
    /// The database's name.
    pub(super) name: String,
    pub(super) file: PathBuf,
    pub(super) limits: GuardLimits,
}

impl Session {
    /// Asks, and gives up at the deadline or when the caller drops this.
    pub(super) async fn select(&self, plan: Plan) -> Result<Selection, SourceError> {
        self.visit(plan.key(), move |session, watch| session.retry(watch, |w| session.ask(&plan, w))).await
    }

    /// The columns of the account table.
    pub(super) async fn account_columns(&self) -> Result<Vec<String>, SourceError> {
        self.visit("query", |session, watch| {
            session.retry(watch, |_| {
                let runtime = Handle::current();
                let mut connection = session.connect()?;
                let schema = runtime.block_on(Schema::read(&mut connection, session.is_store()))?;
                runtime.block_on(schema.account_columns(&mut connection))
            })
        })
        .await
    }

    /// Runs blocking work on a thread of its own: one of the runtime's would keep the
    /// engine from ending while SQLite is in a step that can't be interrupted.
    async fn visit<T: Send + 'static>(
        &self,
        key: &str,
        work: impl FnOnce(&Self, &Arc<Watch>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, SourceError> {
        let watch = Watch::new(&self.limits);
        let _stop = StopOnDrop(Arc::clone(&watch));
        let (session, seen, runtime) = (self.clone(), Arc::clone(&watch), Handle::current());
        let (answer, result) = oneshot::channel();
        let thread = std::thread::Builder::new().name(THREAD.to_owned()).spawn(move || {
            give_way();
            let _entered = runtime.enter();
            // Nobody listens any more when the fetch was dropped.
            let _ = answer.send(work(&session, &seen));
        });
        let result = match (thread, tokio::time::timeout(self.limits.deadline + GRACE, result).await) {
            (Err(error), _) => Err(Failure::Unavailable(format!("no thread to query it on: {error}"))),
            (_, Err(_)) => Err(watch.late()),
            (_, Ok(Err(_))) => Err(Failure::Unavailable("the query's thread was lost".to_owned())),
            (_, Ok(Ok(result))) => result,
        };
        result.map_err(|failure| {
            failure.told(key, &format!("database {} ({})", self.name, self.file.display()))
        })
    }

    /// Tries again while somebody holds a lock.
    fn retry<T>(
        &self,
        watch: &Arc<Watch>,
        attempt: impl Fn(&Arc<Watch>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        loop {
            match attempt(watch) {
                Err(Failure::Busy) if watch.left() > LOCK_WAIT && watch.go_on() => {
                    std::thread::sleep(LOCK_WAIT / 10)
                }
                result => return result,
            }
        }
    }

    fn ask(&self, plan: &Plan, watch: &Arc<Watch>) -> Result<Selection, Failure> {
        let runtime = Handle::current();
        let mut connection = self.connect()?;
        let schema = runtime.block_on(Schema::read(&mut connection, self.is_store()))?;
        let columns = match plan {
            Plan::Raw(_) => Vec::new(),
            // Whoever has no account table knows no account by id.
            Plan::Ids(_) if !schema.holds(ACCOUNTS) => return Ok(Selection::default()),
            Plan::Built(_) | Plan::Ids(_) => runtime.block_on(schema.account_columns(&mut connection))?,
        };
        let question = plan.question(&columns)?;
        let unordered = self.is_store().then(|| Unordered::of(&question.sql)).flatten();
        if unordered.is_none() {
            runtime.block_on(connection.execute(LARGE_CACHE))?;
        }
        let selection = {
            let mut own = (self.is_store() && schema.holds(SECRETS)).then(|| self.connect()).transpose()?;
            if let Some(own) = &mut own {
                runtime.block_on(own.execute(LARGE_CACHE))?;
            }
            let own = own.as_mut().map(|own| runtime.block_on(own.lock_handle())).transpose()?;
            let own = own.map(|own| Guarded::new(own, Rules::for_engine(SECRETS), &self.limits, watch));
            let secrets = own.as_ref().map(Secrets::prepare).transpose()?.flatten();

            let rules = Rules::for_query(&schema, &question.ctes);
            let handle = runtime.block_on(connection.lock_handle())?;
            let guarded = Guarded::new(handle, rules, &self.limits, watch);
            // What is wrong with a query is told of the query as it was written.
            let sorted = unordered.and_then(|unordered| {
                let statement = guarded.prepare(&unordered.sql).ok()?;
                let keys = Keys::new(&unordered, &statement.columns())?;
                Some((statement, Some((keys, unordered))))
            });
            guarded.forget_refusal();
            let (mut statement, order) = match sorted {
                Some(sorted) => sorted,
                None => (guarded.prepare(&question.sql)?, None),
            };
            // A value that isn't bound would be NULL, silently.
            if statement.parameters() != question.values.len() {
                return Err(Failure::Query(format!(
                    "takes {} values, but {} are given",
                    statement.parameters(),
                    question.values.len()
                )));
            }
            statement.bind(&question.values)?;
            rows::read(&mut statement, &self.limits, secrets, order)?
        };
        // The answer is complete; how the connection ends changes nothing about it.
        let _ = runtime.block_on(connection.close());
        Ok(selection)
    }

    fn is_store(&self) -> bool {
        self.name == MAIN
    }

    fn connect(&self) -> Result<SqliteConnection, Failure> {
        if !self.file.is_file() {
            let then = if self.is_store() {
                "the engine makes it when it starts: run `lariat account import`, or any launch"
            } else {
                "check its path under `databases` in lariat.yaml"
            };
            return Err(Failure::Unavailable(format!("there is no such file; {then}")));
        }
        // An absolute path is never taken for one of SQLite's `file:` URIs.
        let file = std::path::absolute(&self.file)
            .map_err(|error| Failure::Unavailable(format!("can't be found: {error}")))?;
        let options = SqliteConnectOptions::new()
            .filename(file)
            .read_only(true)
            .busy_timeout(LOCK_WAIT)
            .pragma("query_only", "ON")
            .pragma("trusted_schema", "OFF")
            .pragma("cache_size", SMALL_CACHE)
            .disable_statement_logging();
        Ok(Handle::current().block_on(options.connect())?)
    }
}

/// Has the calling thread give way to the engine's others. On Linux each thread has a
/// priority of its own; elsewhere it would be the process's.
fn give_way() {
    // Without it the fetch is as good.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, NICE);
}
