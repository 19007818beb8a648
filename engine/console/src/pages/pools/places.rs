//! Why an account of a pool isn't served now, and which ones are next.

use axum::extract::{Path, Query};
use axum::response::Response;
use lariat_core::ids::AccountId;
use lariat_core::outcome::FinalState;
use lariat_core::pool::{AccountPlace, Place};
use maud::{Markup, html};
use serde::Deserialize;

use crate::ServiceError;
use crate::pages::frame::{Frame, Icon, Page, Section, icon, problem_page};
use crate::pages::parts::{badge, clock, empty, href, numbers, post, select};
use crate::service::{PlaceIn, PoolShown, Standing};

/// Rows of a page.
const ROWS: usize = 100;

/// What is wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    state: String,
    /// One account.
    id: String,
    /// Where the page before ended.
    after: Option<u32>,
}

const STATES: [(&str, &str, Standing); 7] = [
    ("ready", "to be served, next first", Standing::Ready),
    ("resting", "resting after a failure", Standing::Resting),
    ("in_use", "in use", Standing::InUse),
    ("refused", "refused by the pool type", Standing::Refused),
    ("completed", "completed", Standing::Completed),
    ("failed", "failed for good", Standing::Failed),
    ("skipped", "skipped", Standing::Skipped),
];

/// `GET /pools/{name}/accounts?state=&id=&after=`
pub(super) async fn page(frame: Frame, Path(name): Path<String>, Query(wanted): Query<Wanted>) -> Response {
    match body(&frame, &name, &wanted) {
        Ok((shown, body)) => {
            let name = shown.definition.name.as_str();
            let actions = html! {
                form.search action=(href(&["pools", name, "accounts"])) method="get" role="search" {
                    (icon(Icon::Search))
                    input type="search" name="id" value=(wanted.id) placeholder="Account’s id" aria-label="Why isn’t this account served?" data-search;
                }
            };
            Page::new(Section::Pools, format!("Accounts of {name}"))
                .under("/pools", "Pools")
                .under(href(&["pools", name]), name)
                .lead(html! { "How each account stands in this pool, and why it isn’t served now." })
                .actions(actions)
                .body(body)
                .show(&frame)
        }
        Err(error) => problem_page(&frame, Section::Pools, &error),
    }
}

fn body(frame: &Frame, name: &str, wanted: &Wanted) -> Result<(PoolShown, Markup), ServiceError> {
    let service = &frame.shared.service;
    let shown = service.pool(name)?;
    let name = shown.definition.name.as_str();
    let chosen = STATES.iter().find(|state| state.0 == wanted.state).unwrap_or(&STATES[0]);
    let found = service.pool_places(name, chosen.2, wanted.after, ROWS)?;
    if !found.open {
        let told = empty(
            "The pool isn’t open",
            html! {
                p { "It selects its accounts when a launch opens it, or a refresh." }
                (post(&href(&["pools", name, "refresh"]), "Refresh", "primary", frame.may_change))
            },
        );
        return Ok((shown, told));
    }
    let states: Vec<(String, String)> =
        STATES.iter().map(|(value, words, _)| ((*value).to_owned(), (*words).to_owned())).collect();
    let here = href(&["pools", name, "accounts"]);
    let body = html! {
        @if !wanted.id.trim().is_empty() { (one(frame, &shown, wanted.id.trim())) }
        form.card.fields action=(here) method="get" {
            (select("state", "State", chosen.0, &states, ""))
            div.field.of-buttons { div.actions { button type="submit" { "Show" } } }
        }
        @if found.items.is_empty() {
            (empty("None here", html! { p { @if found.next.is_some() { "There may be more of them further on." } @else { "No account of the pool is " (chosen.1) "." } } }))
        } @else {
            div.table tabindex="0" role="region" aria-label="Accounts of the pool" { table {
                thead { tr { th scope="col" { "Account" } th.number scope="col" { "Failures" } th scope="col" { "Why" } } }
                tbody { @for account in &found.items { tr data-key={ "place-" (account.id) } {
                    th scope="row" { a href=(href(&["accounts", account.id.as_str()])) { (account.id) } }
                    td.number { (numbers(account.failures)) }
                    td.text { (why(frame, name, account)) }
                } } }
            } }
        }
        nav.pager aria-label="Pages" {
            @if wanted.after.is_some() { a.button href={ (here) "?state=" (chosen.0) } { "From the start" } }
            @if let Some(next) = found.next { a.button href={ (here) "?state=" (chosen.0) "&after=" (next) } { "More" } }
        }
    };
    Ok((shown, body))
}

