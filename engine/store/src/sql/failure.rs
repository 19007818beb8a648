//! Why a query gave nothing, before it is told to the pool.

use lariat_core::definition::Problem;
use lariat_core::source::SourceError;

/// What every refusal starts with.
const GUARD: &str = "refused by the query guard";

/// Why a query gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// Somebody holds a lock; trying again may help.
    Busy,
    /// The query itself is wrong: SQLite's or the parser's message.
    Query(String),
    /// The definition is wrong at other places.
    Invalid(Vec<Problem>),
    /// A rule of the guard forbids it.
    Refused(String),
    /// The database can't be read.
    Unavailable(String),
}

impl Failure {
    /// For the pool: `key` is the place of the query in its definition, `database`
    /// how the message calls what it reads.
    pub(super) fn told(self, key: &str, database: &str) -> SourceError {
        match self {
            Self::Query(message) => SourceError::Invalid(vec![Problem::at(key, message)]),
            Self::Invalid(problems) => SourceError::Invalid(problems),
            Self::Refused(rule) => SourceError::Refused(format!("{GUARD}: {rule}")),
            Self::Busy => SourceError::Unavailable(format!(
                "{database} stayed locked until the deadline; another program is writing to it or holds it open exclusively. Try again when it is done"
            )),
            Self::Unavailable(message) => SourceError::Unavailable(format!("{database}: {message}")),
        }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(|e| e.code()).and_then(|code| code.parse::<i32>().ok());
        match (code.map(|code| code & 0xff), error) {
            // SQLITE_BUSY, SQLITE_LOCKED: <https://sqlite.org/rescode.html>
            (Some(5 | 6), _) => Self::Busy,
            (_, sqlx::Error::Database(e)) => Self::Unavailable(format!("can't be read: {}", e.message())),
            (_, e) => Self::Unavailable(format!("can't be read: {e}")),
        }
    }
}
