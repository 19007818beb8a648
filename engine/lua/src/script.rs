//! A script that can be asked: hands a run over to a thread and waits for its answer.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use lariat_core::duration::Span;
use lariat_core::kv::DraftKv;
use lariat_core::limits::{Limits, Turns};
use lariat_core::routine::RoutineError;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::budgets::Budgets;
use crate::host::Inner;
use crate::kind::ScriptKind;
use crate::load::Module;
use crate::log::LogBudget;
use crate::service::Service;
use crate::vm::{Job, Place, Request};
use crate::work::{Answer, Who, Work};
use lariat_core::masking::Secrets;

/// A loaded script of any kind.
#[derive(Clone)]
pub(crate) struct Script {
    pub(crate) who: Arc<Who>,
    pub(crate) host: Arc<Inner>,
    /// What it may use.
    pub(crate) budgets: Arc<Budgets>,
    /// How many questions are inside of it at once.
    pub(crate) turns: Turns,
    /// Of a routine or a hook, whose callers have timeouts of their own.
    deadline: Option<Duration>,
    /// Whether it has machines for itself, since their memory is its own.
    alone: bool,
    module: Arc<Module>,
}

/// A run that was handed over.
struct Started {
    answer: oneshot::Receiver<Result<Answer, RoutineError>>,
    /// The run's thread.
    place: Place,
    /// The script's file.
    file: String,
    _cancel_when_dropped: DropGuard,
}

impl Script {
    /// A script under its name.
    pub(crate) fn new(kind: ScriptKind, name: &str, module: Arc<Module>, host: Arc<Inner>) -> Self {
        let limits = host.limits.of(name);
        let budgets = match limits == Limits::default() {
            true => host.budgets.clone(),
            false => Arc::new(host.budgets.within(&limits)),
        };
        let (turns, deadline, alone) = (Turns::new(&limits), limits.deadline, limits.memory.is_some());
        Self { who: Arc::new(Who::new(kind, name)), host, budgets, turns, deadline, alone, module }
    }

    /// Asks it within its deadline, if it has one.
    pub(crate) async fn run(&self, work: Work) -> Result<Answer, RoutineError> {
        match self.deadline {
            Some(deadline) => self.ask_within(deadline, work).await,
            None => self.ask(work).await,
        }
    }

    /// Begins a run; dropping what comes back stops it.
    pub(crate) fn ask(
        &self,
        work: Work,
    ) -> impl Future<Output = Result<Answer, RoutineError>> + Send + use<> {
        let started = self.start(work);
        async move {
            let Started { mut answer, place, file, _cancel_when_dropped } = started?;
            tokio::select! {
                biased;
                answer = &mut answer => answer.map_err(|_| gone())?,
                lost = place.lost(&file) => Err(lost),
            }
        }
    }

    /// The same for at most that long, waiting included.
    pub(crate) async fn ask_within(&self, limit: Duration, work: Work) -> Result<Answer, RoutineError> {
        let verb = work.verb();
        match tokio::time::timeout(limit, self.ask(work)).await {
            Ok(answer) => answer,
            Err(_) => Err(RoutineError::OverBudget(format!(
                "{}: {verb} took longer than {}",
                self.module.display,
                Span::from(limit)
            ))),
        }
    }

    fn start(&self, work: Work) -> Result<Started, RoutineError> {
        let host = &self.host;
        let engine = Handle::try_current().map_err(|_| gone())?;
        let cancelled = CancellationToken::new();
        let _cancel_when_dropped = cancelled.clone().drop_guard();
        let kv = match &work {
            // Each rehearsal sees what it sets itself, and nobody else does.
            Work::Hook(call) if call.dry_run => Arc::new(DraftKv::over(host.kv.clone())),
            _ => host.kv.clone(),
        };
        let service = Service {
            who: self.who.clone(),
            kv,
            clock: host.clock.clone(),
            http: host.http.clone(),
            secrets: Secrets::of(work.account()),
            log_budget: LogBudget::new(host.budgets.log_lines),
            engine,
            waiting_for: Default::default(),
            work,
        };
        let (reply, answer) = oneshot::channel();
        let module = self.module.clone();
        let budgets = self.budgets.clone();
        let owner = self.alone.then(|| self.who.clone());
        let request = |load| Request { module, service, budgets, owner, cancelled, load };
        let place = host.threads.submit(|load| Job { request: request(load), reply })?;
        let file = self.module.display.clone();
        Ok(Started { answer, place, file, _cancel_when_dropped })
    }
}

fn gone() -> RoutineError {
    RoutineError::Host("the Lua host has stopped; start the engine again".into())
}

/// A script answered something that belongs to another question, which the host never
/// lets happen.
pub(crate) fn beside_the_point() -> RoutineError {
    RoutineError::Host("the Lua host mixed up two answers; please report this".into())
}
