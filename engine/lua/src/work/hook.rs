//! What a hook is given, and its verdict.

use lariat_core::duration::Span;
use lariat_core::hook::{HookCall, Verdict};
use lariat_core::ids::InstanceId;
use lariat_core::routine::RoutineError;
use mlua::{Lua, Table, Value};
use serde_json::Value as Json;

use super::Returned;
use crate::json::{Limits, frozen, to_json};

/// How large a patch may be.
const PATCH: Limits = Limits { bytes: 256 << 10, depth: 32 };
const FUNCTION: &str = "run(ctx)";

pub(super) fn fill(call: &HookCall, lua: &Lua, ctx: &Table) -> mlua::Result<()> {
    let fields = serde_json::to_value(call).map_err(mlua::Error::external)?;
    for (name, field) in fields.as_object().into_iter().flatten().filter(|(_, field)| !field.is_null()) {
        ctx.raw_set(name.as_str(), frozen(lua, field)?)?;
    }
    ctx.raw_set("phase", call.point.phase.as_str())?;
    ctx.raw_set("moment", call.point.moment.as_str())
}

/// Reads what the prelude returned: the verdict's kind, and the verdict as a table.
pub(super) fn read(returned: &Returned<'_>) -> Result<Verdict, RoutineError> {
    if returned.kind == "continue" {
        return Ok(Verdict::Continue);
    }
    let accepted = || {
        returned.wrong(
            FUNCTION,
            format_args!(
                "returned {}; it returns nothing to go on, or what lariat.patch, lariat.deny, lariat.skip_instance or lariat.retry made",
                returned.text()
            ),
        )
    };
    let Value::Table(verdict) = returned.value else { return Err(accepted()) };
    let field = |name: &str| verdict.raw_get::<Value>(name).unwrap_or(Value::Nil);
    let reason = || {
        let reason = field("reason").as_string().map(|text| text.to_string_lossy()).unwrap_or_default();
        returned.secrets.mask(reason)
    };
    match returned.kind {
        "patch" => match to_json(&field("patch"), PATCH) {
            Ok(Json::Object(patch)) => Ok(Verdict::Patch { patch }),
            Ok(_) => Err(returned.wrong(
                FUNCTION,
                "returned a patch that is a list; a patch has fields of the plan by name, as in lariat.patch { bot_count = 1 }",
            )),
            Err(problem) => {
                Err(returned.wrong(FUNCTION, format_args!("returned a patch that can't be used: {problem}")))
            }
        },
        "deny" => Ok(Verdict::Deny { reason: reason() }),
        "skip_instance" => to_json(&field("instance"), PATCH)
            .ok()
            .and_then(|id| serde_json::from_value::<InstanceId>(id).ok())
            .map(|instance| Verdict::SkipInstance { instance, reason: reason() })
            .ok_or_else(|| returned.wrong(FUNCTION, "skips an instance whose id isn't a number from 0 on")),
        "retry" => crate::api::span(&field("after"))
            .map(|after| Verdict::Retry { after: Span::from(after), reason: reason() })
            .ok_or_else(|| returned.wrong(FUNCTION, "asks for a retry after something that isn't a duration")),
        _ => Err(accepted()),
    }
}
