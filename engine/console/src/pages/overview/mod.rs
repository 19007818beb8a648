//! Everything at a glance: what needs attention, groups, pools, and how fast it goes.
//!
//! | part | what it is |
//! |---|---|
//! | [`routes`] | the page, and its live fragment |
//! | `attention` | what is wrong, each with a link to the cure |
//! | `chart` | settlements over time, drawn |

mod attention;
mod chart;

use std::time::Duration;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use jiff::Timestamp;
use lariat_core::orchestrator::GroupState;
use maud::{Markup, html};

use super::desk::course::Course;
use super::frame::{Frame, Page, Section};
use super::parts::{ago, badge, bar, counted, counts, empty, href, lasting, numbers, short};
use crate::Status;
use crate::server::Shared;

/// Groups and pools that are listed; the others are on their own pages.
const LISTED: usize = 30;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/", get(page)).route("/fragments/overview", get(fragment))
}

async fn page(frame: Frame) -> Response {
    let body = body(&frame).await;
    let live = html! {
        div.stack data-live="/fragments/overview" data-on="groups pools extensions bots attempts" data-every { (body) }
    };
    Page::new(Section::Overview, "Overview").body(live).show(&frame)
}

async fn fragment(frame: Frame) -> Markup {
    body(&frame).await
}

async fn body(frame: &Frame) -> Markup {
    let status = frame.desk.status(&frame.shared).await;
    html! {
        (attention::list(&status))
        div.columns {
            div.stack { (pulse(frame, &status)) (groups(&status)) }
            div.stack { (pools(&status)) (launches(&frame.desk.recent(None))) }
        }
    }
}

/// What happened in the last quarter of an hour.
fn pulse(frame: &Frame, status: &Status) -> Markup {
    let pulse = frame.desk.pulse();
    let spans = pulse.spans(Timestamp::now(), 10, 90);
    let lately = spans.iter().rev().take(6).map(|beat| beat.all()).sum::<u64>();
    let bots = status.launches.iter().flat_map(|launch| &launch.report.bots);
    let working = bots.filter(|bot| !bot.status.has_ended()).count();
    let (held, waiting) = status
        .pools
        .iter()
        .fold((0, 0), |(held, waiting), pool| (held + pool.counts.in_use, waiting + pool.counts.available));
    html! {
        section.card {
            header { h2 { "Throughput" } span.muted.small { "accounts settled in each 10 s, last 15 minutes" } }
            div.figures {
                div.figure { b { (numbers(lately)) } span { "settled in the last minute" } }
                div.figure { b { (numbers(working)) } span { "bots at work" } }
                div.figure { b { (numbers(held)) } span { "accounts in use" } }
                div.figure { b { (numbers(waiting)) } span { "available in pools" } }
            }
            (chart::chart(&spans))
        }
    }
}

fn groups(status: &Status) -> Markup {
    html! {
        section.card {
            header { h2 { "Groups" } a.small href="/groups" { "All groups" } }
            @if status.groups.is_empty() {
                (empty("No groups yet", html! { p { "A group runs a routine on instances. " a href="/groups:new" { "Make the first one" } "." } }))
            }
            ul.rows {
                @for group in status.groups.iter().take(LISTED) {
                    li data-key={ "group-" (group.name) } {
                        div.line { a href=(href(&["groups", &group.name])) { (group.name) } (badge(group.state.as_str())) }
                        @let running = status.launches.iter().find(|launch| launch.report.group.as_str() == group.name);
                        p.muted.small {
                            @if group.state == GroupState::Failed { "its file can’t be read" } @else { (group.routine) " · " }
                            @match running {
                                Some(launch) => {
                                    @let report = &launch.report;
                                    @let working = report.bots.iter().filter(|bot| !bot.status.has_ended()).count();
                                    (working) " of " (report.requested_bots) " bots at work · "
                                    (numbers(report.accounts.completed)) " completed, " (numbers(report.accounts.failed)) " failed · "
                                    (lasting(Duration::from_millis(report.duration_ms)))
                                }
                                None if group.state == GroupState::Failed => {}
                                None => {
                                    (counted(group.bot_count, "bot"))
                                    @if let Some(pool) = &group.account_pool { " · " (pool) }
                                }
                            }
                        }
                    }
                }
            }
            (more(status.groups.len(), "groups", "/groups"))
        }
    }
}

fn pools(status: &Status) -> Markup {
    html! {
        section.card {
            header { h2 { "Pools" } a.small href="/pools" { "All pools" } }
            @if status.pools.is_empty() {
                (empty("No pools yet", html! { p { "A pool selects accounts. " a href="/pools:new" { "Make the first one" } "." } }))
            }
            ul.rows {
                @for pool in status.pools.iter().take(LISTED) {
                    li data-key={ "pool-" (pool.name) } {
                        div.line {
                            a href=(href(&["pools", &pool.name])) { (pool.name) }
                            span.muted.small {
                                (counted(pool.counts.total, "account"))
                                @if let Some(then) = pool.last_refresh { " · " (ago(then)) }
                            }
                        }
                        (bar(&pool.counts))
                        (counts(&pool.counts))
                    }
                }
            }
            (more(status.pools.len(), "pools", "/pools"))
        }
    }
}

/// How many aren't listed.
fn more(all: usize, what: &str, href: &str) -> Markup {
    html! { @if all > LISTED { p.small { a href=(href) { "and " (numbers(all - LISTED)) " more " (what) } } } }
}

fn launches(recent: &[Course]) -> Markup {
    html! {
        section.card {
            header { h2 { "Last launches" } }
            @if recent.is_empty() { p.muted { "Nothing was launched since the engine started." } }
            ul.rows {
                @for course in recent.iter().take(6) {
                    li data-key={ "launch-" (course.id) } {
                        div.line {
                            a href=(href(&["launches", &course.id])) { (course.group) }
                            (badge(course.outcome.unwrap_or("running")))
                        }
                        p.muted.small { (ago(course.began)) " · " (short(course.began, course.ended)) }
                    }
                }
            }
        }
    }
}
