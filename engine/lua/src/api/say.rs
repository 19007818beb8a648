//! `ctx.log` and `print`.

use mlua::{Lua, Result, Table, Value};

use super::{caller, show};
use crate::json::{Limits, to_json};
use crate::log::{Level, log};
use crate::raised::cut;
use crate::run::current;

pub(super) fn add(lua: &Lua, host: &Table) -> Result<()> {
    host.raw_set(
        "log",
        lua.create_function(|_, (level, message, fields): (mlua::LuaString, Value, Value)| {
            Ok(say(&level.to_string_lossy(), &message, &fields))
        })?,
    )
}

fn say(level: &str, message: &Value, fields: &Value) -> Option<String> {
    let mut text = match message {
        Value::String(text) => text.to_string_lossy(),
        Value::Integer(_) | Value::Number(_) | Value::Boolean(_) => message.to_string().unwrap_or_default(),
        other => {
            let got = show(other);
            return Some(format!("ctx.log:{level}(message, fields) takes a text to log; got {got}"));
        }
    };
    let fields = match fields {
        Value::Nil => None,
        Value::Table(_) => Some(fields),
        other => {
            let got = show(other);
            return Some(format!(
                "ctx.log:{level}(message, fields) takes a table of fields or nothing; got {got}"
            ));
        }
    };
    let run = current()?;
    // A file that is being loaded has nobody to talk to.
    let caller = caller().ok()?;
    let service = caller.service()?;
    let limits = Limits { bytes: run.budgets().log_bytes, depth: 16 };
    cut(&mut text, limits.bytes);
    let fields = fields.map(|fields| {
        to_json(fields, limits)
            .unwrap_or_else(|problem| serde_json::json!({"not_logged": problem.to_string()}))
    });
    log(service, Level::named(level), text, fields);
    None
}
