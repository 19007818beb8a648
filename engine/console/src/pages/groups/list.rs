//! All groups as cards.

use axum::extract::Query;
use axum::response::Response;
use lariat_core::ids::GroupName;
use lariat_core::orchestrator::{GroupListing, GroupState};
use maud::{Markup, html};
use serde::Deserialize;

use super::show::buttons;
use crate::pages::frame::{Frame, Icon, Page, Section, icon};
use crate::pages::parts::{badge, empty, href, numbers};

#[derive(Debug, Default, Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    q: String,
}

/// `GET /groups?q=`
pub(super) async fn page(frame: Frame, Query(search): Query<Search>) -> Response {
    let actions = html! {
        form.search action="/groups" method="get" role="search" {
            (icon(Icon::Search))
            input type="search" name="q" value=(search.q) placeholder="Search groups" aria-label="Search groups" data-search;
        }
        a.button.primary href="/groups:new" data-new { (icon(Icon::Plus)) "New group" }
    };
    let body = html! {
        div data-live={ "/fragments/groups?" (query(&search)) } data-on="groups bots" { (cards(&frame, &search)) }
    };
    Page::new(Section::Groups, "Groups").actions(actions).body(body).show(&frame)
}

/// `GET /fragments/groups?q=`
pub(super) async fn fragment(frame: Frame, Query(search): Query<Search>) -> Markup {
    cards(&frame, &search)
}

fn query(search: &Search) -> String {
    format!("q={}", href(&[&search.q]).trim_start_matches('/'))
}

fn cards(frame: &Frame, search: &Search) -> Markup {
    let wanted = search.q.trim().to_lowercase();
    let fits = |group: &GroupListing| {
        let pool = group.account_pool.as_ref().map(ToString::to_string).unwrap_or_default();
        [&group.name, &group.routine, &pool].into_iter().any(|text| text.to_lowercase().contains(&wanted))
    };
    let all = frame.shared.service.orchestrator().list_groups();
    let any = !all.is_empty();
    let groups: Vec<GroupListing> = all.into_iter().filter(fits).collect();
    html! {
        @if groups.is_empty() && any {
            (empty("No group fits", html! { p { "Nothing is called like “" (search.q) "”. " a href="/groups" { "Show all" } } }))
        } @else if groups.is_empty() {
            (empty("No groups yet", html! {
                p { "A group runs a routine on a set of instances, with accounts from a pool." }
                p { a.button.primary href="/groups:new" { "Make the first group" } }
            }))
        }
        div.grid { @for group in &groups { (card(frame, group)) } }
    }
}

fn card(frame: &Frame, group: &GroupListing) -> Markup {
    let running =
        GroupName::new(&group.name).ok().and_then(|name| frame.shared.service.orchestrator().running(&name));
    let running = running.map(|launch| launch.snapshot());
    // A file that can't be read gives no facts, only its fault.
    let facts = running.is_some() || group.state != GroupState::Failed;
    html! {
        article.card.group data-key={ "group-" (group.name) } {
            header {
                h2 { a href=(href(&["groups", &group.name])) { (group.name) } }
                (badge(group.state.as_str()))
            }
            @if let Some(error) = &group.error { pre.small { (error) } }
            @if facts { dl.facts {
                dt { "Routine" } dd { (group.routine) }
                dt { "Bots" } dd {
                    @if let Some(report) = &running {
                        (report.bots.iter().filter(|bot| !bot.status.has_ended()).count()) " at work of " (report.requested_bots)
                    } @else { (group.bot_count) }
                }
                dt { "Instances" } dd { (instances(group.instances.iter().map(|id| id.0))) }
                dt { "Pool" } dd {
                    @match &group.account_pool {
                        Some(pool) => a href=(href(&["pools", pool.as_str()])) { (pool) },
                        None => span.muted { "none: each bot runs its routine once" },
                    }
                }
                @if let Some(accounts) = running.as_ref().map(|report| report.accounts) {
                    dt { "So far" }
                    dd { (numbers(accounts.completed)) " completed, " (numbers(accounts.failed)) " failed, " (numbers(accounts.skipped)) " skipped" }
                }
            } }
            div.actions { (buttons(frame, &group.name, group.state)) }
        }
    }
}

/// `0–2, 5`
pub(in crate::pages) fn instances(ids: impl IntoIterator<Item = u32>) -> String {
    let mut spans: Vec<(u32, u32)> = Vec::new();
    for id in ids {
        match spans.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(id) => *last = id,
            _ => spans.push((id, id)),
        }
    }
    let told = spans.iter().map(|(first, last)| match last - first {
        0 => first.to_string(),
        1 => format!("{first}, {last}"),
        _ => format!("{first}–{last}"),
    });
    told.collect::<Vec<_>>().join(", ")
}
