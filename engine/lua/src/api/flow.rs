//! `ctx:sleep`, `ctx:progress`, `ctx:stopping`.

use std::time::Duration;

use lariat_core::duration::Span;
use mlua::{Lua, Result, Table, Value};

use super::{Answer, caller, misuse, show, value};
use crate::run::with_service;
use crate::work::Work;

pub(super) fn add(lua: &Lua, host: &Table) -> Result<()> {
    host.raw_set(
        "sleep",
        lua.create_async_function(|_, duration: Value| async move { Ok(sleep(duration).await) })?,
    )?;
    host.raw_set("progress", lua.create_function(|_, (current, total)| Ok(progress(&current, &total)))?)?;
    host.raw_set("is_span", lua.create_function(|_, given: Value| Ok(span(&given).is_some()))?)?;
    host.raw_set("stopping", lua.create_function(|_, ()| Ok(stopping()))?)?;
    Ok(())
}

async fn sleep(duration: Value) -> Answer {
    let caller = match caller() {
        Ok(caller) => caller,
        Err(problem) => return misuse(problem),
    };
    match span(&duration) {
        Some(duration) if duration.is_zero() => tokio::task::yield_now().await,
        Some(duration) => tokio::time::sleep(duration).await,
        None => {
            return misuse(format!(
                "ctx:sleep(duration) takes a duration such as \"50ms\" or a number of seconds; got {}",
                show(&duration)
            ));
        }
    }
    caller.0.waited();
    value(Value::Nil)
}

/// A duration as scripts write it.
pub(crate) fn span(duration: &Value) -> Option<Duration> {
    let text = match duration {
        Value::String(text) => text.to_str().ok()?.to_owned(),
        Value::Integer(seconds) => seconds.to_string(),
        Value::Number(seconds) => seconds.to_string(),
        _ => return None,
    };
    text.parse::<Span>().ok().map(Span::as_duration)
}

fn progress(current: &Value, total: &Value) -> Option<String> {
    let (Some(done), Some(all)) = (number(current), number(total)) else {
        let (current, total) = (show(current), show(total));
        return Some(format!("ctx:progress(done, total) takes two numbers; got {current} and {total}"));
    };
    with_service(|service| match &service.work {
        Work::Routine(run) => run.progress.report(done, all),
        Work::Pool(_) | Work::Hook(_) | Work::Provider(_) => {}
    });
    None
}

#[allow(clippy::cast_precision_loss)]
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Number(number) => Some(*number).filter(|number| number.is_finite()),
        _ => None,
    }
}

fn stopping() -> bool {
    with_service(|service| match &service.work {
        Work::Routine(run) => run.stopping.is_cancelled(),
        // Nobody asks these: who doesn't wait for them any more has them stopped.
        Work::Pool(_) | Work::Hook(_) | Work::Provider(_) => false,
    })
    .unwrap_or(false)
}
