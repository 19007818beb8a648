//! What a script says about itself.

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use mlua::{MultiValue, Table, Value};
use tokio_util::sync::CancellationToken;

use super::declaration::{Declaration, Declared};
use super::{Code, Library, Module, Source};
use crate::budgets::Budgets;
use crate::finding::{Finding, Severity};
use crate::kind::ScriptKind;
use crate::names;
use crate::raised::words;
use crate::run::{Run, Stopped};
use crate::vm::Vm;

/// A file as far as it could be understood.
pub(crate) struct Described {
    /// What it says about itself, when it is an extension.
    pub(crate) declared: Option<Declared>,
    /// Its code, when it compiled.
    pub(crate) module: Option<Arc<Module>>,
    /// What is wrong; a script with an error among them isn't loaded.
    pub(crate) findings: Vec<Finding>,
}

/// Compiles a file, and says nothing about it.
pub(crate) fn compile(source: &Source, library: &Arc<Library>) -> Described {
    match Code::compile(&source.display, &source.text) {
        Ok(code) => {
            let (display, library) = (source.display.clone(), library.clone());
            let module = Arc::new(Module { display, code: Arc::new(code), library });
            Described { declared: None, module: Some(module), findings: Vec::new() }
        }
        Err(error) => Described { declared: None, module: None, findings: vec![error.into()] },
    }
}

/// Compiles a file and evaluates its top level in a fresh machine, so that a file
/// which breaks its machine breaks no other. `expected` is the kind that its folder is
/// for; nothing takes any.
pub(crate) fn describe(
    source: &Source,
    library: &Arc<Library>,
    budgets: &Arc<Budgets>,
    expected: Option<ScriptKind>,
) -> Described {
    let mut described = compile(source, library);
    let Some(module) = &described.module else { return described };
    (described.declared, described.findings) = match evaluate(module, budgets, expected) {
        Ok((_vm, kind, table)) => {
            let (declared, mut findings) = Declaration::of(kind, source, &table).read();
            match expected.filter(|expected| *expected != kind) {
                Some(expected) => {
                    findings.insert(0, misplaced(source, kind, expected));
                    (None, findings)
                }
                None => (declared, findings),
            }
        }
        Err((line, message, hint)) => {
            let file = PathBuf::from(&source.display);
            (None, vec![Finding { file, line, severity: Severity::Error, message, hint }])
        }
    };
    described
}

fn misplaced(source: &Source, kind: ScriptKind, expected: ScriptKind) -> Finding {
    let line = crate::check::Tokens::of(&source.text).line_of_call(kind.word()).unwrap_or(0);
    Finding {
        file: PathBuf::from(&source.display),
        line,
        severity: Severity::Error,
        message: format!("is {}, but lies in scripts/{}/", kind.a(), expected.folder()),
        hint: Some(format!("move it to scripts/{}/", kind.folder())),
    }
}

/// Line, message and hint.
type Wrong = (usize, String, Option<String>);

/// The table the file returns and what it is, with the machine it lives in.
fn evaluate(
    module: &Arc<Module>,
    budgets: &Arc<Budgets>,
    expected: Option<ScriptKind>,
) -> Result<(Vm, ScriptKind, Table), Wrong> {
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
                return Err((0, why, Some("look for an endless loop outside of its functions".into())));
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
    let (well, tag, value) = (returned.next(), returned.next(), returned.next());
    if well != Some(Value::Boolean(true)) {
        return Err(raised(module, &run, tag));
    }
    match (tag.as_ref().and_then(kind_of), value) {
        (Some(kind), Some(Value::Table(table))) => Ok((vm, kind, table)),
        (_, got) => {
            let got = names::type_of(&got.unwrap_or(Value::Nil));
            let kind = expected.unwrap_or(ScriptKind::Routine);
            let (word, letter) = (kind.word(), kind.letter());
            Err((
                0,
                format!("returns {got}, not what lariat.{word} made"),
                Some(format!(
                    "begin with: local {letter} = lariat.{word} {{ name = \"…\" }} and end with: return {letter}"
                )),
            ))
        }
    }
}

/// The kind that a table's mark stands for.
fn kind_of(tag: &Value) -> Option<ScriptKind> {
    ScriptKind::called(tag.as_string()?.to_string_lossy().strip_prefix("lariat.")?)
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
