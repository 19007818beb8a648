//! How much a query may cost.

use std::time::Duration;

use libsqlite3_sys as ffi;

/// Longest SQL text that is accepted, in bytes.
pub(super) const SQL_BYTES: usize = 256 * 1024;
/// Most values that can be bound to one statement.
pub(super) const VARIABLES: usize = 10_000;

/// The bounds of one fetch. What exceeds one of them is refused, with its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuardLimits {
    /// From the start of the fetch to its last row; 30 seconds.
    pub deadline: Duration,
    /// Rows that a query may give; 5,000,000.
    pub rows: usize,
    /// Bytes of all accounts together, as JSON; 1 GiB.
    pub bytes: usize,
    /// Bytes of one value, or of one row inside SQLite; 1 MiB. Some of SQLite's text
    /// functions take time that grows with the square of it and can't be interrupted.
    pub value_bytes: u32,
    /// Bytes of temporary files (sorting, materialised parts of a query) of the
    /// whole process; 2 GiB. Watched on Linux only.
    pub temporary_bytes: u64,
}

impl Default for GuardLimits {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(30),
            rows: 5_000_000,
            bytes: 1 << 30,
            value_bytes: 1 << 20,
            temporary_bytes: 2 << 30,
        }
    }
}

impl GuardLimits {
    /// SQLite's own limits (<https://sqlite.org/c3ref/limit.html>): category, value.
    pub(super) fn of_sqlite(&self) -> [(i32, i32); 12] {
        let int = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        [
            (ffi::SQLITE_LIMIT_LENGTH, i32::try_from(self.value_bytes).unwrap_or(i32::MAX)),
            (ffi::SQLITE_LIMIT_SQL_LENGTH, int(SQL_BYTES)),
            (ffi::SQLITE_LIMIT_COLUMN, 1_000),
            (ffi::SQLITE_LIMIT_EXPR_DEPTH, 500),
            (ffi::SQLITE_LIMIT_COMPOUND_SELECT, 100),
            (ffi::SQLITE_LIMIT_VDBE_OP, 250_000),
            (ffi::SQLITE_LIMIT_FUNCTION_ARG, 127),
            (ffi::SQLITE_LIMIT_ATTACHED, 0),
            (ffi::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000),
            (ffi::SQLITE_LIMIT_VARIABLE_NUMBER, int(VARIABLES)),
            (ffi::SQLITE_LIMIT_TRIGGER_DEPTH, 1),
            (ffi::SQLITE_LIMIT_WORKER_THREADS, 0),
        ]
    }
}
