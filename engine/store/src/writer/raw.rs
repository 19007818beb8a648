//! The writing connection's own handle, and statements on it that are compiled once and run
//! row by row. A call through sqlx is a hop to a thread of its connection's; a batch has
//! some ten calls a cycle.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int};
use std::ptr::{self, NonNull};

use libsqlite3_sys as ffi;
use sqlx::SqliteConnection;
use sqlx::sqlite::LockedSqliteHandle;

use crate::error::StoreError;

/// A connection in hand: sqlx keeps off it as long as this lives.
pub(super) struct Raw<'c> {
    /// Held for its lock.
    _handle: LockedSqliteHandle<'c>,
    db: NonNull<ffi::sqlite3>,
}

impl<'c> Raw<'c> {
    /// Takes a connection in hand.
    pub(super) async fn take(conn: &'c mut SqliteConnection) -> Result<Self, StoreError> {
        let mut handle = conn.lock_handle().await?;
        let db = handle.as_raw_handle();
        Ok(Self { _handle: handle, db })
    }

    /// Compiles one statement.
    pub(super) fn prepare(&self, sql: &'static str) -> Result<Statement<'_>, StoreError> {
        let length = c_int::try_from(sql.len()).unwrap_or(c_int::MAX);
        let mut raw = ptr::null_mut();
        // SAFETY: `db` is open, and the handle in `self` keeps sqlx's thread off it. SQLite
        // reads at most `length` bytes of `sql` and writes the one pointer; it stays alive
        // until `Statement` is dropped, which borrows `self`.
        let code = unsafe {
            ffi::sqlite3_prepare_v3(
                self.db.as_ptr(),
                sql.as_ptr().cast(),
                length,
                ffi::SQLITE_PREPARE_PERSISTENT,
                &mut raw,
                ptr::null_mut(),
            )
        };
        match NonNull::new(raw) {
            Some(raw) if code == ffi::SQLITE_OK => {
                // SAFETY: `raw` was just made.
                let parameters = unsafe { ffi::sqlite3_bind_parameter_count(raw.as_ptr()) };
                Ok(Statement { db: self, raw, parameters: usize::try_from(parameters).unwrap_or_default() })
            }
            _ => Err(self.failure(code)),
        }
    }

    /// What the last call failed with.
    fn failure(&self, code: c_int) -> StoreError {
        // SAFETY: `db` is open and ours; the message is text that ends with a NUL, lives
        // until the next call on `db`, and is copied before.
        let message = unsafe {
            let message = ffi::sqlite3_errmsg(self.db.as_ptr());
            (!message.is_null()).then(|| CStr::from_ptr(message).to_string_lossy().into_owned())
        };
        let message = message.unwrap_or_else(|| "unknown error".to_owned());
        StoreError::Sqlite { code: code.unsigned_abs(), message }
    }
}

/// A value to bind.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'v> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'v str),
}

impl<'v> From<Option<&'v str>> for Value<'v> {
    fn from(text: Option<&'v str>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(int: Option<i64>) -> Self {
        int.map_or(Self::Null, Self::Int)
    }
}

/// A compiled statement.
pub(super) struct Statement<'r> {
    db: &'r dyn Failing,
    raw: NonNull<ffi::sqlite3_stmt>,
    /// How many values it is run with.
    parameters: usize,
}

/// A connection whatever its lifetime, to tell what failed on it.
trait Failing {
    fn failed(&self, code: c_int) -> StoreError;
}

impl Failing for Raw<'_> {
    fn failed(&self, code: c_int) -> StoreError {
        self.failure(code)
    }
}

impl Statement<'_> {
    /// Runs it with these values, to its end.
    pub(super) fn run(&mut self, values: &[Value<'_>]) -> Result<(), StoreError> {
        self.first(values, |_| ()).map(drop)
    }

    /// Runs it with these values as far as its first row, if it has one.
    pub(super) fn first<T>(
        &mut self,
        values: &[Value<'_>],
        read: impl FnOnce(&Row) -> T,
    ) -> Result<Option<T>, StoreError> {
        // All of them, each time: what an earlier run has bound is gone.
        if values.len() != self.parameters {
            return Err(StoreError::Record(format!("{} values for {}", values.len(), self.parameters)));
        }
        let raw = self.raw.as_ptr();
        // Ends the run, whatever becomes of it: what is bound isn't read after that.
        let _ended = Ended(self.raw);
        for (index, value) in (1..).zip(values) {
            // SAFETY: `raw` is a statement that is alive and isn't running. A text is read up
            // to its length until `_ended` is dropped; it outlives this call.
            let code = unsafe {
                match *value {
                    Value::Null => ffi::sqlite3_bind_null(raw, index),
                    Value::Int(value) => ffi::sqlite3_bind_int64(raw, index, value),
                    Value::Real(value) => ffi::sqlite3_bind_double(raw, index, value),
                    Value::Text(text) => match c_int::try_from(text.len()) {
                        Ok(length) => ffi::sqlite3_bind_text(
                            raw,
                            index,
                            text.as_ptr().cast(),
                            length,
                            ffi::SQLITE_STATIC(),
                        ),
                        Err(_) => ffi::SQLITE_TOOBIG,
                    },
                }
            };
            if code != ffi::SQLITE_OK {
                return Err(self.db.failed(code));
            }
        }
        // SAFETY: as above.
        match unsafe { ffi::sqlite3_step(raw) } {
            ffi::SQLITE_ROW => Ok(Some(read(&Row(self.raw)))),
            ffi::SQLITE_DONE => Ok(None),
            code => Err(self.db.failed(code)),
        }
    }
}

impl Drop for Statement<'_> {
    fn drop(&mut self) {
        // SAFETY: `raw` is alive, and nothing uses it afterwards.
        unsafe { ffi::sqlite3_finalize(self.raw.as_ptr()) };
    }
}

/// The row that a statement stands at, while it is read.
pub(super) struct Row(NonNull<ffi::sqlite3_stmt>);

impl Row {
    /// A whole number.
    pub(super) fn int(&self, column: i32) -> i64 {
        // SAFETY: the statement stands at a row; SQLite gives 0 for a column out of range.
        unsafe { ffi::sqlite3_column_int64(self.0.as_ptr(), column) }
    }

    /// A text; none for NULL.
    pub(super) fn text(&self, column: i32) -> Option<String> {
        let raw = self.0.as_ptr();
        // SAFETY: as above; the text lives until the statement goes on, its length is asked
        // for without a conversion in between, and it is copied before.
        unsafe {
            let start = ffi::sqlite3_column_text(raw, column);
            let length = usize::try_from(ffi::sqlite3_column_bytes(raw, column)).unwrap_or(0);
            (!start.is_null())
                .then(|| String::from_utf8_lossy(std::slice::from_raw_parts(start, length)).into_owned())
        }
    }
}

/// Ends a run.
struct Ended(NonNull<ffi::sqlite3_stmt>);

impl Drop for Ended {
    fn drop(&mut self) {
        // SAFETY: the statement outlives its run. What `reset` repeats was told before.
        unsafe { ffi::sqlite3_reset(self.0.as_ptr()) };
    }
}
