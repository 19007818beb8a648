//! What a routine returned, as an outcome.

use lariat_core::outcome::{Outcome, RunResult};
use lariat_core::routine::RoutineError;
use mlua::Value;
use serde_json::Value as Json;

use crate::json::{Limits, to_json};
use crate::secrets::Secrets;

/// Reads what the prelude's `run` returned: a kind, and a value.
pub(super) fn read(
    kind: &str,
    value: &Value,
    file: &str,
    max_bytes: usize,
    secrets: &Secrets,
) -> Result<Outcome, RoutineError> {
    let reason = || secrets.mask(value.as_string().map(|text| text.to_string_lossy()).unwrap_or_default());
    match kind {
        "done" => result(value, file, max_bytes).map(|result| Outcome::Completed(masked(result, secrets))),
        "fail" => Ok(Outcome::Failed { reason: reason() }),
        "skip" => Ok(Outcome::Skipped { reason: reason() }),
        "give_back" => Ok(Outcome::Returned { reason: reason() }),
        _ => Err(raised(format!(
            "{file}: run(ctx) returned a {}; it returns a table (the result), nothing, or what lariat.done, lariat.fail, lariat.skip or lariat.give_back made",
            reason()
        ))),
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
fn masked(result: RunResult, secrets: &Secrets) -> RunResult {
    match secrets.mask_json(Json::Object(result)) {
        Json::Object(fields) => fields,
        _ => RunResult::new(),
    }
}

fn raised(message: String) -> RoutineError {
    RoutineError::Raised { message, traceback: None }
}
