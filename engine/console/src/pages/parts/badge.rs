//! A state as a word with its colour.

use maud::{Markup, html};

/// The state's own word decides the colour; a word that isn't known is neutral.
pub(in crate::pages) fn badge(state: &str) -> Markup {
    let tone = match state {
        "running" | "in use" | "in_use" | "starting" | "waiting" => "in-use",
        "completed" | "succeeded" | "ready" | "ok" => "completed",
        "failed" | "quarantined" | "not ready" | "denied" | "unavailable" | "deny" | "error" | "timeout"
        | "fenced" => "failed",
        "stale" | "paused" | "restarting" | "retried" | "retry" | "patch" => "caution",
        "skipped" | "stopped" | "returned" => "skipped",
        "available" => "available",
        _ => "plain",
    };
    html! { span class={ "badge " (tone) } { (state.replace('_', " ")) } }
}
