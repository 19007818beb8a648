//! What a routine's file says about itself.

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use lariat_core::routine::RoutineInfo;
use mlua::{MultiValue, Table, Value};
use tokio_util::sync::CancellationToken;

use super::declaration::Declaration;
use super::{Code, Library, Module, Source};
use crate::budgets::Budgets;
use crate::finding::{Finding, Severity};
use crate::names;
use crate::raised::words;
use crate::run::{Run, Stopped};
use crate::vm::Vm;

/// A file as far as it could be understood.
pub(crate) struct Described {
    /// What it says about itself, when it is a routine.
    pub(crate) info: Option<RoutineInfo>,
    /// Its code, when it compiled.
    pub(crate) module: Option<Arc<Module>>,
    /// What is wrong; a routine with an error among them isn't loaded.
    pub(crate) findings: Vec<Finding>,
}

/// Compiles a file, and says nothing about it.
pub(crate) fn compile(source: &Source, library: &Arc<Library>) -> Described {
    match Code::compile(&source.display, &source.text) {
        Ok(code) => {
            let (display, library) = (source.display.clone(), library.clone());
            let module = Arc::new(Module { display, code: Arc::new(code), library });
            Described { info: None, module: Some(module), findings: Vec::new() }
        }
        Err(error) => Described { info: None, module: None, findings: vec![error.into()] },
    }
}

/// Compiles a file and evaluates its top level in a fresh machine, so that a file
/// which breaks its machine breaks no other.
pub(crate) fn describe(source: &Source, library: &Arc<Library>, budgets: &Arc<Budgets>) -> Described {
    let mut described = compile(source, library);
    let Some(module) = &described.module else { return described };
    (described.info, described.findings) = match evaluate(module, budgets) {
        Ok((_vm, table)) => Declaration::of(source, &table).read(),
        Err((line, message, hint)) => {
            let file = PathBuf::from(&source.display);
            (None, vec![Finding { file, line, severity: Severity::Error, message, hint }])
        }
    };
    described
}

/// Line, message and hint.
type Wrong = (usize, String, Option<String>);

/// The table the file returns, with the machine it lives in.
fn evaluate(module: &Arc<Module>, budgets: &Arc<Budgets>) -> Result<(Vm, Table), Wrong> {
    let host = |error: &mlua::Error| match error {
        mlua::Error::MemoryError(_) => memory(),
        other => (0, words(other), None),
    };
    let vm = Vm::new(budgets).map_err(|error| host(&error))?;
    let run =
        Rc::new(Run::new(module.clone(), None, budgets.clone(), vm.gauge.clone(), CancellationToken::new()));
    let chunk = vm.prepare(module, &run).map_err(|error| host(&error))?;
    let thread = vm.lua().create_thread(vm.describe.clone()).map_err(|error| host(&error))?;
    let mut given = MultiValue::from_iter([Value::Function(chunk)]);
    let returned = loop {
        let step = run.step(vm.lua(), || thread.resume::<MultiValue>(std::mem::take(&mut given)));
        match run.stopped() {
            Some(Stopped::OverBudget(why)) => {
                return Err((0, why, Some("look for an endless loop outside of R.run".into())));
            }
            Some(_) => return Err(memory()),
            None => {}
        }
        match step {
            // A coroutine.yield at the top of the file: nobody to hand it to.
            Ok(_) if thread.is_resumable() => {}
            Ok(returned) => break returned,
            Err(error) => return Err(host(&error)),
        }
    };
    let mut returned = returned.into_iter();
    match (returned.next(), returned.next(), returned.next()) {
        (Some(Value::Boolean(true)), Some(Value::Boolean(true)), Some(Value::Table(table))) => {
            Ok((vm, table))
        }
        (Some(Value::Boolean(true)), _, got) => {
            let got = names::type_of(&got.unwrap_or(Value::Nil));
            Err((
                0,
                format!("returns {got}, not what lariat.routine made"),
                Some("begin with: local R = lariat.routine { name = \"…\" } and end with: return R".into()),
            ))
        }
        (_, error, _) => Err(raised(module, &run, error)),
    }
}

fn memory() -> Wrong {
    (
        0,
        "ran out of memory when it was loaded".into(),
        Some("the top level of a file only declares things".into()),
    )
}

fn raised(module: &Module, run: &Run, error: Option<Value>) -> Wrong {
    let message = match run.raised.borrow_mut().take() {
        Some(raised) => raised.message,
        None => error.and_then(|error| error.to_string().ok()).unwrap_or_else(|| "raised an error".into()),
    };
    if message.ends_with("not enough memory") {
        return memory();
    }
    let (line, message) = split(&module.display, &message);
    let hint = crate::check::global_hint(&message);
    (line, message, hint)
}

/// Takes `file:12: ` off a message.
fn split(file: &str, message: &str) -> (usize, String) {
    message
        .strip_prefix(file)
        .and_then(|rest| rest.strip_prefix(':')?.split_once(": "))
        .and_then(|(line, rest)| Some((line.parse().ok()?, rest.to_owned())))
        .unwrap_or((0, message.to_owned()))
}
