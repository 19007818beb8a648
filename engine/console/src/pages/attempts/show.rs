//! One run: how it ended, what the routine gave, what was logged.

use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::{Map, Value};

use super::list::problem;
use crate::pages::frame::{Frame, Page, Section};
use crate::pages::parts::{badge, clock, href, post, short};
use crate::{Code, Run, RunLog, ServiceError};

/// What of a log line isn't told again beside its message.
const TOLD: [&str; 9] =
    ["timestamp", "level", "message", "launch_id", "group", "instance", "account", "routine", "target"];

/// `GET /attempts/{id}`
pub(super) async fn page(frame: Frame, Path(id): Path<String>) -> Response {
    let missing = || ServiceError::new(Code::NotFound, format!("There is no run {id:?}."));
    let found = match id.parse() {
        Ok(number) => frame.shared.service.attempt(number).await,
        Err(_) => Err(missing()),
    };
    let shown = match found {
        Ok(shown) => shown,
        Err(error) => return problem(&frame, &error),
    };
    let run = &shown.run;
    let actions = html! {
        @if run.account.is_some() { (post(&href(&["attempts", &id, "retry"]), "Try again", "", frame.may_change)) }
    };
    let body = html! {
        section.card { header { h2 { "Run" } (badge(run.outcome.as_str())) } (facts(run)) }
        @if let Some(error) = &run.error { section.card.stack { h2 { "Reason" } pre { (error) } } }
        section.card.stack {
            h2 { "Result" }
            @if run.result.is_empty() { p.muted { "The routine gave none." } } @else {
                dl.facts { @for (name, value) in &run.result { dt { (name.replace('_', " ")) } dd { code { (value) } } } }
            }
        }
        section.card.stack { h2 { "Log" } (log(&shown.log)) }
    };
    Page::new(Section::Attempts, format!("Run {id}"))
        .under("/attempts", "Attempts")
        .actions(actions)
        .body(body)
        .show(&frame)
}

fn facts(run: &Run) -> Markup {
    html! {
        dl.facts {
            @if let Some(account) = &run.account { dt { "Account" } dd { a href=(href(&["accounts", account.as_str()])) { (account) } } }
            @if let Some(pool) = &run.pool { dt { "Pool" } dd { a href=(href(&["pools", pool.as_str()])) { (pool) } } }
            dt { "Group" } dd { a href=(href(&["groups", run.group.as_str()])) { (run.group) } }
            dt { "Instance" } dd { (run.instance) }
            dt { "Routine" } dd { (run.routine) " " span.muted { "generation " (run.generation) } }
            dt { "Began" } dd { (clock(run.started)) }
            dt { "Took" } dd { (short(run.started, Some(run.ended))) }
            dt { "Launch" } dd { a href={ "/attempts?launch=" (run.launch_id) } { (run.launch_id) } }
        }
    }
}

fn log(log: &RunLog) -> Markup {
    html! {
        @if log.lines.is_empty() { p.muted { "Nothing was logged, or the log files aren’t kept any more." } } @else {
            div.table tabindex="0" role="region" aria-label="Log" { table {
                thead { tr { th scope="col" { "When" } th scope="col" { "Level" } th scope="col" { "Message" } } }
                tbody { @for line in &log.lines { (row(line)) } }
            } }
        }
        @if log.cut { p.muted.small { "There is more in the log files of the engine." } }
    }
}

fn row(line: &Map<String, Value>) -> Markup {
    let text = |key: &str| line.get(key).and_then(Value::as_str).unwrap_or_default();
    let others = line.iter().filter(|(name, _)| !TOLD.contains(&name.as_str()));
    html! {
        tr {
            td.nowrap { @if let Ok(at) = text("timestamp").parse() { (clock(at)) } }
            td.nowrap { (text("level").to_lowercase()) }
            td.text { (text("message")) @for (name, value) in others { " " code.small { (name) "=" (value) } } }
        }
    }
}
