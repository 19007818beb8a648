//! Runs as a table.

use jiff::Timestamp;
use maud::{Markup, html};
use serde_json::{Map, Value};

use crate::pages::parts::{ago, badge, href, short};

fn text<'a>(run: &'a Map<String, Value>, key: &str) -> &'a str {
    run.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn moment(run: &Map<String, Value>, key: &str) -> Option<Timestamp> {
    text(run, key).parse().ok()
}

/// Runs, newest first.
pub(in crate::pages) fn runs(runs: &[Map<String, Value>]) -> Markup {
    html! {
        div.table tabindex="0" role="region" aria-label="Runs" { table {
            thead { tr {
                th scope="col" { "Began" } th scope="col" { "Account" } th scope="col" { "Outcome" } th scope="col" { "Group" }
                th scope="col" { "Pool" } th.number scope="col" { "Instance" } th.number scope="col" { "Took" } th scope="col" { "Reason" }
            } }
            tbody { @for run in runs { (row(run)) } }
        } }
    }
}

fn row(run: &Map<String, Value>) -> Markup {
    let (account, pool, group) = (text(run, "account"), text(run, "pool"), text(run, "group"));
    let number = |key: &str| {
        run.get(key).filter(|value| !value.is_null()).map(ToString::to_string).unwrap_or_default()
    };
    html! {
        tr data-key={ "run-" (number("id")) } {
            td.nowrap { @if let Some(began) = moment(run, "started") { (ago(began)) } }
            td { @if !account.is_empty() { a href=(href(&["accounts", account])) { (account) } } }
            td.nowrap { (badge(text(run, "outcome"))) }
            td { @if !group.is_empty() { a href=(href(&["groups", group])) { (group) } } }
            td { @if !pool.is_empty() { a href=(href(&["pools", pool])) { (pool) } } }
            td.number { (number("instance")) }
            td.number.nowrap { @if let Some(began) = moment(run, "started") { (short(began, moment(run, "ended"))) } }
            td.text.small { (text(run, "error")) }
        }
    }
}
