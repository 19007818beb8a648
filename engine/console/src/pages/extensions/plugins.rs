//! Native plugins: loaded again, and used again after a quarantine.

use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::Value;

use super::{text, with};
use crate::pages::frame::{Frame, Tone, redirect};
use crate::pages::parts::{badge, href, post};
use crate::{PluginOrder, Reloaded, ServiceError};

pub(super) fn table(frame: &Frame, rows: &[Value]) -> Markup {
    html! {
        div.table tabindex="0" role="region" aria-label="Native plugins" { table.listed {
            thead { tr { th scope="col" { "Plugin" } th scope="col" { "State" } th.number scope="col" { "Generation" } th scope="col" { "Library" } th scope="col" { "What to do" } } }
            tbody { @for row in rows { (one(frame, row)) } }
        } }
    }
}

fn one(frame: &Frame, row: &Value) -> Markup {
    let (id, state, error) = (text(row, "id"), text(row, "state"), text(row, "error"));
    let to = |verb: &str| href(&["extensions", "plugins", &id, verb]);
    html! {
        tr data-key={ "plugin-" (id) } {
            th scope="row" {
                (id) " " (text(row, "version"))
                @if !text(row, "description").is_empty() { p.small.muted { (text(row, "description")) } }
            }
            td.nowrap { (badge(&state)) }
            td.number { (text(row, "generation")) }
            td.text { code { (text(row, "library")) } }
            td { @match state.as_str() {
                "quarantined" => (post(&to("lift"), &format!("Use {id} again"), "primary", frame.may_change)),
                "ready" | "stale" => (post(&to("reload"), &format!("Reload {id}"), "", frame.may_change)),
                _ => {}
            } }
        }
        // A row of its own, as wide as the table: beside the name it would be a narrow column.
        @if !error.is_empty() {
            tr data-key={ "why-" (id) } { td colspan="5" { pre { (error) } } }
        }
    }
}

/// `POST /extensions/plugins/{id}/reload`
pub(super) async fn reload(frame: Frame, Path(id): Path<String>) -> Response {
    let done = frame.shared.service.plugin(&id, PluginOrder::Reload).await;
    let nothing = format!("{id}: its library is the one that is in force already.");
    told(&frame, done, nothing).await
}

/// `POST /extensions/plugins/{id}/lift`
pub(super) async fn lift(frame: Frame, Path(id): Path<String>) -> Response {
    let done = frame.shared.service.plugin(&id, PluginOrder::Lift).await;
    told(&frame, done, format!("{id} is used again from now on.")).await
}

/// Back to the page with what came of it, or the page with why not.
async fn told(frame: &Frame, done: Result<Reloaded, ServiceError>, nothing: String) -> Response {
    let done = match done {
        Ok(done) => done,
        Err(error) => return with(frame, Some(&error)).await,
    };
    let tone = if done.problems.is_empty() { Tone::Good } else { Tone::Warning };
    let mut lines: Vec<String> = done.reloaded.iter().map(|it| format!("{it} is in force.")).collect();
    lines.extend(done.removed.iter().map(|it| format!("{it} is gone.")));
    lines.extend(done.problems);
    let lines = if lines.is_empty() { nothing } else { lines.join("\n") };
    redirect("/extensions", tone, &lines)
}
