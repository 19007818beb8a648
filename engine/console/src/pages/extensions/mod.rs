//! What extensions there are: scripts and plugins in force, and those that can't be
//! loaded; pool types, routines, instance providers, and hooks in the order in which they
//! run, with what came of their calls.
//!
//! | part | what it is |
//! |---|---|
//! | [`routes`] | the page, and its live fragment |
//! | `plugins` | native plugins, reloaded and lifted |
//! | `usage` | an extension's calls as cells of a table |

mod plugins;
mod usage;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use lariat_core::hook::HookListing;
use maud::{Markup, html};
use serde_json::Value;

use super::frame::{Frame, Page, Section};
use super::groups::instances;
use super::parts::{badge, empty, numbers};
use crate::ServiceError;
use crate::server::Shared;
use crate::service::Extension;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/extensions", get(page))
        .route("/fragments/extensions", get(fragment))
        .route("/extensions/plugins/{id}/reload", post(plugins::reload))
        .route("/extensions/plugins/{id}/lift", post(plugins::lift))
}

async fn page(frame: Frame) -> Response {
    with(&frame, None).await
}

/// The page, with what couldn't be done.
async fn with(frame: &Frame, error: Option<&ServiceError>) -> Response {
    let body = html! { div.stack data-live="/fragments/extensions" data-on="extensions" data-every { (all(frame).await) } };
    Page::new(Section::Extensions, "Extensions")
        .lead(html! { "What scripts and plugins add to the engine, and what is built in." })
        .problem(error)
        .body(body)
        .show(frame)
}

async fn fragment(frame: Frame) -> Markup {
    all(&frame).await
}

async fn all(frame: &Frame) -> Markup {
    let status = frame.desk.status(&frame.shared).await;
    let service = &frame.shared.service;
    let plugins = service.plugins().await.unwrap_or_default();
    let routines: Vec<Extension> = service.routines().into_iter().map(|routine| routine.extension).collect();
    html! {
        section.card { header { h2 { "Files" } span.muted.small { "which are in force, and why others aren’t" } } (files(&status.extensions)) }
        @if !plugins.is_empty() { section.card { header { h2 { "Native plugins" } span.muted.small { "reloaded here, and used again after a quarantine" } } (plugins::table(frame, &plugins)) } }
        section.card { header { h2 { "Hooks" } span.muted.small { "in the order in which they run" } } (hooks(frame)) }
        section.card { header { h2 { "Routines" } } (registered("Routines", &routines, "No routine yet: put a script into scripts/.")) }
        section.card { header { h2 { "Pool types" } } (registered("Pool types", &service.pool_types(), "None.")) }
        section.card { header { h2 { "Instance providers" } span.muted.small { "the first that has an instance serves it" } } (providers(frame)) }
    }
}

fn registered(what: &str, rows: &[Extension], nothing: &str) -> Markup {
    html! {
        @if rows.is_empty() { p.muted { (nothing) } }
        @else { div.table tabindex="0" role="region" aria-label=(what) { table.listed {
            thead { tr { th scope="col" { "Name" } th scope="col" { "From" } th.number scope="col" { "Generation" } (usage::headings()) } }
            tbody { @for row in rows { tr data-key={ "registered-" (row.name) } {
                th scope="row" { (row.name) @if !row.description.is_empty() { p.small.muted { (row.description) } } }
                td.text { code { (row.file) } }
                td.number { (numbers(row.generation)) }
                (usage::cells(row.calls))
            } } }
        } } }
    }
}

/// What bots run on.
fn providers(frame: &Frame) -> Markup {
    let all = frame.shared.service.providers();
    html! {
        @if all.is_empty() { p.muted { "None: list some under " code { "instances" } " in lariat.yaml." } }
        @else { div.table tabindex="0" role="region" aria-label="Instance providers" { table.listed {
            thead { tr { th scope="col" { "Provider" } th scope="col" { "Instances" } (usage::headings()) } }
            tbody { @for (at, provider) in all.iter().enumerate() { tr data-key={ "provider-" (at) } {
                th scope="row" { (provider.name) }
                td.text { @let ids = instances(provider.instances.iter().map(|id| id.0)); @if ids.is_empty() { "any" } @else { (ids) } }
                (usage::cells(provider.calls))
            } } }
        } } }
    }
}

fn text(row: &Value, key: &str) -> String {
    match row.get(key) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// A setting's value, without where it was made.
fn setting(row: &Value, key: &str) -> String {
    row.get(key).map(|setting| text(setting, "value")).unwrap_or_default()
}

fn files(rows: &[Value]) -> Markup {
    html! {
        @if rows.is_empty() {
            (empty("No scripts or plugins", html! { p { "Put a Lua script into " code { "scripts/" } ", or a plugin into " code { "plugins/" } "; the engine takes it while it runs." } }))
        } @else { div.table tabindex="0" role="region" aria-label="Files" { table.listed {
            thead { tr { th scope="col" { "Name" } th scope="col" { "Kind" } th scope="col" { "State" } th.number scope="col" { "Generation" } th scope="col" { "File" } } }
            tbody { @for row in rows { tr data-key={ "extension-" (text(row, "kind")) "-" (text(row, "file")) } {
                th scope="row" { @let name = text(row, "name"); @if name.is_empty() { span.muted { "unknown" } } @else { (name) } }
                td { (text(row, "kind")) }
                td.nowrap { (badge(&text(row, "state"))) }
                td.number { (text(row, "generation")) }
                td.text { code { (text(row, "file")) } @if !text(row, "error").is_empty() { pre { (text(row, "error")) } } }
            } } }
        } } }
    }
}

/// The hooks that run for every group; a group may turn some off for itself.
fn hooks(frame: &Frame) -> Markup {
    let listing = match frame.shared.service.hooks(None) {
        Ok(listed) => listed.hooks,
        Err(error) => return html! { pre { (error) } },
    };
    html! {
        @if listing.is_empty() { p.muted { "No hooks." } }
        @else { div.table tabindex="0" role="region" aria-label="Hooks" { table.listed {
            thead { tr { th scope="col" { "Point" } th.number scope="col" { "Place" } th scope="col" { "Hook" } th scope="col" { "Band" } th.number scope="col" { "Order" } (usage::headings()) } }
            tbody { @for hook in &listing { (hook_row(hook)) } }
        } } }
    }
}

fn hook_row(listed: &HookListing) -> Markup {
    let told = serde_json::to_value(listed).unwrap_or_default();
    html! {
        tr data-key={ "hook-" (text(&told, "point")) "-" (text(&told, "hook")) } {
            td { code { (text(&told, "point")) } }
            td.number { @match listed.position { Some(place) => (place), None => span.muted { "off" } } }
            th scope="row" {
                (listed.hook.name)
                p.small.muted { (listed.hook.description) }
                p.small.muted { code { (listed.hook.origin) } ", generation " (numbers(listed.hook.generation)) }
            }
            td { (setting(&told, "band")) }
            td.number { (setting(&told, "order")) }
            (usage::cells(listed.hook.calls()))
        }
    }
}
