//! What `testing.luau` takes from the host: scripts to run, and the checks that the
//! engine makes.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use lariat_core::kv::{MAX_VALUE_BYTES, check_limits};
use lariat_core::params::ParamSpecs;
use mlua::{Function, Lua, LuaString, Result, Table, Value};
use reqwest::Method;
use serde_json::{Map, Value as Json, json};

use super::find;
use crate::api;
use crate::json::{Limits, from_json, frozen, to_json};
use crate::kind::ScriptKind;
use crate::load::{Code, Module, Source};
use crate::run::current;
use crate::vm::Vm;

const LIMITS: Limits = Limits { bytes: 4 << 20, depth: 64 };

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

/// A value that went through JSON, as everything does on its way to a script.
fn copy(
    lua: &Lua,
    given: &Value,
    back: impl Fn(&Lua, &Json) -> Result<Value>,
) -> Result<(Value, Option<String>)> {
    if given.is_nil() {
        return Ok((Value::Nil, None));
    }
    match to_json(given, LIMITS) {
        Ok(json) => Ok((back(lua, &json)?, None)),
        Err(problem) => Ok((Value::Nil, Some(problem.to_string()))),
    }
}

fn keep(lua: &Lua, key: &str, given: &Value) -> Result<(Value, Option<String>)> {
    let json = match to_json(given, Limits { bytes: MAX_VALUE_BYTES * 2, depth: 64 }) {
        Ok(json) => json,
        Err(problem) => return Ok((Value::Nil, Some(format!("the value can't be kept: {problem}")))),
    };
    match check_limits(key, &json) {
        Err(limit) => Ok((Value::Nil, Some(limit.to_string()))),
        Ok(()) if json.is_null() => Ok((Value::Nil, None)),
        Ok(()) => Ok((from_json(lua, &json)?, None)),
    }
}

fn params(lua: &Lua, declared: &Value, given: &Value) -> Result<(Value, Option<String>)> {
    let object = |value: &Value| match to_json(value, LIMITS) {
        Ok(Json::Object(fields)) => Ok(fields),
        Ok(Json::Array(items)) if items.is_empty() => Ok(Map::new()),
        Ok(Json::Null) => Ok(Map::new()),
        Ok(_) => Err("params takes a table with names".to_owned()),
        Err(problem) => Err(format!("params: {problem}")),
    };
    let checked = object(declared).and_then(|mut specs| {
        for spec in specs.values_mut() {
            empty_lists(spec);
        }
        let specs: ParamSpecs =
            serde_json::from_value(Json::Object(specs)).map_err(|error| error.to_string())?;
        let mut given = object(given)?;
        for (name, value) in &mut given {
            let list =
                specs.0.get(name).is_some_and(|spec| spec.kind == lariat_core::params::ParamKind::List);
            if list && value.as_object().is_some_and(Map::is_empty) {
                *value = Json::Array(Vec::new());
            }
        }
        specs
            .check("params", &given)
            .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    });
    match checked {
        Ok(values) => Ok((frozen(lua, &Json::Object(values))?, None)),
        Err(problem) => Ok((Value::Nil, Some(problem))),
    }
}

/// Lua writes an empty list as an empty table.
fn empty_lists(spec: &mut Json) {
    let list = spec.get("type").and_then(Json::as_str) == Some("list");
    if let Some(default) = spec.get_mut("default").filter(|default| list && **default == json!({})) {
        *default = Json::Array(Vec::new());
    }
}

/// `{ method, url, headers, body, json, timeout }`, or what is wrong with the call.
fn request(lua: &Lua, method: &str, url: &Value, options: &Value) -> Result<(Value, Option<String>)> {
    let method = if method == "POST" { Method::POST } else { Method::GET };
    let request = match api::request(method, url, options) {
        Ok(request) => request,
        Err(problem) => return Ok((Value::Nil, Some(problem))),
    };
    let headers: Map<String, Json> = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), json!(String::from_utf8_lossy(value.as_bytes()))))
        .collect();
    let mut told = json!({
        "method": request.method.as_str(),
        "url": url.as_string().map(|url| url.to_string_lossy()),
        "headers": headers,
        "timeout": request.timeout.as_secs_f64(),
    });
    if let (Some(body), Some(fields)) = (&request.body, told.as_object_mut()) {
        fields.insert("body".into(), json!(String::from_utf8_lossy(body)));
        let is_json = headers.get("content-type").is_some_and(|kind| kind == "application/json");
        if let Some(json) = serde_json::from_slice(body).ok().filter(|_| is_json) {
            fields.insert("json".into(), json);
        }
    }
    Ok((from_json(lua, &told)?, None))
}

/// Seconds since 1970 of a time in a zone or of a local one; nothing when it is none.
fn instant(text: &Value) -> Option<f64> {
    let text = text.as_string()?.to_string_lossy();
    let at = text.parse::<Timestamp>().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        TimeZone::system().to_timestamp(local).ok()
    })?;
    Some(at.as_duration().as_secs_f64())
}
