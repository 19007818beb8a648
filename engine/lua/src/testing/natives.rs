//! What the files of `lua/` take from the host: scripts to run, and the checks that the
//! engine makes.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use lariat_core::definition::problem::unknown;
use mlua::{Function, LuaString, Result, Table, Value};

use super::find;
use super::values::{copy, instant, keep, params, request};
use crate::api;
use crate::json::{from_json, frozen};
use crate::kind::ScriptKind;
use crate::load::{Code, Module, Source};
use crate::run::current;
use crate::vm::Vm;

/// The globals and modules of whoever ran before a script was entered.
type Outer = (Option<Table>, Option<Table>);

/// The natives; `vm` is the machine they are for.
pub(super) fn natives(vm: &Rc<Vm>, scripts_dir: PathBuf) -> Result<Table> {
    let lua = vm.lua();
    let host = api::natives(lua)?;
    let outer = Rc::new(RefCell::new(Vec::<Outer>::new()));
    let (machine, entered) = (Rc::downgrade(vm), outer.clone());
    host.raw_set(
        "enter",
        lua.create_function(move |_, (kind, name): (String, String)| {
            enter(&machine, &scripts_dir, &entered, &kind, &name)
        })?,
    )?;
    host.raw_set(
        "leave",
        lua.create_function(move |_, ()| {
            leave(&outer);
            Ok(())
        })?,
    )?;
    host.raw_set("raised", lua.create_function(|_, ()| Ok(raised()))?)?;
    // `table.freeze` refuses tables whose metatable is hidden.
    host.raw_set(
        "seal",
        lua.create_function(|_, table: Table| {
            table.set_readonly(true);
            Ok(table)
        })?,
    )?;
    host.raw_set(
        "waited",
        lua.create_function(|_, ()| {
            if let Some(run) = current() {
                run.waited();
            }
            Ok(())
        })?,
    )?;
    host.raw_set(
        "unknown_of",
        lua.create_function(|_, (noun, name, known): (String, String, Table)| {
            let mut known: Vec<String> = known
                .pairs::<Value, Value>()
                .flatten()
                .filter_map(|(key, value)| match (key, value) {
                    (Value::String(key), _) => Some(key.to_string_lossy()),
                    (_, Value::String(word)) => Some(word.to_string_lossy()),
                    _ => None,
                })
                .collect();
            known.sort();
            Ok(unknown(&noun, &name, known.iter().map(String::as_str)))
        })?,
    )?;
    host.raw_set("show", lua.create_function(|_, given: Value| Ok(api::show(&given)))?)?;
    host.raw_set(
        "seconds",
        lua.create_function(|_, given: Value| Ok(api::span(&given).map(|span| span.as_secs_f64())))?,
    )?;
    host.raw_set("copy", lua.create_function(|lua, given: Value| copy(lua, &given, from_json))?)?;
    host.raw_set("frozen", lua.create_function(|lua, given: Value| copy(lua, &given, frozen))?)?;
    host.raw_set("keep", lua.create_function(|lua, (key, given): (String, Value)| keep(lua, &key, &given))?)?;
    host.raw_set(
        "params",
        lua.create_function(|lua, (declared, given): (Value, Value)| params(lua, &declared, &given))?,
    )?;
    host.raw_set(
        "request",
        lua.create_function(|lua, (method, url, options): (LuaString, Value, Value)| {
            request(lua, &method.to_string_lossy(), &url, &options)
        })?,
    )?;
    host.raw_set("instant", lua.create_function(|_, text: Value| Ok(instant(&text)))?)?;
    host.raw_set(
        "time",
        lua.create_function(|lua, (at, what): (f64, LuaString)| {
            let now = SignedDuration::try_from_secs_f64(at)
                .ok()
                .and_then(|since| Timestamp::UNIX_EPOCH.checked_add(since).ok())
                .unwrap_or(Timestamp::MAX);
            api::show_time(lua, now, &what.to_string_lossy())
        })?,
    )?;
    Ok(host)
}

/// The function that evaluates a script in globals of its own, those globals, or why
/// there is none.
fn enter(
    machine: &Weak<Vm>,
    scripts_dir: &std::path::Path,
    outer: &RefCell<Vec<Outer>>,
    kind: &str,
    name: &str,
) -> Result<(Option<Function>, Option<Table>, Option<String>)> {
    let problem = |why: String| Ok((None, None, Some(why)));
    let (Some(vm), Some(run)) = (machine.upgrade(), current()) else {
        return problem("tests run in a test only".into());
    };
    let Some(kind) = ScriptKind::ALL.into_iter().find(|known| known.word() == kind) else {
        return problem(format!("there is no kind of script called {kind}"));
    };
    let source = match find::script(scripts_dir, kind, name) {
        Ok(path) => Source::read(&path, scripts_dir).map_err(|error| error.to_string()),
        Err(why) => Err(why),
    };
    let module = source.and_then(|source| {
        let code = Code::compile(&source.display, &source.text).map_err(|error| error.to_string())?;
        let library = run.module.library.clone();
        Ok(Module { display: source.display, code: Arc::new(code), library })
    });
    let module = match module {
        Ok(module) => module,
        Err(why) => return problem(why),
    };
    outer.borrow_mut().push((run.env.take(), run.loaded.take()));
    let chunk = vm.prepare(&module, &run)?;
    let env = run.env.borrow().clone();
    if let Some(env) = &env {
        // So that `print` may be another than the machine's.
        env.set_safeenv(false);
    }
    Ok((Some(chunk), env, None))
}

fn leave(outer: &RefCell<Vec<Outer>>) {
    if let (Some((env, loaded)), Some(run)) = (outer.borrow_mut().pop(), current()) {
        *run.env.borrow_mut() = env;
        *run.loaded.borrow_mut() = loaded;
    }
}

/// What was raised last: the message, and the calls that led there.
fn raised() -> (Option<String>, Option<String>) {
    let raised = current().and_then(|run| run.raised.borrow_mut().take());
    raised.map_or((None, None), |raised| (Some(raised.message), Some(raised.traceback)))
}
