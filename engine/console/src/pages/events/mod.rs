//! What happened, newest first, as far as the engine remembers it. Filtered and searched
//! by the server; followed by the script unless it is paused.

use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::frame::{Frame, Icon, Page, Section, icon};
use super::parts::{clock, empty, field, href, select};
use crate::server::Shared;

/// Rows of a page.
const ROWS: usize = 200;
/// The families of types, with words.
const FAMILIES: [(&str, &str); 12] = [
    ("", "everything"),
    ("launch.", "launches"),
    ("phase.", "phases"),
    ("hook.", "hooks"),
    ("instance.", "instances"),
    ("bot.", "bots"),
    ("lease.", "leases"),
    ("pool.", "pools"),
    ("definition.", "definitions"),
    ("extension.", "extensions"),
    ("ledger.", "the ledger"),
    ("engine.", "the engine"),
];

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/events", get(page)).route("/fragments/events", get(fragment))
}

/// What is wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    q: String,
    family: String,
    group: String,
    pool: String,
    paused: bool,
}

impl Wanted {
    fn query(&self, paused: bool) -> String {
        let pairs = [("q", &self.q), ("family", &self.family), ("group", &self.group), ("pool", &self.pool)];
        let mut told: Vec<String> = pairs
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", href(&[value]).trim_start_matches('/')))
            .collect();
        if paused {
            told.push("paused=true".to_owned());
        }
        told.join("&")
    }

    fn takes(&self, event: &Map<String, Value>) -> bool {
        let text = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default();
        let fits = |wanted: &str, key: &str| wanted.is_empty() || text(key) == wanted;
        let words = self.q.trim().to_lowercase();
        text("type").starts_with(&self.family)
            && fits(&self.group, "group")
            && fits(&self.pool, "pool")
            && (words.is_empty() || Value::Object(event.clone()).to_string().to_lowercase().contains(&words))
    }
}

async fn page(frame: Frame, Query(wanted): Query<Wanted>) -> Response {
    let actions = html! {
        form.search action="/events" method="get" role="search" {
            (icon(Icon::Search))
            input type="search" name="q" value=(wanted.q) placeholder="Search events" aria-label="Search events" data-search;
            @for (name, value) in [("family", &wanted.family), ("group", &wanted.group), ("pool", &wanted.pool)] {
                @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
            }
        }
        @if wanted.paused { a.button.primary href={ "/events?" (wanted.query(false)) } { "Follow" } }
        @else { a.button href={ "/events?" (wanted.query(true)) } { "Pause" } }
    };
    let families: Vec<(String, String)> =
        FAMILIES.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned())).collect();
    let fragment = (!wanted.paused).then(|| format!("/fragments/events?{}", wanted.query(false)));
    let body = html! {
        form.card.fields action="/events" method="get" {
            (select("family", "About", &wanted.family, &families, ""))
            (field("group", "Group", "text", &wanted.group, ""))
            (field("pool", "Pool", "text", &wanted.pool, ""))
            @if !wanted.q.is_empty() { input type="hidden" name="q" value=(wanted.q); }
            div.field.of-buttons { div.actions { button type="submit" { "Filter" } a.button.quiet href="/events" { "Show all" } } }
        }
        div data-live=[fragment] data-on="events" { (table(&frame, &wanted)) }
    };
    let lead = html! {
        @if wanted.paused { "Paused: this is how it was when the page was loaded." }
        @else { "What happened, newest first, as far as the engine remembers it." }
    };
    Page::new(Section::Events, "Events").lead(lead).actions(actions).body(body).show(&frame)
}

async fn fragment(frame: Frame, Query(wanted): Query<Wanted>) -> Markup {
    table(&frame, &wanted)
}

fn table(frame: &Frame, wanted: &Wanted) -> Markup {
    let rows = frame.shared.history.latest(ROWS, |event| {
        let told = serde_json::to_value(event).ok()?;
        let told = told.as_object().cloned()?;
        wanted.takes(&told).then_some((event.ts, told))
    });
    html! {
        @if rows.is_empty() {
            (empty("Nothing here", html! { p { "Launch a group, refresh a pool or edit a file: what happens is listed as it does." } }))
        } @else {
            div.table tabindex="0" role="region" aria-label="Events" { table.events {
                thead { tr { th scope="col" { "When" } th scope="col" { "What" } th scope="col" { "Details" } } }
                tbody { @for (at, event) in &rows { (row(*at, event)) } }
            } }
        }
    }
}

fn row(at: Timestamp, event: &Map<String, Value>) -> Markup {
    let details = event
        .iter()
        .filter(|(key, value)| !["ts", "seq", "type"].contains(&key.as_str()) && !value.is_null());
    html! {
        tr data-key={ "event-" (event.get("seq").map(ToString::to_string).unwrap_or_default()) } {
            td.nowrap { (clock(at)) }
            th.nowrap scope="row" { code { (event.get("type").and_then(Value::as_str).unwrap_or_default()) } }
            td.text { ul.details { @for (key, value) in details {
                li { span.muted { (key) } " " (value.as_str().map_or_else(|| value.to_string(), str::to_owned)) }
            } } }
        }
    }
}
