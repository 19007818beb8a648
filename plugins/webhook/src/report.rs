//! What a report says.

use lariat_sdk::{HookCall, Value, json};

use crate::hook::Config;

/// The event's name, and the report's body. Of the plan, only what says nothing about accounts
/// and how they are worked on.
pub(crate) fn of(call: &HookCall<Config>) -> (&'static str, Value) {
    let up = call.point == "after:launch_bots";
    let event = match (up, &call.failure) {
        (true, _) => "launch.started",
        (false, None) => "launch.ended",
        (false, Some(_)) => "launch.failed",
    };
    let plan = |name: &str| call.plan.get(name).cloned().unwrap_or_default();
    let body = json!({
        "event": event, "launch_id": call.launch_id, "group": call.group, "text": text(event, call),
        "routine": plan("routine"), "pool": plan("account_pool"), "bots": plan("bot_count"),
        "instances": call.instances, "completed": call.completed, "failure": call.failure,
    });
    (event, body)
}

/// One line for people, which chat programs show.
fn text(event: &str, call: &HookCall<Config>) -> String {
    let group = &call.group;
    let bots = call.plan.get("bot_count").and_then(Value::as_u64).unwrap_or(0);
    match event {
        "launch.started" => format!("{group}: launched, {bots} bots"),
        "launch.ended" => format!("{group}: the launch ended"),
        _ => {
            let failure = call.failure.as_ref();
            let first = failure.and_then(|failure| failure.get("messages")?.get(0)?.as_str());
            format!("{group}: the launch failed: {}", first.unwrap_or("for an unknown reason"))
        }
    }
}
