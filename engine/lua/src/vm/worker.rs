//! What one thread does: it takes jobs, keeps a machine for each tenant, and lets the
//! runs take turns.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use lariat_core::routine::RoutineError;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;

use super::drive::drive;
use super::machine::Vm;
use super::threads::{Job, Load, Request};
use crate::budgets::Budgets;
use crate::run::Run;
use crate::ticker;
use crate::work::Tenant;

/// After so many jobs or outcomes the timers get a look, however many more wait.
const TIMERS_EVERY: u32 = 32;
/// How long a script may compute without a look at the interrupt before its thread
/// counts as stuck.
pub(super) const STUCK: Duration = Duration::from_secs(1);

/// Works until no more jobs can come; cancels `stuck` when a script can't be stopped.
pub(super) fn work(jobs: UnboundedReceiver<Job>, budgets: &Arc<Budgets>, stuck: CancellationToken) {
    ticker::when_stuck(STUCK, stuck);
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
    let mut taken: u32 = 0;
    loop {
        tokio::select! {
            biased;
            Some(()) = runs.next(), if !runs.is_empty() => {}
            _ = sweep.tick(), if !machines.is_empty() => machines.sweep(budgets.vm_idle),
            job = jobs.recv() => match job {
                Some(job) => runs.push(one_run(&machines, job)),
                None => return,
            },
        }
        taken = taken.wrapping_add(1);
        if taken.is_multiple_of(TIMERS_EVERY) {
            tokio::task::yield_now().await;
        }
    }
}

/// Executes a job. What it needs is moved to where it stays before anything is
/// awaited: a future that passes it on from one to the next would hold it in each.
fn one_run<'a>(machines: &'a Machines, job: Job) -> impl Future<Output = ()> + use<'a> {
    let Job { request, reply } = job;
    let Request { module, service, budgets, owner, cancelled, load } = request;
    let owner = owner.map(|who| who.owner.clone());
    let vm = machines.of((service.work.tenant(), owner), &budgets);
    let prepared = vm.map(|vm| {
        let run = Run::new(module, Some(service), budgets, vm.gauge.clone(), cancelled.clone());
        (Stay::in_machine(vm), Rc::new(run))
    });
    async move {
        let outcome = match prepared {
            Ok((stay, run)) => tokio::select! {
                biased;
                () = cancelled.cancelled() => return,
                outcome = Holding { load: &load, drive: pin!(drive(&stay.0, run)) } => outcome,
            },
            Err(error) => Err(RoutineError::Host(format!(
                "a Lua machine can't be made: {error}; is the computer out of memory?"
            ))),
        };
        // Whoever asked may be gone; then the outcome is of no interest.
        let _ = reply.send(outcome);
    }
}

/// A run that is known to hold the thread while it does.
struct Holding<'a, D> {
    load: &'a Load,
    drive: Pin<&'a mut D>,
}

impl<D: Future> Future for Holding<'_, D> {
    type Output = D::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<D::Output> {
        let load = self.load;
        load.hold(|| self.drive.as_mut().poll(cx))
    }
}

/// Counts a run as long as it is in a machine.
struct Stay(Rc<Vm>);

impl Stay {
    fn in_machine(vm: Rc<Vm>) -> Self {
        vm.live.set(vm.live.get() + 1);
        Self(vm)
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        self.0.live.set(self.0.live.get().saturating_sub(1));
        self.0.idle_since.set(Instant::now());
    }
}

/// A thread's machines by tenant: none sees another's values or takes its memory.
#[derive(Default)]
struct Machines(RefCell<HashMap<Owner, Rc<Vm>>>);

/// A tenant, or one script of its.
type Owner = (Tenant, Option<String>);

impl Machines {
    fn of(&self, tenant: Owner, budgets: &Budgets) -> mlua::Result<Rc<Vm>> {
        let mut machines = self.0.borrow_mut();
        if let Some(vm) = machines.get(&tenant).filter(|vm| !vm.retired.get()) {
            return Ok(vm.clone());
        }
        let vm = Rc::new(Vm::new(budgets)?);
        machines.insert(tenant, vm.clone());
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
