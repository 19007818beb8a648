//! `ctx.store`: a few durable values of this extension.

use lariat_core::kv::{MAX_VALUE_BYTES, check_limits};
use mlua::{Lua, Result, Table, Value};

use super::{Answer, Caller, caller, failure, misuse, value};
use crate::json::{Limits, from_json, to_json};

const GONE: &str = "the engine is shutting down";

pub(super) fn add(lua: &Lua, host: &Table) -> Result<()> {
    host.raw_set("store_get", lua.create_async_function(|lua, key: Value| get(lua, key))?)?;
    host.raw_set(
        "store_set",
        lua.create_async_function(|_, (key, new): (Value, Value)| async move { Ok(set(key, new).await) })?,
    )?;
    host.raw_set("store_keys", lua.create_async_function(|lua, ()| keys(lua))?)?;
    Ok(())
}

async fn get(lua: Lua, key: Value) -> Result<Answer> {
    let (caller, key) = match who("get(key)", &key) {
        Ok(both) => both,
        Err(problem) => return Ok(misuse(problem)),
    };
    let Some(service) = caller.service() else { return Ok(failure(GONE)) };
    let (kv, who) = (service.kv.clone(), service.who.clone());
    let found = service.on_engine(async move { kv.get(&who.owner, &key).await }).await;
    caller.0.waited();
    Ok(match found {
        None => failure(GONE),
        Some(Err(error)) => failure(error),
        Some(Ok(None)) => value(Value::Nil),
        Some(Ok(Some(json))) => value(from_json(&lua, &json)?),
    })
}

async fn set(key: Value, new: Value) -> Answer {
    let (caller, key) = match who("set(key, value)", &key) {
        Ok(both) => both,
        Err(problem) => return misuse(problem),
    };
    let json = match to_json(&new, Limits { bytes: MAX_VALUE_BYTES * 2, depth: 64 }) {
        Ok(json) => json,
        Err(problem) => return failure(format!("the value can't be kept: {problem}")),
    };
    if let Err(limit) = check_limits(&key, &json) {
        return failure(limit);
    }
    let Some(service) = caller.service() else { return failure(GONE) };
    let (kv, who) = (service.kv.clone(), service.who.clone());
    let kept = service.on_engine(async move { kv.set(&who.owner, &key, json).await }).await;
    caller.0.waited();
    match kept {
        None => failure(GONE),
        Some(Err(error)) => failure(error),
        Some(Ok(())) => value(Value::Boolean(true)),
    }
}

async fn keys(lua: Lua) -> Result<Answer> {
    let caller = match caller() {
        Ok(caller) => caller,
        Err(problem) => return Ok(misuse(problem)),
    };
    let Some(service) = caller.service() else { return Ok(failure(GONE)) };
    let (kv, who) = (service.kv.clone(), service.who.clone());
    let found = service.on_engine(async move { kv.keys(&who.owner).await }).await;
    caller.0.waited();
    Ok(match found {
        None => failure(GONE),
        Some(Err(error)) => failure(error),
        Some(Ok(keys)) => value(Value::Table(lua.create_sequence_from(keys)?)),
    })
}

fn who(what: &str, key: &Value) -> std::result::Result<(Caller, String), String> {
    let key = match key {
        Value::String(key) => key.to_str().map(|key| key.to_owned()).ok(),
        _ => None,
    };
    match (caller(), key) {
        (Err(problem), _) => Err(problem.to_owned()),
        (Ok(caller), Some(key)) => Ok((caller, key)),
        (Ok(_), None) => Err(format!("ctx.store:{what} takes a text as key")),
    }
}
