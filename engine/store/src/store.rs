//! An open store.

use std::path::{Path, PathBuf};

use sqlx::{Connection, SqliteConnection, SqlitePool};
use tokio::sync::mpsc::Sender;
use tokio::sync::{Mutex, oneshot};

use crate::backup;
use crate::check;
use crate::connect;
use crate::error::StoreError;
use crate::files::{private_file, private_folder};
use crate::lock::WriterLock;
use crate::options::StoreOptions;
use crate::schema;
use crate::writer::{self, Committer, Reply, Request};

/// The name of the thread that writes.
const THREAD: &str = "lariat-store";

/// An open store: the [`Ledger`](lariat_core::ledger::Ledger), the
/// [`KeyValueStore`](lariat_core::kv::KeyValueStore) and the account table of a
/// workspace.
///
/// Dropping it is as safe as `kill -9`: what was acknowledged stays.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    readers: SqlitePool,
    writer: Option<Writer>,
}

#[derive(Debug)]
struct Writer {
    requests: std::sync::Mutex<Option<Sender<Request>>>,
    /// Comes when the writing thread has ended.
    ended: Mutex<Option<oneshot::Receiver<()>>>,
}

impl Store {
    /// Opens a store, making it when it's missing, or for reading only (see
    /// [`StoreOptions::read_only`]). Needs a tokio runtime; the writing thread lives
    /// until [`Store::close`].
    ///
    /// # Errors
    /// [`StoreError::Busy`] when another engine writes to it; [`StoreError::NotThere`]
    /// for reading when there is none; [`StoreError::Newer`], [`StoreError::Foreign`],
    /// [`StoreError::Damaged`] when the file isn't ours to use.
    pub async fn open(options: StoreOptions) -> Result<Self, StoreError> {
        if options.read_only {
            Self::open_to_read(&options).await
        } else {
            Self::open_to_write(options).await
        }
    }

    async fn open_to_read(options: &StoreOptions) -> Result<Self, StoreError> {
        let path = options.path.clone();
        if !path.try_exists().map_err(|error| StoreError::file("look for", &path, error))? {
            return Err(StoreError::NotThere { path });
        }
        let readers = connect::readers(&path);
        let mut conn = readers.acquire().await.map_err(|error| StoreError::opening(&path, error))?;
        schema::check(&mut conn, &path).await?;
        drop(conn);
        Ok(Self { path, readers, writer: None })
    }

    async fn open_to_write(options: StoreOptions) -> Result<Self, StoreError> {
        let path = options.path;
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            private_folder(folder)?;
        }
        let lock = WriterLock::take(&path)?;
        backup::refuse_half_restored(&path)?;
        let unclean = check::ended_badly(&path);
        let _made = private_file(&path)?;
        look_at(&path, unclean).await?;
        let settings = connect::writer(&path);
        let mut conn = SqliteConnection::connect_with(&settings)
            .await
            .map_err(|error| StoreError::opening(&path, error))?;
        schema::migrate(&mut conn, &path).await.map_err(|error| error.at(&path))?;
        let committer = Committer::new(settings, conn, options.clock.clone(), options.durability).await;
        let committer = committer.map_err(|error| error.at(&path))?;
        let (sender, requests) = tokio::sync::mpsc::channel(writer::MOST_WAITING);
        let (told, ended) = oneshot::channel();
        let runtime = tokio::runtime::Handle::current();
        // A thread of its own: what it does is to wait for the disk.
        let thread = std::thread::Builder::new().name(THREAD.to_owned()).spawn(move || {
            runtime.block_on(writer::run(requests, committer, options.clock));
            drop(lock);
            // Nobody may wait for it.
            let _ = told.send(());
        });
        thread.map_err(|error| StoreError::file("start a thread that writes to", &path, error))?;
        let writer = Writer { requests: std::sync::Mutex::new(Some(sender)), ended: Mutex::new(Some(ended)) };
        Ok(Self { readers: connect::readers(&path), path, writer: Some(writer) })
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it was opened for reading only.
    pub fn is_read_only(&self) -> bool {
        self.writer.is_none()
    }

    /// Serves what was asked before, then closes the database and lets go of its lock.
    /// Whatever is asked afterwards gets [`StoreError::Closed`].
    pub async fn close(&self) {
        self.readers.close().await;
        let Some(writer) = &self.writer else { return };
        if let Ok(mut requests) = writer.requests.lock() {
            requests.take();
        }
        if let Some(ended) = writer.ended.lock().await.take()
            && ended.await.is_err()
        {
            tracing::error!("the store's writer ended badly; what was acknowledged is safe");
        }
    }

    /// Sends the writer a request and waits for its answer. While the writer has its hands
    /// full, whoever asks waits here, in order.
    pub(crate) async fn ask<T, E: From<StoreError>>(
        &self,
        request: impl FnOnce(Reply<T, E>) -> Request,
    ) -> Result<T, E> {
        let sender = {
            let writer = self.writer.as_ref().ok_or(StoreError::ReadOnly)?;
            writer.requests.lock().ok().and_then(|requests| requests.clone())
        };
        let sender = sender.ok_or(StoreError::Closed)?;
        let (reply, answer) = oneshot::channel();
        sender.send(request(reply)).await.map_err(|_| StoreError::Closed)?;
        drop(sender);
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// The connections to read with.
    pub(crate) fn readers(&self) -> &SqlitePool {
        &self.readers
    }
}

/// Looks at a database before anything in it is changed: a file of somebody else's must
/// stay as it is. After an engine that didn't end well, which may have been the machine's
/// doing, the whole of it is read.
async fn look_at(path: &Path, unclean: bool) -> Result<(), StoreError> {
    let opening = |error| StoreError::opening(path, error);
    let mut conn = SqliteConnection::connect_with(&connect::plain(path)).await.map_err(opening)?;
    let mut ours = schema::check_ours(&mut conn, path).await;
    if unclean && ours.is_ok() {
        ours = check::must_be_whole(&mut conn, path).await;
    }
    conn.close().await.map_err(opening)?;
    ours
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lariat_core::ids::PoolName;
    use lariat_core::ledger::Ledger;
    use lariat_core::test_support::GatedClock;

    use super::*;

    #[tokio::test]
    async fn who_asks_while_the_writer_has_its_hands_full_waits_and_is_served() {
        const ASK: usize = 3 * writer::MOST_WAITING;
        let folder = tempfile::tempdir().unwrap();
        let clock = GatedClock::new();
        let options = StoreOptions::new(folder.path().join("state.db")).clock(clock.clone());
        let store = Arc::new(Store::open(options).await.unwrap());
        let sender = store.writer.as_ref().unwrap().requests.lock().unwrap().clone().unwrap();
        // The writer takes the first ones, and then looks at the clock.
        clock.shut();
        let mut asked: Vec<_> = (0..ASK)
            .map(|_| {
                let store = store.clone();
                Box::pin(async move { store.record_refresh(&PoolName::new("P").unwrap()).await })
            })
            .collect();
        for one in &mut asked {
            assert!(futures::poll!(one.as_mut()).is_pending());
        }
        clock.wait_for_somebody();
        assert_eq!((sender.capacity(), sender.max_capacity()), (0, writer::MOST_WAITING));
        clock.open();
        for answer in futures::future::join_all(asked).await {
            answer.unwrap();
        }
        assert_eq!(sender.capacity(), writer::MOST_WAITING);
        drop(sender);
        store.close().await;
    }
}
