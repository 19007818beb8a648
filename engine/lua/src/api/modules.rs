//! What `require` finds: the modules of `scripts/lib/`, as they were when the
//! routine was loaded.

use mlua::{Function, Lua, Result, Table, Value};

use super::show;
use crate::run::current;
use crate::vm::chunk_of;

pub(super) fn add(lua: &Lua, host: &Table) -> Result<()> {
    host.raw_set("loaded", lua.create_function(|lua, ()| loaded(lua))?)?;
    host.raw_set("module", lua.create_function(|lua, name: Value| module(lua, &name))?)?;
    Ok(())
}

/// The modules that this run has evaluated already.
fn loaded(lua: &Lua) -> Result<Table> {
    let Some(run) = current() else { return lua.create_table() };
    let mut slot = run.loaded.borrow_mut();
    match &*slot {
        Some(table) => Ok(table.clone()),
        None => Ok(slot.insert(lua.create_table()?).clone()),
    }
}

/// The function that evaluates a module in this run, or what is wrong.
fn module(lua: &Lua, name: &Value) -> Result<(Option<Function>, Option<String>)> {
    let problem = |problem: String| Ok((None, Some(problem)));
    let Value::String(text) = name else {
        return problem(format!("require(name) takes a text, the name of a module; got {}", show(name)));
    };
    let Some(run) = current() else { return problem("require works in scripts only".into()) };
    match run.module.library.find(&text.to_string_lossy()) {
        Err(why) => problem(why),
        Ok(code) => {
            let chunk = chunk_of(lua, code)?;
            if let Some(env) = run.env.borrow().as_ref() {
                chunk.set_environment(env.clone())?;
            }
            Ok((Some(chunk), None))
        }
    }
}
