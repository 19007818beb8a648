//! One run from its job to its outcome.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use lariat_core::outcome::Outcome;
use lariat_core::routine::RoutineError;
use mlua::thread::AsyncThread;
use mlua::{Table, Value};
use serde_json::{Map, Value as Json};

use super::machine::Vm;
use super::outcome;
use super::threads::Request;
use crate::budgets::Budgets;
use crate::json::from_json_frozen;
use crate::raised::words;
use crate::run::{Run, Stopped};

/// What the prelude's `run` hands back: whether all went well, a kind, a value.
type Returned = (bool, Value, Value);

/// Executes a request in a machine.
pub(super) async fn drive(vm: &Vm, request: Request, budgets: Arc<Budgets>) -> Result<Outcome, RoutineError> {
    let max_bytes = budgets.result;
    let _load = request.load;
    let run = Rc::new(Run::new(
        request.module,
        Some(request.service),
        budgets,
        vm.gauge.clone(),
        request.cancelled,
    ));
    let stepping = match begin(vm, &run) {
        Ok(thread) => Stepping { thread, run: run.clone() },
        Err(error) => return Err(broken(vm, &run, &error)),
    };
    let returned = stepping.await;
    let secrets = run.service.as_ref().map(|service| &service.secrets);
    match (run.stopped(), returned, secrets) {
        (Some(Stopped::OverBudget(why)), ..) => Err(RoutineError::OverBudget(why)),
        (Some(Stopped::Memory), ..) => Err(memory(vm, &run)),
        (Some(Stopped::Cancelled), ..) | (None, _, None) => Err(cancelled()),
        (None, Some(Ok((true, kind, value))), Some(secrets)) => {
            let kind = kind.as_string().map(|kind| kind.to_string_lossy()).unwrap_or_default();
            outcome::read(&kind, &value, &run.module.display, max_bytes, secrets)
        }
        (None, Some(Ok((false, error, _))), _) => Err(failed(vm, &run, &error)),
        (None, Some(Err(error)), _) => Err(broken(vm, &run, &error)),
        (None, None, _) => Err(cancelled()),
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
    let Some(service) = &run.service else { return lua.create_table() };
    let given = &service.run;
    let mut fields = Map::new();
    fields.insert("params".into(), Json::Object((*given.params).clone()));
    fields.insert("group".into(), given.group.as_str().into());
    fields.insert("instance".into(), given.instance.0.into());
    fields.insert("launch_id".into(), given.launch.to_string().into());
    let ctx = lua.create_table_with_capacity(0, 5)?;
    for (name, value) in from_json_frozen(lua, &fields)?.pairs::<Value, Value>().flatten() {
        ctx.raw_set(name, value)?;
    }
    if let Some(account) = &given.account {
        ctx.raw_set("account", from_json_frozen(lua, &account.reveal())?)?;
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
struct Stepping {
    thread: AsyncThread<Returned>,
    run: Rc<Run>,
}

impl Future for Stepping {
    /// Nothing when the run was stopped by force.
    type Output = Option<mlua::Result<Returned>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let run = self.run.clone();
        let paused = run.take_paused();
        let polled = run.step(|| Pin::new(&mut self.thread).poll(cx));
        if paused && polled.is_pending() {
            // A pause may have come between the script's question whether something
            // is ready and its waiting for it. What became ready meanwhile has woken
            // the pause, not the wait; so the script asks once more.
            cx.waker().wake_by_ref();
        }
        match polled {
            _ if run.stopped().is_some() => Poll::Ready(None),
            Poll::Ready(returned) => Poll::Ready(Some(returned)),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Drop for Stepping {
    fn drop(&mut self) {
        if let Some(service) = &self.run.service {
            service.give_up();
        }
    }
}
