//! What a pool selects now, with sample rows. Nothing is opened or leased.

use axum::extract::Path;
use axum::response::Response;
use lariat_core::source::TestReport;
use maud::{Markup, html};
use serde_json::{Map, Value};

use crate::pages::frame::{Frame, Page, Section, problem_page};
use crate::pages::parts::{empty, href, numbers};

/// `GET /pools/{name}/test`
pub(super) async fn page(frame: Frame, Path(name): Path<String>) -> Response {
    let tested = match frame.shared.service.test_pool(&name).await {
        Ok(tested) => tested,
        Err(error) => return problem_page(&frame, Section::Pools, &error),
    };
    let again = html! {
        a.button href=(href(&["pools", &name, "test"])) { "Test again" }
        a.button href=(href(&["pools", &name, "edit"])) { "Edit" }
    };
    Page::new(Section::Pools, format!("Test of {name}"))
        .under("/pools", "Pools")
        .under(href(&["pools", &name]), &name)
        .lead(html! { "What the pool selects now. Nothing was changed, and no account was taken." })
        .actions(again)
        .body(report(&tested))
        .show(&frame)
}

/// What a test found.
pub(in crate::pages) fn report(tested: &TestReport) -> Markup {
    let rows: Vec<Map<String, Value>> = tested.sample.iter().map(|account| account.masked()).collect();
    let mut columns: Vec<&str> = Vec::new();
    for name in rows.iter().flat_map(Map::keys) {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    html! {
        section.card.stack {
            @match &tested.error {
                Some(error) => {
                    p { b { "It can’t be served." } }
                    pre { (error) }
                }
                None => div.figures {
                    div.figure { b { (numbers(tested.accounts_found)) } span { @if tested.accounts_found == 1 { "account" } @else { "accounts" } } }
                    div.figure { b { (tested.elapsed_ms) " ms" } span { "to select them" } }
                }
            }
            @if !tested.warnings.is_empty() {
                details open { summary { "Passed over: " (numbers(tested.warnings.len())) } ul { @for warning in tested.warnings.iter().take(100) { li { (warning) } } } }
            }
        }
        @if tested.success && rows.is_empty() {
            (empty("No account fits", html! { p { "The source answered, and selects nothing. Loosen a filter, or import accounts." } }))
        }
        @if !rows.is_empty() {
            div.table tabindex="0" role="region" aria-label="The first accounts" { table {
                caption { "The first " (rows.len()) ", in the order in which they are served" }
                thead { tr { @for column in &columns { th scope="col" { (column) } } } }
                tbody { @for row in &rows { tr { @for column in &columns { (cell(row.get(*column))) } } } }
            } }
        }
    }
}

/// A value as a cell.
fn cell(value: Option<&Value>) -> Markup {
    match value {
        None | Some(Value::Null) => html! { td { span.muted { "–" } } },
        Some(Value::String(text)) => html! { td { (text) } },
        Some(Value::Number(number)) => html! { td.number { (number) } },
        Some(other) => html! { td { code { (other) } } },
    }
}
