//! What the engine and its routines logged, newest first. Filtered and searched by the
//! server, over all log files; followed by the script unless it is paused.

use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::frame::{Frame, Icon, Page, Section, icon, problem_page};
use super::parts::{clock, empty, href, select};
use crate::server::Shared;
use crate::service::{LEVELS, LogLines, LogSearch};
use crate::{Code, ServiceError};

/// Rows of a page.
const ROWS: usize = 200;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/logs", get(page)).route("/fragments/logs", get(fragment))
}

/// What is wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    q: String,
    level: String,
    paused: bool,
    /// `FILE-PLACE`: where the page before ended.
    before: String,
}

impl Wanted {
    fn query(&self) -> String {
        let told = |text: &str| href(&[text]).trim_start_matches('/').to_owned();
        format!("q={}&level={}", told(&self.q), told(&self.level))
    }

    fn search(&self) -> LogSearch {
        let before = self.before.parse().ok();
        LogSearch { text: self.q.clone(), level: self.level.clone(), limit: ROWS, before }
    }
}

async fn page(frame: Frame, Query(wanted): Query<Wanted>) -> Response {
    let found = match frame.shared.service.logs(wanted.search()).await {
        Ok(found) => found,
        Err(error) if error.code == Code::Refused => return kept_nowhere(&frame, &error),
        Err(error) => return problem_page(&frame, Section::Logs, &error),
    };
    // What is further back doesn't change.
    let stands = wanted.paused || !wanted.before.is_empty();
    let actions = html! {
        form.search action="/logs" method="get" role="search" {
            (icon(Icon::Search))
            input type="search" name="q" value=(wanted.q) placeholder="Search the log" aria-label="Search the log" data-search;
            @if !wanted.level.is_empty() { input type="hidden" name="level" value=(wanted.level); }
        }
        @if stands { a.button.primary href={ "/logs?" (wanted.query()) } { "Follow" } }
        @else { a.button href={ "/logs?" (wanted.query()) "&paused=true" } { "Pause" } }
    };
    let levels: Vec<(String, String)> = std::iter::once((String::new(), "all".to_owned()))
        .chain(
            LEVELS.iter().map(|level| ((*level).to_owned(), format!("{} and graver", level.to_lowercase()))),
        )
        .collect();
    let fragment = (!stands).then(|| format!("/fragments/logs?{}", wanted.query()));
    let body = html! {
        form.card.fields action="/logs" method="get" {
            (select("level", "Level", &wanted.level, &levels, ""))
            @if !wanted.q.is_empty() { input type="hidden" name="q" value=(wanted.q); }
            div.field.of-buttons { div.actions { button type="submit" { "Filter" } a.button.quiet href="/logs" { "Show all" } } }
        }
        div data-live=[fragment] data-on="events attempts" data-every[!stands] { (table(&wanted, &found)) }
    };
    let lead = html! {
        @if stands { "Paused: this is how it was when the page was loaded." }
        @else { "What the engine and its routines logged, newest first." }
    };
    Page::new(Section::Logs, "Logs").lead(lead).actions(actions).body(body).show(&frame)
}

fn kept_nowhere(frame: &Frame, error: &ServiceError) -> Response {
    let told = empty(
        "No log files",
        html! { p { (error.message) "." } p { a href="/events" { "Go to the events" } } },
    );
    Page::new(Section::Logs, "Logs").body(told).show(frame)
}

async fn fragment(frame: Frame, Query(wanted): Query<Wanted>) -> Markup {
    match frame.shared.service.logs(wanted.search()).await {
        Ok(found) => table(&wanted, &found),
        Err(error) => html! { pre { (error.message) } },
    }
}

fn table(wanted: &Wanted, found: &LogLines) -> Markup {
    html! {
        @if found.lines.is_empty() {
            (empty("Nothing here", html! { p { @if found.older.is_some() { "Nothing fits so far; there is more further back." } @else { "Nothing that fits was logged." } } }))
        } @else {
            div.table tabindex="0" role="region" aria-label="Log" { table.events {
                thead { tr { th scope="col" { "When" } th scope="col" { "Level" } th scope="col" { "What" } } }
                tbody { @for line in &found.lines { (row(line)) } }
            } }
        }
        nav.pager aria-label="Pages" {
            @if !wanted.before.is_empty() { a.button href={ "/logs?" (wanted.query()) } { "Newest" } }
            @if let Some(older) = found.older { a.button href={ "/logs?" (wanted.query()) "&before=" (older) } { "Older" } }
        }
    }
}

/// Fields that have a place of their own.
const PLACED: [&str; 4] = ["timestamp", "level", "message", "target"];

fn row(line: &Map<String, Value>) -> Markup {
    let text = |key: &str| line.get(key).and_then(Value::as_str).unwrap_or_default();
    let level = text("level");
    let tone = match level {
        "ERROR" => "badge failed",
        "WARN" => "badge caution",
        _ => "badge plain",
    };
    // What routines and events say of themselves lies in a map of its own.
    let own = line.get("fields").and_then(Value::as_object).into_iter().flatten();
    let details = line.iter().filter(|(key, value)| *key != "fields" || !value.is_object()).chain(own);
    let details = details.filter(|(key, value)| !PLACED.contains(&key.as_str()) && !value.is_null());
    html! {
        tr data-key={ "log-" (text("timestamp")) "-" (text("message")) } {
            td.nowrap { @match text("timestamp").parse::<Timestamp>() { Ok(at) => (clock(at)), Err(_) => (text("timestamp")) } }
            td { span class=(tone) { (level.to_lowercase()) } }
            td.text {
                p { (text("message")) }
                ul.details.small { @for (key, value) in details {
                    li { span.muted { (key) } " " (value.as_str().map_or_else(|| value.to_string(), str::to_owned)) }
                } }
            }
        }
    }
}
