//! One run from its job to its answer.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use lariat_core::routine::RoutineError;
use mlua::Value;
use mlua::thread::AsyncThread;

use super::machine::Vm;
use crate::raised::words;
use crate::run::{Run, Stopped};
use crate::work::{Answer, Returned as Told, Work};

/// What the prelude's `run` hands back: whether all went well, a kind, a value.
type Returned = (bool, Value, Value);

/// Executes a run in a machine.
pub(super) async fn drive(vm: &Vm, run: Rc<Run>) -> Result<Answer, RoutineError> {
    let thread = match begin(vm, &run) {
        Ok(thread) => thread,
        Err(error) => return Err(broken(vm, &run, &error)),
    };
    let returned = Stepping { thread, vm, run: &run }.await;
    match (run.stopped(), returned, &run.service) {
        (Some(Stopped::OverBudget(why)), ..) => Err(RoutineError::OverBudget(why)),
        (Some(Stopped::Memory), ..) => Err(memory(vm, &run)),
        (Some(Stopped::Cancelled), ..) | (None, _, None) | (None, None, _) => Err(cancelled()),
        (None, Some(Ok((true, kind, value))), Some(service)) => {
            let kind = kind.as_string().map(|kind| kind.to_string_lossy()).unwrap_or_default();
            let (file, budgets, secrets) = (&run.module.display, run.budgets(), &service.secrets);
            service.work.read(&Told { kind: &kind, value: &value, file, budgets, secrets })
        }
        (None, Some(Ok((false, error, _))), _) => Err(failed(vm, &run, &error)),
        (None, Some(Err(error)), _) => Err(broken(vm, &run, &error)),
    }
}

fn cancelled() -> RoutineError {
    RoutineError::Host("the run was stopped".into())
}

fn begin(vm: &Vm, run: &Rc<Run>) -> mlua::Result<AsyncThread<Returned>> {
    let chunk = vm.prepare(&run.module, run)?;
    let work = &run.service.as_ref().ok_or_else(|| mlua::Error::runtime("there is nothing to do"))?.work;
    let fields = vm.lua().create_table_with_capacity(0, 5)?;
    work.fill(vm.lua(), &fields)?;
    let ctx = vm.ctx(work.kind(), fields)?;
    let (first, second) = work.arguments(vm.lua())?;
    vm.lua().create_thread(vm.run.clone())?.into_async((work.verb(), chunk, ctx, first, second))
}

/// What the error handler read, or what is left to be known.
fn failed(vm: &Vm, run: &Run, error: &Value) -> RoutineError {
    let text = error.as_string().map(|text| text.to_string_lossy()).unwrap_or_default();
    let raised = run.raised.borrow_mut().take();
    let message = raised.as_ref().map_or(&text, |raised| &raised.message);
    if out_of_memory(message) {
        if let Some((place, _)) = message.split_once(": not enough memory") {
            run.note_place(place);
        }
        return memory(vm, run);
    }
    let mask = |text: String| match &run.service {
        Some(service) => service.secrets.mask(text),
        None => text,
    };
    match raised {
        Some(mut raised) => {
            raised.message = mask(raised.message);
            raised.into()
        }
        None => RoutineError::Raised {
            message: format!("{}: {}", run.module.display, mask(text)),
            traceback: None,
        },
    }
}

fn broken(vm: &Vm, run: &Run, error: &mlua::Error) -> RoutineError {
    let message = words(error);
    if matches!(error, mlua::Error::MemoryError(_)) || out_of_memory(&message) {
        return memory(vm, run);
    }
    RoutineError::Raised { message: format!("{}: {message}", run.module.display), traceback: None }
}

/// Luau says it so, and a script's own `error` puts its line before it.
fn out_of_memory(message: &str) -> bool {
    message == "not enough memory"
        || message.ends_with(": not enough memory")
        || message.starts_with("not enough memory")
}

fn memory(vm: &Vm, run: &Run) -> RoutineError {
    vm.retired.set(true);
    let work = run.service.as_ref().map(|service| &service.work);
    let shares = work.map_or("it has", |work| work.tenant().shares());
    let cure = match work {
        Some(Work::Pool(_)) => {
            "keep less in tables and texts, and let fetch return a function that gives one account at each call"
        }
        _ => "keep less in tables and texts",
    };
    RoutineError::OverBudget(format!(
        "{} ran out of memory; {shares} {} MiB on each thread, {cure}",
        run.place(),
        run.budgets().memory >> 20
    ))
}

/// A coroutine that gets the processor step by step.
struct Stepping<'a> {
    thread: AsyncThread<Returned>,
    vm: &'a Vm,
    run: &'a Rc<Run>,
}

impl Future for Stepping<'_> {
    /// Nothing when the run was stopped by force.
    type Output = Option<mlua::Result<Returned>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (run, vm) = (self.run, self.vm);
        let paused = run.take_paused();
        let polled = run.step(vm.lua(), || Pin::new(&mut self.thread).poll(cx));
        if run.stopped().is_some() {
            return Poll::Ready(None);
        }
        if paused && polled.is_pending() {
            // A pause may have come between the script's question whether something
            // is ready and its waiting for it. What became ready meanwhile has woken
            // the pause, not the wait; so the script asks once more.
            cx.waker().wake_by_ref();
        }
        polled.map(Some)
    }
}

impl Drop for Stepping<'_> {
    fn drop(&mut self) {
        self.run.end();
    }
}
