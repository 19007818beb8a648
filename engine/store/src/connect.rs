//! How connections to the database are set up. Settings go through the connect options
//! only: a `PRAGMA` sent to a pool reaches one of its connections.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqlitePool};

use crate::vfs;

/// Readers at one time; each holds its transaction for one query only, so that the
/// write-ahead log can start over.
const READERS: u32 = 4;

/// A connection that leaves the database as it finds it.
pub(crate) fn plain(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(Duration::from_secs(5))
        .foreign_keys(true)
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging()
}

/// The one connection that writes. The log is synced by the writer itself.
pub(crate) fn writer(path: &Path) -> SqliteConnectOptions {
    let options = match vfs::name() {
        Some(name) => plain(path).vfs(name),
        None => plain(path),
    };
    options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        // Longer ones save little, and a log that fills a small disk can't be folded any more.
        .pragma("wal_autocheckpoint", "1000")
        .pragma("journal_size_limit", "67108864")
        // A commit looks through the whole of it for pages that it changed.
        .pragma("cache_size", "-8192")
        // One text for each mixture of changes in a batch, and those of single operations.
        .statement_cache_capacity(256)
        .row_buffer_size(1024)
}

/// The connections that only read.
pub(crate) fn readers(path: &Path) -> SqlitePool {
    let options = plain(path).read_only(true).pragma("query_only", "ON");
    SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(Duration::from_secs(30))
        .connect_lazy_with(options)
}
