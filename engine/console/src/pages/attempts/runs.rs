//! Runs as a table.

use maud::{Markup, html};

use crate::pages::parts::{ago, badge, href, short};
use crate::service::Run;

/// What a list is of: that column says nothing in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pages) enum Of {
    Everything,
    Pool,
    Account,
}

/// Runs, newest first.
pub(in crate::pages) fn runs(runs: &[Run], of: Of) -> Markup {
    html! {
        div.table tabindex="0" role="region" aria-label="Runs" { table {
            thead { tr {
                th scope="col" { "Began" } @if of != Of::Account { th scope="col" { "Account" } } th scope="col" { "Outcome" } th scope="col" { "Group" }
                @if of != Of::Pool { th scope="col" { "Pool" } } th.number scope="col" { "Instance" } th.number scope="col" { "Took" } th scope="col" { "Reason" }
            } }
            tbody { @for run in runs { (row(run, of)) } }
        } }
    }
}

fn row(run: &Run, of: Of) -> Markup {
    html! {
        tr data-key={ "run-" (run.id) } {
            td.nowrap { a href=(href(&["attempts", &run.id.to_string()])) { (ago(run.started)) } }
            @if of != Of::Account { td { @if let Some(account) = &run.account { a href=(href(&["accounts", account.as_str()])) { (account) } } } }
            td.nowrap { (badge(run.outcome.as_str())) }
            td { a href=(href(&["groups", run.group.as_str()])) { (run.group) } }
            @if of != Of::Pool { td { @if let Some(pool) = &run.pool { a href=(href(&["pools", pool.as_str()])) { (pool) } } } }
            td.number { (run.instance) }
            td.number.nowrap { (short(run.started, Some(run.ended))) }
            td.text.small { @if let Some(error) = &run.error { (reason(error)) } }
        }
    }
}

/// A reason, folded where it is a traceback.
fn reason(error: &str) -> Markup {
    match error.split_once('\n') {
        Some((first, _)) => html! { details { summary { (first) } pre { (error) } } },
        None => html! { (error) },
    }
}
