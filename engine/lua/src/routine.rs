//! A script as core's [`Routine`].

use std::sync::Arc;

use async_trait::async_trait;
use lariat_core::outcome::Outcome;
use lariat_core::routine::{Routine, RoutineError, RoutineInfo, RoutineRun};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::host::Inner;
use crate::load::Module;
use crate::log::LogBudget;
use crate::secrets::Secrets;
use crate::service::Service;
use crate::vm::{Job, Place, Request};

/// A routine whose `run` is a script.
pub(crate) struct LuaRoutine {
    pub(crate) info: RoutineInfo,
    pub(crate) module: Arc<Module>,
    pub(crate) host: Arc<Inner>,
}

#[async_trait]
impl Routine for LuaRoutine {
    fn info(&self) -> &RoutineInfo {
        &self.info
    }

    async fn run(&self, run: RoutineRun) -> Result<Outcome, RoutineError> {
        let Started { mut outcome, place, _cancel_when_dropped } = self.start(run)?;
        tokio::select! {
            biased;
            outcome = &mut outcome => outcome.map_err(|_| gone())?,
            lost = place.lost(&self.module.display) => Err(lost),
        }
    }
}

/// A run that was handed over.
struct Started {
    outcome: oneshot::Receiver<Result<Outcome, RoutineError>>,
    /// The run's thread.
    place: Place,
    _cancel_when_dropped: DropGuard,
}

impl LuaRoutine {
    fn start(&self, run: RoutineRun) -> Result<Started, RoutineError> {
        let host = &self.host;
        let engine = Handle::try_current().map_err(|_| gone())?;
        let cancelled = CancellationToken::new();
        let _cancel_when_dropped = cancelled.clone().drop_guard();
        let service = Service {
            routine: self.info.name.clone(),
            kv: host.kv.clone(),
            clock: host.clock.clone(),
            http: host.http.clone(),
            secrets: Secrets::of(run.account.as_deref()),
            log_budget: LogBudget::new(host.budgets.log_lines),
            engine,
            waiting_for: Default::default(),
            run,
        };
        let (reply, outcome) = oneshot::channel();
        let module = self.module.clone();
        let request = |load| Request { module, service, cancelled, load };
        let place = host.threads.submit(|load| Job { request: request(load), reply })?;
        Ok(Started { outcome, place, _cancel_when_dropped })
    }
}

fn gone() -> RoutineError {
    RoutineError::Host("the Lua host has stopped; start the engine again".into())
}
