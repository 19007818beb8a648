//! Makes commits durable: SQLite writes them to its log without a sync (`synchronous=NORMAL`)
//! and here the log is synced before anybody is told. What `synchronous=FULL` does in the
//! writer's way is so done beside it: while the disk takes one batch, a thread of its own
//! waits for it and the writer decides the next. Nothing else differs: the log is read up
//! to where it is whole, so that a commit never survives without those before it, and one
//! sync is enough for all commits that were written before it began.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use lariat_core::failpoint::{self, Site};
use tokio::sync::Notify;

use super::answers::Answer;
use crate::error::StoreError;
use crate::files::beside;

const THREAD: &str = "lariat-sync";

/// SQLite's log.
pub(super) struct Log {
    path: PathBuf,
    file: File,
}

impl Log {
    /// Opens the log of a database that somebody has open, so that it stays this file.
    pub(super) fn open(database: &Path) -> Result<Arc<Self>, StoreError> {
        // SQLite puts it beside the file that a link leads to.
        let found = database.canonicalize();
        let database = found.map_err(|error| StoreError::file("look for", database, error))?;
        let path = beside(&database, "-wal");
        // Windows syncs only for those who may write.
        let opened = OpenOptions::new().read(true).write(true).open(&path);
        let file = opened.map_err(|error| StoreError::file("open", &path, error))?;
        Ok(Arc::new(Self { path, file }))
    }

    /// Makes what was written to it durable.
    fn sync(&self) -> std::io::Result<()> {
        failpoint::hit_blocking(Site::StoreSync)?;
        self.file.sync_data()
    }
}

/// The answers of a commit that is in the log; without one nobody waits for the disk.
struct Committed {
    log: Option<Arc<Log>>,
    answers: Vec<Answer>,
}

/// The thread that syncs, as the writer sees it.
pub(super) struct Syncing {
    /// None once it is shut.
    commits: Option<mpsc::Sender<Committed>>,
    shared: Arc<Shared>,
    thread: Option<std::thread::JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    /// Answers that wait for the disk.
    unsynced: AtomicUsize,
    /// A sync failed: nothing is acknowledged until the log was begun anew.
    failed: AtomicBool,
    /// The thread has ended.
    ended: AtomicBool,
    /// Rings when answers were told, or can't be.
    told: Notify,
}

impl Syncing {
    /// Starts the thread.
    pub(super) fn start() -> Result<Self, StoreError> {
        let (commits, queue) = mpsc::channel();
        let shared = Arc::new(Shared::default());
        let (thread, its) = (std::thread::Builder::new().name(THREAD.to_owned()), shared.clone());
        let thread = thread.spawn(move || work(&queue, &its));
        let thread =
            thread.map_err(|error| StoreError::file("start a thread to sync", Path::new(THREAD), error))?;
        Ok(Self { commits: Some(commits), shared, thread: Some(thread) })
    }

    /// How many answers wait for the disk.
    pub(super) fn unsynced(&self) -> usize {
        self.shared.unsynced.load(Ordering::Acquire)
    }

    /// Whether a sync has failed since the log was begun anew.
    pub(super) fn has_failed(&self) -> bool {
        self.shared.failed.load(Ordering::Acquire)
    }

    /// The log was begun anew: what is in it from now on can be synced.
    pub(super) fn log_is_new(&self) {
        self.shared.failed.store(false, Ordering::Release);
    }

    /// Tells these answers as soon as everything in the log is durable.
    pub(super) fn tell_when_synced(&self, log: Option<Arc<Log>>, answers: Vec<Answer>) {
        self.shared.unsynced.fetch_add(answers.len(), Ordering::AcqRel);
        // Without the thread nobody is answered any more.
        let _ = self.commits.as_ref().map(|commits| commits.send(Committed { log, answers }));
    }

    /// Syncs at once; nothing may be under way.
    pub(super) fn sync(&self, log: Option<&Log>) -> Result<(), StoreError> {
        sync(log, &self.shared)
    }

    /// The same, then tells these answers.
    pub(super) fn tell_synced(&self, log: Option<&Log>, answers: Vec<Answer>) {
        tell(log, answers, &self.shared);
    }

    /// Whether its thread still works; it only dies of a panic.
    pub(super) fn lives(&self) -> bool {
        !self.shared.ended.load(Ordering::Acquire)
    }

    /// Comes when answers were told since this was last waited for.
    pub(super) async fn told(&self) {
        self.shared.told.notified().await;
    }

    /// Waits until nothing is under way.
    pub(super) async fn all_told(&self) {
        while self.unsynced() > 0 && self.lives() {
            self.told().await;
        }
    }
}

impl Drop for Syncing {
    fn drop(&mut self) {
        self.commits = None;
        if let Some(thread) = self.thread.take() {
            // It ends when what is under way was told; a panic has been reported.
            let _ = thread.join();
        }
    }
}

/// However the thread ends, the writer must see that.
struct Ending<'s>(&'s Shared);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::Release);
        self.0.told.notify_one();
    }
}

fn work(queue: &mpsc::Receiver<Committed>, shared: &Shared) {
    let _ending = Ending(shared);
    while let Ok(Committed { mut log, mut answers }) = queue.recv() {
        for more in queue.try_iter() {
            answers.extend(more.answers);
            log = more.log;
        }
        let count = answers.len();
        tell(log.as_deref(), answers, shared);
        shared.unsynced.fetch_sub(count, Ordering::AcqRel);
        shared.told.notify_one();
    }
}

/// Syncs, then tells the answers.
fn tell(log: Option<&Log>, answers: Vec<Answer>, shared: &Shared) {
    match sync(log, shared) {
        Ok(()) => answers.into_iter().for_each(Answer::tell),
        Err(error) => answers.into_iter().for_each(|answer| answer.refuse(&error)),
    }
}

/// After a sync that failed all others fail: the system may have dropped what it couldn't
/// write, and a later sync wouldn't say so.
fn sync(log: Option<&Log>, shared: &Shared) -> Result<(), StoreError> {
    let Some(log) = log else { return Ok(()) };
    let synced = if shared.failed.load(Ordering::Acquire) {
        Err(std::io::Error::other("an earlier sync failed"))
    } else {
        log.sync()
    };
    synced.map_err(|source| {
        shared.failed.store(true, Ordering::Release);
        // Whoever asked is told; one line a try would be a flood.
        tracing::debug!(error = %source, "a sync failed; what it held is refused");
        StoreError::Unsynced { path: log.path.clone(), source }
    })
}
