//! What one thread does: it takes jobs, keeps a machine for each group, and lets the
//! runs take turns.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use lariat_core::ids::GroupName;
use lariat_core::outcome::Outcome;
use lariat_core::routine::RoutineError;
use tokio::sync::mpsc::UnboundedReceiver;

use super::drive::drive;
use super::machine::Vm;
use super::threads::{Job, Request};
use crate::budgets::Budgets;

/// Works until no more jobs can come.
pub(super) fn work(jobs: UnboundedReceiver<Job>, budgets: &Arc<Budgets>) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "a Lua thread can't start its runtime; it takes no jobs");
            return;
        }
    };
    // One task, so that every turn of a busy run is followed by a look at the timers;
    // unconstrained, since thousands of timers may ring in one turn.
    runtime.block_on(tokio::task::unconstrained(take_jobs(jobs, budgets)));
}

async fn take_jobs(mut jobs: UnboundedReceiver<Job>, budgets: &Arc<Budgets>) {
    let machines = Machines::default();
    let mut runs = FuturesUnordered::new();
    let mut sweep = tokio::time::interval((budgets.vm_idle / 4).max(Duration::from_millis(50)));
    loop {
        tokio::select! {
            job = jobs.recv() => match job {
                Some(job) => runs.push(one_run(&machines, job, budgets)),
                None => return,
            },
            Some(()) = runs.next(), if !runs.is_empty() => {}
            _ = sweep.tick(), if !machines.is_empty() => machines.sweep(budgets.vm_idle),
        }
    }
}

async fn one_run(machines: &Machines, job: Job, budgets: &Arc<Budgets>) {
    let Job { request, reply } = job;
    let cancelled = request.cancelled.clone();
    tokio::select! {
        biased;
        () = cancelled.cancelled() => {}
        outcome = in_machine(machines, request, budgets) => {
            // Whoever asked may be gone; then the outcome is of no interest.
            let _ = reply.send(outcome);
        }
    }
}

async fn in_machine(
    machines: &Machines,
    request: Request,
    budgets: &Arc<Budgets>,
) -> Result<Outcome, RoutineError> {
    let vm = machines.of(&request.service.run.group, budgets).map_err(|error| {
        RoutineError::Host(format!("a Lua machine can't be made: {error}; is the computer out of memory?"))
    })?;
    let _stay = Stay::in_machine(&vm);
    drive(&vm, request, budgets.clone()).await
}

/// Counts a run as long as it is in a machine.
struct Stay(Rc<Vm>);

impl Stay {
    fn in_machine(vm: &Rc<Vm>) -> Self {
        vm.live.set(vm.live.get() + 1);
        Self(vm.clone())
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        self.0.live.set(self.0.live.get().saturating_sub(1));
        self.0.idle_since.set(Instant::now());
    }
}

/// A thread's machines by group: none sees another's values or takes its memory.
#[derive(Default)]
struct Machines(RefCell<HashMap<GroupName, Rc<Vm>>>);

impl Machines {
    fn of(&self, group: &GroupName, budgets: &Budgets) -> mlua::Result<Rc<Vm>> {
        let mut machines = self.0.borrow_mut();
        if let Some(vm) = machines.get(group).filter(|vm| !vm.retired.get()) {
            return Ok(vm.clone());
        }
        let vm = Rc::new(Vm::new(budgets)?);
        machines.insert(group.clone(), vm.clone());
        Ok(vm)
    }

    fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Drops the machines nobody needs.
    fn sweep(&self, idle: Duration) {
        self.0
            .borrow_mut()
            .retain(|_, vm| vm.live.get() > 0 || (!vm.retired.get() && vm.idle_since.get().elapsed() < idle));
    }
}
