//! The native half of what scripts see; the other half is `prelude.luau`, which
//! raises what is wrong with a call at the script's own line.
//!
//! | file | functions |
//! |---|---|
//! | [`flow`] | `ctx:sleep`, `ctx:progress`, `ctx:stopping` |
//! | [`harvest`] | the accounts that `fetch` gives |
//! | [`launch`] | `ctx:report`, `ctx:scale` |
//! | [`read`] | `ctx:read_file`, `ctx:read_lines`, `ctx.pools` |
//! | [`say`] | `ctx.log`, `print` |
//! | [`store`] | `ctx.store` |
//! | [`text`] | `ctx.json`, `ctx.clock` |
//! | [`web`] | `ctx.http` |
//! | [`modules`] | `require` |
//! | [`large`] | `string.find` and `string.split` in large texts |

mod flow;
mod harvest;
mod large;
mod launch;
mod modules;
mod read;
mod say;
mod store;
mod text;
mod web;

use std::rc::Rc;

use mlua::{Lua, Result, Table, Value};

use crate::api_description::lariat_names;
use crate::interrupt;
use crate::names;
use crate::raised;
use crate::run::{Run, current};
use crate::service::Service;

pub(crate) use flow::span;
pub(crate) use text::show_time;
pub(crate) use web::request;

/// What a native that waits hands to the prelude: a value, why there is none, and
/// what is wrong with the call.
type Answer = (Value, Option<String>, Option<String>);

fn value(value: Value) -> Answer {
    (value, None, None)
}

fn failure(why: impl ToString) -> Answer {
    (Value::Nil, Some(why.to_string()), None)
}

fn misuse(problem: impl ToString) -> Answer {
    (Value::Nil, None, Some(problem.to_string()))
}

/// The run that calls, with the host's side of it.
struct Caller(Rc<Run>);

impl Caller {
    fn service(&self) -> Option<&Service> {
        self.0.service.as_ref()
    }
}

/// Whoever calls; an error when a file that is only being loaded does.
fn caller() -> std::result::Result<Caller, &'static str> {
    current()
        .filter(|run| run.service.is_some())
        .map(Caller)
        .ok_or("ctx works inside the functions that get it, not while a file is loaded")
}

/// All natives, as the prelude takes them.
pub(crate) fn natives(lua: &Lua) -> Result<Table> {
    let host = lua.create_table()?;
    host.raw_set("PENDING", Lua::poll_pending())?;
    host.raw_set("SLICE", interrupt::slice_marker())?;
    host.raw_set("NULL", Value::NULL)?;
    host.raw_set("VERSION", env!("CARGO_PKG_VERSION"))?;
    host.raw_set(
        "unknown",
        lua.create_function(|_, (table, name): (String, Value)| {
            let name = name.to_string().unwrap_or_default();
            Ok(names::problem(&table, &lariat_names(None), &name).unwrap_or(name))
        })?,
    )?;
    host.raw_set(
        "on_error",
        lua.create_function(|lua, error: Value| {
            if let Some(run) = current() {
                let read = raised::read(lua, &error);
                *run.raised.borrow_mut() = Some(read);
            }
            Ok(())
        })?,
    )?;
    flow::add(lua, &host)?;
    harvest::add(lua, &host)?;
    launch::add(lua, &host)?;
    read::add(lua, &host)?;
    say::add(lua, &host)?;
    store::add(lua, &host)?;
    text::add(lua, &host)?;
    web::add(lua, &host)?;
    modules::add(lua, &host)?;
    large::add(lua, &host)?;
    Ok(host)
}

/// A value in the words of an error message.
pub(crate) fn show(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let mut text = text.to_string_lossy();
            raised::cut(&mut text, 60);
            format!("{text:?}")
        }
        Value::Integer(_) | Value::Number(_) | Value::Boolean(_) => value.to_string().unwrap_or_default(),
        other => names::type_of(other).to_owned(),
    }
}
