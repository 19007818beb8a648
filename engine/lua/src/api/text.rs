//! `ctx.json` and `ctx.clock`.

use jiff::tz::TimeZone;
use mlua::{Lua, Result, Table, Value};

use super::{Answer, caller, failure, misuse, show, value};
use crate::json::{Limits, from_json, to_json};

/// How large a JSON text may be, either way.
const LIMITS: Limits = Limits { bytes: 4 << 20, depth: 100 };

pub(super) fn add(lua: &Lua, host: &Table) -> Result<()> {
    host.raw_set("encode", lua.create_function(|_, given: Value| Ok(encode(&given)))?)?;
    host.raw_set("decode", lua.create_function(|lua, text: Value| decode(lua, &text))?)?;
    host.raw_set(
        "clock",
        lua.create_function(|lua, what: mlua::LuaString| clock(lua, &what.to_string_lossy()))?,
    )?;
    Ok(())
}

fn encode(given: &Value) -> (Option<String>, Option<String>) {
    match to_json(given, LIMITS) {
        Ok(json) => (Some(json.to_string()), None),
        Err(problem) => (None, Some(format!("can't be encoded as JSON: {problem}"))),
    }
}

fn decode(lua: &Lua, text: &Value) -> Result<Answer> {
    let Value::String(text) = text else {
        return Ok(misuse(format!("ctx.json:decode(text) takes a text; got {}", show(text))));
    };
    let bytes = text.as_bytes();
    if bytes.len() > LIMITS.bytes {
        return Ok(failure(format!("is {} bytes of JSON; at most {} are read", bytes.len(), LIMITS.bytes)));
    }
    Ok(match serde_json::from_slice(&bytes) {
        Ok(json) => value(from_json(lua, &json)?),
        Err(error) => failure(format!("is not JSON: {error}")),
    })
}

fn clock(lua: &Lua, what: &str) -> Result<Value> {
    let now = caller()
        .ok()
        .and_then(|caller| caller.service().map(|service| service.clock.now()))
        .unwrap_or_else(jiff::Timestamp::now);
    show_time(lua, now, what)
}

/// A time as a function of `ctx.clock` gives it.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn show_time(lua: &Lua, now: jiff::Timestamp, what: &str) -> Result<Value> {
    let local = || now.to_zoned_datetime(TimeZone::system());
    Ok(match what {
        "iso" => {
            let whole = jiff::Timestamp::from_second(now.as_second()).unwrap_or(now);
            Value::String(lua.create_string(whole.to_string())?)
        }
        "hour" => Value::Number(f64::from(local().hour())),
        "weekday" => Value::Number(f64::from(local().weekday().to_monday_one_offset())),
        "date" => Value::String(lua.create_string(local().date().to_string())?),
        _ => Value::Number(now.as_millisecond() as f64 / 1000.0),
    })
}
