//! The runs that a filter lets through, page by page: the next page begins behind the last
//! run of this one, so that each costs the same.

use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use lariat_core::outcome::Disposition;
use maud::{Markup, html};

use super::filter::Entered;
use super::{Of, runs};
use crate::pages::frame::{Frame, Icon, Page, Section, icon, problem_page};
use crate::pages::parts::{empty, select, unfinished};
use crate::{Code, Run, ServiceError};

/// Rows of a page.
const ROWS: u32 = 100;

type Found = crate::service::Page<Run>;

/// `GET /attempts?group=&pool=&account=&outcome=&launch=&before=`
pub(super) async fn page(frame: Frame, Query(entered): Query<Entered>) -> Response {
    let (table, error) = match find(&frame, &entered).await {
        Ok(found) => (table(&entered, &found), None),
        Err(error) if error.code == Code::Refused => return kept_nowhere(&frame),
        Err(error) => (html! {}, Some(error)),
    };
    let actions = html! {
        form.search action="/attempts" method="get" role="search" {
            (icon(Icon::Search))
            input type="search" name="account" value=(entered.account) placeholder="An account's id" aria-label="Runs of an account" data-search;
            @for (name, value) in entered.told().filter(|(name, _)| *name != "account") { input type="hidden" name=(name) value=(value); }
        }
        @if !entered.is_empty() && error.is_none() { a.button href={ "/attempts/retry?" (entered.query(None)) } { "Try again…" } }
    };
    let orchestrator = frame.shared.service.orchestrator();
    let groups: Vec<String> = orchestrator.list_groups().into_iter().map(|group| group.name).collect();
    let pools: Vec<String> = orchestrator.pool_manager().list().iter().map(ToString::to_string).collect();
    let outcomes = Disposition::ALL.map(|outcome| outcome.as_str().to_owned());
    let body = html! {
        form.card.fields action="/attempts" method="get" {
            (choice("group", "Group", &entered.group, &groups))
            (choice("pool", "Pool", &entered.pool, &pools))
            (choice("outcome", "Outcome", &entered.outcome, &outcomes))
            @for (name, value) in entered.told().filter(|(name, _)| ["account", "launch"].contains(name)) { input type="hidden" name=(name) value=(value); }
            div.field.of-buttons { div.actions { button type="submit" { "Filter" } @if !entered.is_empty() { a.button.quiet href="/attempts" { "Show all" } } } }
        }
        div data-live={ "/fragments/attempts?" (entered.here()) } data-on="attempts" { (table) }
    };
    let lead =
        html! { "Each time a bot worked on an account, newest first, as far as the store keeps them." };
    Page::new(Section::Attempts, "Attempts")
        .lead(lead)
        .problem(error.as_ref())
        .actions(actions)
        .body(body)
        .show(&frame)
}

/// `GET /fragments/attempts`: the table alone.
pub(super) async fn fragment(frame: Frame, Query(entered): Query<Entered>) -> Response {
    match find(&frame, &entered).await {
        Ok(found) => table(&entered, &found).into_response(),
        Err(error) => error.into_response(),
    }
}

async fn find(frame: &Frame, entered: &Entered) -> Result<Found, ServiceError> {
    frame.shared.service.attempts(entered.filter()?.search(entered.before, ROWS)).await
}

/// Instead of a page about runs, where no record of them is kept.
pub(super) fn kept_nowhere(frame: &Frame) -> Response {
    let told = empty(
        "No record of runs",
        html! { p { "This engine keeps none. What is under way is on the groups’ pages." } p { a href="/groups" { "Go to the groups" } } },
    );
    Page::new(Section::Attempts, "Attempts").body(told).show(frame)
}

/// Instead of a page, why it can't be shown.
pub(super) fn problem(frame: &Frame, error: &ServiceError) -> Response {
    if error.code == Code::Refused {
        return kept_nowhere(frame);
    }
    problem_page(frame, Section::Attempts, error)
}

fn choice(name: &str, label: &str, chosen: &str, choices: &[String]) -> Markup {
    let all = std::iter::once((String::new(), "any".to_owned()));
    let all: Vec<(String, String)> =
        all.chain(choices.iter().map(|word| (word.clone(), word.clone()))).collect();
    select(name, label, chosen, &all, "")
}

fn table(entered: &Entered, found: &Found) -> Markup {
    html! {
        @let (next, so_far) = (found.next.as_ref().and_then(|next| next.parse().ok()), entered.so_far(found.searched));
        @if let (true, Some(next), Some(told)) = (found.items.is_empty(), next, &so_far) {
            (empty("No attempt fits so far", html! { p { (told) " " a href={ "/attempts?" (entered.more(next, found.searched)) } { "Go on" } ", or " a href="/attempts" { "show all" } "." } }))
        } @else if found.items.is_empty() && entered.is_empty() && entered.before.is_none() {
            (empty("No attempts", html! { p { "When a group is launched, each account that a bot works on is listed here." } p { a href="/groups" { "Go to the groups" } } }))
        } @else if found.items.is_empty() {
            (empty(if entered.before.is_some() { "No more attempts fit" } else { "No attempt fits" }, html! { p { a href="/attempts" { "Show all" } } }))
        } @else {
            (runs(&found.items, Of::Everything))
        }
        nav.pager aria-label="Pages" {
            @if let Some(told) = &so_far { span.muted.small { (told) } }
            @if entered.before.is_some() { a.button href={ "/attempts?" (entered.query(None)) } { "Newest" } }
            @if let Some(next) = next { a.button href={ "/attempts?" (entered.more(next, found.searched)) } { (if unfinished(found.searched) { "Go on" } else { "Older" }) } }
        }
    }
}
