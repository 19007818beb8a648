//! What a routine's run is given, and its outcome.

use lariat_core::outcome::{Outcome, RunResult};
use lariat_core::routine::{RoutineError, RoutineRun};
use mlua::{Lua, Table, Value};
use serde_json::Value as Json;

use super::Returned;
use crate::json::{Limits, from_json_frozen, to_json};

pub(super) fn fill(run: &RoutineRun, lua: &Lua, ctx: &Table) -> mlua::Result<()> {
    ctx.raw_set("params", from_json_frozen(lua, &run.params)?)?;
    ctx.raw_set("group", run.group.as_str())?;
    ctx.raw_set("instance", run.instance.0)?;
    ctx.raw_set("launch_id", run.launch.to_string())?;
    if let Some(account) = &run.account {
        ctx.raw_set("account", from_json_frozen(lua, &account.reveal())?)?;
    }
    Ok(())
}

/// Reads what the prelude returned: a kind, and a value.
pub(super) fn read(returned: &Returned<'_>) -> Result<Outcome, RoutineError> {
    let reason = || returned.text();
    match returned.kind {
        "done" => result(returned.value, returned.file, returned.budgets.result)
            .map(|result| Outcome::Completed(masked(result, returned))),
        "fail" => Ok(Outcome::Failed { reason: reason() }),
        "skip" => Ok(Outcome::Skipped { reason: reason() }),
        "give_back" => Ok(Outcome::Returned { reason: reason() }),
        _ => Err(returned.wrong(
            "run(ctx)",
            format_args!(
                "returned {}; it returns a table (the result), nothing, or what lariat.done, lariat.fail, lariat.skip or lariat.give_back made",
                reason()
            ),
        )),
    }
}

fn result(value: &Value, file: &str, max_bytes: usize) -> Result<RunResult, RoutineError> {
    let json = to_json(value, Limits { bytes: max_bytes, depth: 32 }).map_err(|problem| {
        raised(format!("{file}: run(ctx) returned a result that can't be kept: {problem}"))
    })?;
    match json {
        Json::Null => Ok(RunResult::new()),
        Json::Object(fields) => Ok(fields),
        Json::Array(items) if items.is_empty() => Ok(RunResult::new()),
        _ => Err(raised(format!(
            "{file}: run(ctx) returned a list; a result has names, as in {{ packs_opened = 3 }}"
        ))),
    }
}

/// A result is kept and shown: what is secret has no place in it.
fn masked(result: RunResult, returned: &Returned<'_>) -> RunResult {
    match returned.secrets.mask_json(Json::Object(result)) {
        Json::Object(fields) => fields,
        _ => RunResult::new(),
    }
}

fn raised(message: String) -> RoutineError {
    RoutineError::Raised { message, traceback: None }
}
