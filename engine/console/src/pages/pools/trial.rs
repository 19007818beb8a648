//! What a pool selects now, with sample rows. Nothing is opened or leased.

use axum::extract::Path;
use axum::response::Response;
use lariat_core::source::{GeneratedSql, TestReport};
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
        @if let Some(query) = &tested.query { (sql(query)) }
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

/// What the database is asked, with the value of each `?`.
fn sql(query: &GeneratedSql) -> Markup {
    html! {
        section.card.stack {
            header { h2 { "As SQL" } span.muted.small { "only reads; each ? stands for a value" } }
            pre { code { (broken_up(&query.sql)) } }
            @if !query.values.is_empty() {
                ol.values aria-label="Values" { @for value in &query.values { li { code { (value) } } } }
            }
        }
    }
}

/// One line of generated SQL with its clauses on lines of their own. What somebody wrote
/// stays as it is.
fn broken_up(sql: &str) -> String {
    if sql.contains('\n') || !sql.starts_with("SELECT \"") {
        return sql.to_owned();
    }
    // Names in double quotes are the only texts in it: an even number of quotes lies in
    // front of what isn't within one.
    let mut text = String::new();
    let mut quotes = 0_usize;
    for (at, character) in sql.char_indices() {
        let rest = sql.get(at..).unwrap_or_default();
        let clause = [" FROM ", " WHERE ", " AND ", " ORDER BY ", " LIMIT "];
        if quotes.is_multiple_of(2)
            && character == ' '
            && let Some(clause) = clause.iter().find(|clause| rest.starts_with(**clause))
        {
            text.push('\n');
            if *clause == " AND " {
                text.push_str("  ");
            }
            continue;
        }
        quotes += usize::from(character == '"');
        text.push(character);
    }
    text
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

#[cfg(test)]
mod tests {
    use super::broken_up;

    #[test]
    fn clauses_get_lines_of_their_own_and_names_stay_whole() {
        let sql = "SELECT \"id\", \"odd WHERE \"\"x\"\" FROM \" FROM \"accounts\" WHERE \"a\" >= ? AND \"b\" = ? \
                   ORDER BY \"id\" LIMIT ?";
        let told = "SELECT \"id\", \"odd WHERE \"\"x\"\" FROM \"\nFROM \"accounts\"\nWHERE \"a\" >= ?\n  AND \"b\" = ?\n\
                    ORDER BY \"id\"\nLIMIT ?";
        assert_eq!(broken_up(sql), told);
        let written = "SELECT id FROM accounts\nWHERE a = 1 AND b = 2";
        assert_eq!(broken_up(written), written);
    }
}
