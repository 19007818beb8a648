//! The threads that machines live on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use lariat_core::routine::RoutineError;
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::worker::{self, STUCK};
use crate::budgets::Budgets;
use crate::load::Module;
use crate::service::Service;
use crate::work::{Answer, Who};
use crate::{LuaError, ticker};

/// One run to be done, and where its answer goes.
pub(crate) struct Job {
    /// What to run.
    pub(crate) request: Request,
    /// Where the answer goes.
    pub(crate) reply: oneshot::Sender<Result<Answer, RoutineError>>,
}

/// One run to be done.
pub(crate) struct Request {
    /// The file to run.
    pub(crate) module: Arc<Module>,
    /// What the host does for it.
    pub(crate) service: Service,
    /// What it may use.
    pub(crate) budgets: Arc<Budgets>,
    /// Whose machine it is, where the script has machines for itself.
    pub(crate) owner: Option<Arc<Who>>,
    /// Cancelled when nobody waits any more.
    pub(crate) cancelled: CancellationToken,
    /// Counts the run as long as it exists.
    pub(crate) load: Load,
}

/// One more run on a thread, until it is dropped.
pub(crate) struct Load {
    runs: Arc<AtomicUsize>,
    id: u64,
    holder: Arc<AtomicU64>,
}

impl Load {
    fn new(worker: &Worker) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(NOBODY + 1);
        worker.load.fetch_add(1, Ordering::Relaxed);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { runs: worker.load.clone(), id, holder: worker.holder.clone() }
    }

    /// Lets the run have its thread for as long as `step` takes.
    pub(super) fn hold<T>(&self, step: impl FnOnce() -> T) -> T {
        self.holder.store(self.id, Ordering::SeqCst);
        let done = step();
        self.holder.store(NOBODY, Ordering::SeqCst);
        done
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.runs.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Which thread a run was given to.
pub(crate) struct Place {
    id: u64,
    holder: Arc<AtomicU64>,
    stuck: CancellationToken,
}

impl Place {
    /// Waits until the thread is given up; says what that means for the run.
    pub(crate) async fn lost(&self, script: &str) -> RoutineError {
        self.stuck.cancelled().await;
        if self.holder.load(Ordering::SeqCst) == self.id {
            RoutineError::OverBudget(format!(
                "{script} held its thread in one call for more than {STUCK:?} and could not be stopped; look for a function that is given something huge"
            ))
        } else {
            RoutineError::HostLost(
                "another script could not be stopped and its thread was given up, with this run on it".into(),
            )
        }
    }
}

/// The holder of a thread that no script runs on at this moment.
const NOBODY: u64 = 0;

struct Worker {
    jobs: mpsc::UnboundedSender<Job>,
    load: Arc<AtomicUsize>,
    /// The run whose script runs at this moment.
    holder: Arc<AtomicU64>,
    /// Cancelled when a script holds the thread and can't be stopped.
    stuck: CancellationToken,
}

/// All threads of a host. They end when it is dropped.
pub(crate) struct Threads {
    workers: Mutex<Vec<Worker>>,
    budgets: Arc<Budgets>,
}

impl Threads {
    /// Starts so many threads.
    pub(crate) fn start(count: usize, budgets: &Arc<Budgets>) -> Result<Self, LuaError> {
        ticker::start().map_err(LuaError::Threads)?;
        let workers = (0..count.max(1)).map(|_| Worker::start(budgets)).collect::<Result<_, _>>();
        let workers = Mutex::new(workers.map_err(LuaError::Threads)?);
        Ok(Self { workers, budgets: budgets.clone() })
    }

    /// Gives a job to the thread that has the least to do. A thread that is lost
    /// is left alone and another started in its place.
    pub(crate) fn submit(&self, job: impl FnOnce(Load) -> Job) -> Result<Place, RoutineError> {
        let gone = || RoutineError::Host("the Lua host has no threads; start the engine again".into());
        let mut workers = self.workers.lock();
        for worker in workers.iter_mut().filter(|worker| worker.is_lost()) {
            match Worker::start(&self.budgets) {
                Ok(fresh) => *worker = fresh,
                Err(error) => tracing::error!(%error, "a lost Lua thread can't be replaced"),
            }
        }
        let worker = workers
            .iter()
            .filter(|worker| !worker.is_lost())
            .min_by_key(|worker| worker.load.load(Ordering::Relaxed))
            .ok_or_else(gone)?;
        let load = Load::new(worker);
        let place = Place { id: load.id, holder: worker.holder.clone(), stuck: worker.stuck.clone() };
        worker.jobs.send(job(load)).map_err(|_| gone())?;
        Ok(place)
    }
}

impl Worker {
    fn start(budgets: &Arc<Budgets>) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::unbounded_channel();
        let (budgets, stuck) = (budgets.clone(), CancellationToken::new());
        let tell = stuck.clone();
        thread::Builder::new().name("lua".into()).spawn(move || worker::work(queue, &budgets, tell))?;
        Ok(Self { jobs, load: Arc::default(), holder: Arc::default(), stuck })
    }

    /// Whether the thread is stuck, or has ended before its time.
    fn is_lost(&self) -> bool {
        self.stuck.is_cancelled() || self.jobs.is_closed()
    }
}
