//! One pool: its numbers, its definition, its last runs.

use std::time::Duration;

use axum::extract::Path;
use axum::response::Response;
use lariat_core::definition::PoolDefinition;
use lariat_core::ids::PoolName;
use lariat_core::records::AttemptSearch;
use lariat_core::secret::masked_fields;
use lariat_workspace::{as_written, difference};
use maud::{Markup, html};

use crate::pages::attempts::Of;
use crate::pages::files;
use crate::pages::frame::{Frame, Page, Section, problem_page};
use crate::pages::parts::{ago, bar, counted, counts, diff, empty, href, lasting, numbers, post};
use crate::service::PoolShown;
use crate::{Code, ServiceError};

/// Runs that are shown.
const RUNS: u32 = 20;

/// `GET /pools/{name}`
pub(super) async fn page(frame: Frame, Path(name): Path<String>) -> Response {
    with(&frame, &name, None).await
}

/// `GET /fragments/pools/{name}`
pub(super) async fn fragment(frame: Frame, Path(name): Path<String>) -> Markup {
    numbers_of(&frame, &name).await
}

/// The page, with why something wasn't done.
pub(super) async fn with(frame: &Frame, name: &str, error: Option<&ServiceError>) -> Response {
    let shown = match frame.shared.service.pool(name) {
        Ok(shown) => shown,
        Err(missing) => return broken(frame, name, error.unwrap_or(&missing)),
    };
    let name = shown.definition.name.as_str();
    let to = |verb: &str| href(&["pools", name, verb]);
    let actions = html! {
        a.button href=(to("test")) { "Test" }
        (post(&to("refresh"), "Refresh", "", frame.may_change))
        a.button href=(to("export")) { "Export" }
        a.button href=(to("reset")) { "Reset…" }
        a.button.danger href=(to("delete")) { "Delete…" }
        a.button.primary href=(to("edit")) { "Edit" }
    };
    let body = html! {
        @if let Some(stale) = &shown.stale {
            div.message.warning role="status" { p { "The file can’t be used as it is now; the definition before it stays in force.\n" (stale) @if let Some(file) = frame.shared.service.pool_file(name) { "\n" a href=(files::place(&file)) { "Mend its file" } } } }
        }
        div.stack data-live=(href(&["fragments", "pools", name])) data-on="pools attempts" { (numbers_of(frame, name).await) }
        div.columns {
            (definition(frame, &shown))
            (users(&shown))
        }
    };
    let mut page = Page::new(Section::Pools, name).under("/pools", "Pools").actions(actions);
    if let Some(about) = &shown.definition.description {
        page = page.lead(html! { (about) });
    }
    page.problem(error).body(body).show(frame)
}

/// Instead of the page: why there is none, and where its file is mended.
fn broken(frame: &Frame, name: &str, error: &ServiceError) -> Response {
    let Some(file) = frame.shared.service.pool_file(name) else {
        return problem_page(frame, Section::Pools, error);
    };
    let cure = html! { p { a.button.primary href=(files::place(&file)) { "Mend its file" } } };
    Page::new(Section::Pools, name).under("/pools", "Pools").problem(Some(error)).body(cure).show(frame)
}

async fn numbers_of(frame: &Frame, name: &str) -> Markup {
    let stats = frame.shared.service.pool_stats(name).await;
    html! {
        section.card.stack {
            @match &stats {
                Err(error) => { p { b { "Its accounts can’t be selected." } } pre { (error.message) } }
                Ok(stats) => {
                    header { h2 { (counted(stats.counts.total, "account")) }
                        span.muted.small { @match stats.last_refresh { Some(then) => { "refreshed " (ago(then)) }, None => "not opened since the engine started" } } }
                    (bar(&stats.counts))
                    (counts(&stats.counts))
                    p.small { a href=(href(&["pools", name, "accounts"])) { "Which are next, and why one isn’t served" } }
                    @if let Some(error) = &stats.error { pre { (error) } }
                    div.figures {
                        div.figure { b { (numbers(stats.runs)) } span { "runs since the last reset" } }
                        @if let Some(average) = stats.average_ms { div.figure { b { (lasting(Duration::from_millis(average))) } span { "a run, on average" } } }
                        @for (key, total) in &stats.totals { div.figure { b { (serde_json::to_string(total).unwrap_or_default()) } span { (key) ", in all" } } }
                    }
                }
            }
        }
        (history(frame, name).await)
    }
}

async fn history(frame: &Frame, name: &str) -> Markup {
    let search = AttemptSearch { pool: PoolName::new(name).ok(), limit: RUNS, ..AttemptSearch::default() };
    let found = frame.shared.service.attempts(search).await;
    html! {
        section.card {
            header { h2 { "Last runs" } a href={ "/attempts?pool=" (href(&[name]).trim_start_matches('/')) } { "All of them" } }
            @match &found {
                Err(error) if error.code == Code::Refused => p.muted { "This engine keeps no record of runs." },
                Err(error) => pre { (error.message) },
                Ok(page) if page.items.is_empty() => (empty("No runs yet", html! { p { "When a group with this pool is launched, each run on one of its accounts is listed here." } })),
                Ok(page) => (crate::pages::attempts::runs(&page.items, Of::Pool)),
            }
        }
    }
}

fn definition(frame: &Frame, shown: &PoolShown) -> Markup {
    let now = text(&shown.definition);
    let before = frame.shared.service.pool_before(shown.definition.name.as_str()).ok().flatten();
    let before = before.map(|before| text(&before));
    let (was, is) = (
        format!("generation {}", shown.generation.saturating_sub(1)),
        format!("generation {}", shown.generation),
    );
    html! {
        section.card.stack {
            header { h2 { "Definition" } span.muted.small { (is) } }
            dl.facts {
                dt { "Type" } dd { (shown.definition.pool_type) }
                @if let Some(file) = &shown.file { dt { "File" } dd { code { (file) } } }
                @if let Some(hash) = &shown.content_hash { dt { "Content" } dd { code.small { (hash.chars().take(12).collect::<String>()) } } }
            }
            pre { (now) }
            @if let Some(before) = &before {
                details {
                    summary { "What changed since " (was) }
                    @match difference((&was, before), (&is, &now)) {
                        Some(difference) => (diff(&difference)),
                        None => p.muted { "Only what isn’t shown here: comments, the order of keys, or a secret." },
                    }
                }
            }
        }
    }
}

/// A definition as it is written, with its secrets masked.
pub(in crate::pages) fn text(definition: &PoolDefinition) -> String {
    let masked = PoolDefinition { config: masked_fields(&definition.config), ..definition.clone() };
    as_written(&masked).unwrap_or_else(|error| error.to_string())
}

fn users(shown: &PoolShown) -> Markup {
    html! {
        section.card {
            header { h2 { "Used by" } }
            @if shown.used_by.is_empty() { p.muted { "No group uses it." } }
            ul.rows { @for group in &shown.used_by { li { div.line { a href=(href(&["groups", group.as_str()])) { (group) } } } } }
        }
    }
}
