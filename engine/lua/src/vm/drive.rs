//! One run from its job to its outcome.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use lariat_core::outcome::Outcome;
use lariat_core::routine::RoutineError;
use mlua::thread::AsyncThread;
use mlua::{Table, Value};

use super::machine::Vm;
use super::outcome;
use crate::json::from_json_frozen;
use crate::raised::words;
use crate::run::{Run, Stopped};
use crate::service::Service;

/// What the prelude's `run` hands back: whether all went well, a kind, a value.
type Returned = (bool, Value, Value);

/// Executes a run in a machine.
pub(super) async fn drive(vm: &Vm, run: Rc<Run>) -> Result<Outcome, RoutineError> {
    let thread = match begin(vm, &run) {
        Ok(thread) => thread,
        Err(error) => return Err(broken(vm, &run, &error)),
    };
    let returned = Stepping { thread, vm, run: &run }.await;
    let secrets = run.service.as_ref().map(|service| &service.secrets);
    match (run.stopped(), returned, secrets) {
        (Some(Stopped::OverBudget(why)), ..) => Err(RoutineError::OverBudget(why)),
        (Some(Stopped::Memory), ..) => Err(memory(vm, &run)),
        (Some(Stopped::Cancelled), ..) | (None, _, None) | (None, None, _) => Err(cancelled()),
        (None, Some(Ok((true, kind, value))), Some(secrets)) => {
            let kind = kind.as_string().map(|kind| kind.to_string_lossy()).unwrap_or_default();
            outcome::read(&kind, &value, &run.module.display, run.budgets().result, secrets)
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
    let ctx = vm.ctx(given(vm, run)?)?;
    vm.lua().create_thread(vm.run.clone())?.into_async((chunk, ctx))
}

/// The plain fields of `ctx`.
fn given(vm: &Vm, run: &Run) -> mlua::Result<Table> {
    let lua = vm.lua();
    let ctx = lua.create_table_with_capacity(0, 5)?;
    if let Some(Service { run: given, .. }) = &run.service {
        ctx.raw_set("params", from_json_frozen(lua, &given.params)?)?;
        ctx.raw_set("group", given.group.as_str())?;
        ctx.raw_set("instance", given.instance.0)?;
        ctx.raw_set("launch_id", given.launch.to_string())?;
        if let Some(account) = &given.account {
            ctx.raw_set("account", from_json_frozen(lua, &account.reveal())?)?;
        }
    }
    Ok(ctx)
}

/// What the error handler read, or what is left to be known.
fn failed(vm: &Vm, run: &Run, error: &Value) -> RoutineError {
    let text = error.as_string().map(|text| text.to_string_lossy()).unwrap_or_default();
    let raised = run.raised.borrow_mut().take();
    let message = raised.as_ref().map_or(&text, |raised| &raised.message);
    if out_of_memory(message) {
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
    RoutineError::OverBudget(format!(
        "{} ran out of memory; the runs of a group share {} MiB on each thread, keep less in tables and texts",
        run.module.display,
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
