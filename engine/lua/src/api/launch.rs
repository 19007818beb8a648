//! `ctx:report` and `ctx:scale`: the launch that a hook belongs to.

use std::sync::Arc;

use lariat_core::hook::LaunchControl;
use mlua::{Lua, Result, Table, Value};

use super::{Answer, Caller, caller, failure, misuse, show, value};
use crate::json::frozen;
use crate::work::Work;

/// Most bots that may be asked for, as for a group.
const MAX_BOTS: f64 = 1_000_000.0;

pub(super) fn add(lua: &Lua, host: &Table) -> Result<()> {
    host.raw_set("report", lua.create_async_function(|lua, ()| report(lua))?)?;
    host.raw_set("scale", lua.create_async_function(|_, bots: Value| async move { Ok(scale(bots).await) })?)
}

/// The launch, or why there is none.
fn launch(caller: &Caller) -> std::result::Result<Arc<dyn LaunchControl>, &'static str> {
    match caller.service().map(|service| &service.work) {
        Some(Work::Hook(call)) => {
            call.launch.clone().ok_or("there is no launch yet: this is a plan that is tried")
        }
        _ => Err("there is no launch here"),
    }
}

async fn report(lua: Lua) -> Result<Answer> {
    let caller = match caller() {
        Ok(caller) => caller,
        Err(problem) => return Ok(misuse(problem)),
    };
    let launch = match launch(&caller) {
        Ok(launch) => launch,
        Err(why) => return Ok(failure(why)),
    };
    let report = serde_json::to_value(launch.report()).map_err(mlua::Error::external)?;
    Ok(value(frozen(&lua, &report)?))
}

async fn scale(bots: Value) -> Answer {
    let caller = match caller() {
        Ok(caller) => caller,
        Err(problem) => return misuse(problem),
    };
    let Some(count) = whole(&bots) else {
        return misuse(format!("ctx:scale(bots) takes a number of bots, from 0 on; got {}", show(&bots)));
    };
    let launch = match launch(&caller) {
        Ok(launch) => launch,
        Err(why) => return failure(why),
    };
    let Some(service) = caller.service() else { return failure("the engine is shutting down") };
    let scaled = service.on_engine(async move { launch.scale(count).await }).await;
    caller.0.waited();
    match scaled {
        None => failure("the engine is shutting down"),
        Some(Err(why)) => failure(why),
        Some(Ok(running)) => value(Value::Number(f64::from(running))),
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(bots: &Value) -> Option<u32> {
    let number = match bots {
        Value::Integer(number) => f64::from(i32::try_from(*number).ok()?),
        Value::Number(number) => *number,
        _ => return None,
    };
    (number.fract() == 0.0 && (0.0..=MAX_BOTS).contains(&number)).then_some(number as u32)
}
