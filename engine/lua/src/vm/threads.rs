//! The threads that machines live on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use lariat_core::outcome::Outcome;
use lariat_core::routine::RoutineError;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::worker;
use crate::budgets::Budgets;
use crate::load::Module;
use crate::service::Service;
use crate::{LuaError, ticker};

/// One run to be done, and where its outcome goes.
pub(crate) struct Job {
    /// What to run.
    pub(crate) request: Request,
    /// Where the outcome goes.
    pub(crate) reply: oneshot::Sender<Result<Outcome, RoutineError>>,
}

/// One run to be done.
pub(crate) struct Request {
    /// The file to run.
    pub(crate) module: Arc<Module>,
    /// What the host does for it.
    pub(crate) service: Service,
    /// Cancelled when nobody waits any more.
    pub(crate) cancelled: CancellationToken,
    /// Counts the run as long as it exists.
    pub(crate) load: Load,
}

/// One more run on a thread, until it is dropped.
pub(crate) struct Load(Arc<AtomicUsize>);

impl Drop for Load {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Worker {
    jobs: mpsc::UnboundedSender<Job>,
    load: Arc<AtomicUsize>,
}

/// All threads of a host. They end when it is dropped.
pub(crate) struct Threads(Vec<Worker>);

impl Threads {
    /// Starts so many threads.
    pub(crate) fn start(count: usize, budgets: &Arc<Budgets>) -> Result<Self, LuaError> {
        ticker::start().map_err(LuaError::Threads)?;
        let workers = (0..count.max(1)).map(|number| {
            let (jobs, queue) = mpsc::unbounded_channel();
            let budgets = budgets.clone();
            thread::Builder::new()
                .name(format!("lua-{number}"))
                .spawn(move || worker::work(queue, &budgets))
                .map_err(LuaError::Threads)?;
            Ok(Worker { jobs, load: Arc::default() })
        });
        workers.collect::<Result<_, _>>().map(Self)
    }

    /// Gives a job to the thread that has the least to do.
    pub(crate) fn submit(&self, job: impl FnOnce(Load) -> Job) -> Result<(), RoutineError> {
        let gone = || RoutineError::Host("the Lua host has stopped; start the engine again".into());
        let worker =
            self.0.iter().min_by_key(|worker| worker.load.load(Ordering::Relaxed)).ok_or_else(gone)?;
        worker.load.fetch_add(1, Ordering::Relaxed);
        worker.jobs.send(job(Load(worker.load.clone()))).map_err(|_| gone())
    }
}