/// One account that somebody asks about.
fn one(frame: &Frame, shown: &PoolShown, id: &str) -> Markup {
    let definition = &shown.definition;
    let name = definition.name.as_str();
    let known = AccountId::new(id).ok();
    let places = known.as_ref().map(|id| frame.shared.service.places_of(id)).unwrap_or_default();
    let here = places.iter().find(|it| it.pool.as_str() == name);
    html! {
        section.card.stack {
            header { h2 { (id) } @if known.is_some() { a href=(href(&["accounts", id])) { "Look at the account" } } }
            @match here {
                Some(here) => p { (why(frame, name, &here.place)) },
                None if known.as_ref().is_some_and(|id| definition.exclude.contains(id)) => p { "The definition leaves it out: it is listed under " code { "exclude" } "." },
                None => p { "It isn’t one of this pool’s accounts: the last refresh didn’t select it. If it should be here, see what the definition asks for, and refresh." },
            }
        }
    }
}

/// Why an account is served, or isn't, in words.
pub(in crate::pages) fn why(frame: &Frame, pool: &str, account: &AccountPlace) -> Markup {
    html! {
        @match account.place {
            Place::Ready if account.selected => { (badge("available")) " Served in its turn." }
            Place::Ready => { (badge("available")) " Not served: it isn’t selected." }
            Place::Resting { until } => { (badge("available")) " Rests after a failure until " (clock(until)) "." }
            Place::Held => {
                (badge("in_use")) " "
                @match frame.desk.holder(pool, account.id.as_str()) {
                    Some((course, instance)) => { "Instance " (instance) " of " a href=(href(&["launches", &course.id])) { (course.group) } " works on it." }
                    None => "A bot works on it.",
                }
            }
            Place::Elsewhere { until } => {
                (badge("in_use")) " "
                @match elsewhere(frame, pool, &account.id) {
                    Some(other) => { "In use through " a href=(href(&["pools", &other])) { (other) } },
                    None => "In use through another pool",
                }
                "; asked for again at " (clock(until)) "."
            }
            Place::Refused => { (badge("plain")) " The pool type refused it when a bot was to have it; it is asked again after the next refresh." }
            Place::Settled { state, again } => {
                (badge(match state { FinalState::Completed => "completed", FinalState::Failed => "failed", FinalState::Skipped => "skipped" }))
                @match again {
                    Some(again) => { " Served again from " (clock(again)) " on, as repeat_after says." }
                    None => " Not served again until the pool is reset.",
                }
            }
        }
        @if !account.selected { " The last refresh didn’t select it any more." }
    }
}

/// The other open pool of this engine whose bot has the account.
fn elsewhere(frame: &Frame, pool: &str, account: &AccountId) -> Option<String> {
    let places = frame.shared.service.places_of(account).into_iter();
    let mut others = places.filter(|it| it.pool.as_str() != pool && it.place.place == Place::Held);
    others.next().map(|it| it.pool.to_string())
}

/// How an account stands in every open pool that has it.
pub(in crate::pages) fn standings(frame: &Frame, id: &AccountId) -> Markup {
    let places = frame.shared.service.places_of(id);
    html! {
        section.card {
            header { h2 { "In pools" } span.muted.small { "those that are open" } }
            @if places.is_empty() { p.muted { "No open pool has it. A pool selects its accounts when a launch opens it, or a refresh." } }
            ul.rows { @for PlaceIn { pool, place } in &places { li {
                div.line { a href=(href(&["pools", pool.as_str()])) { (pool) } @if place.failures > 0 { span.muted.small { (numbers(place.failures)) " failures" } } }
                p.small { (why(frame, pool.as_str(), place)) }
            } } }
        }
    }
}
