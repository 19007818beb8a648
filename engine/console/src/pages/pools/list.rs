//! All pools, searched and sorted.

use std::time::Duration;

use axum::extract::Query;
use axum::response::Response;
use lariat_core::pool::{PoolListing, PoolState};
use maud::{Markup, html};
use serde::Deserialize;
use tokio::time::Instant;

use crate::pages::files;
use crate::pages::frame::{Frame, Icon, Page, Section, icon};
use crate::pages::parts::{ago, badge, bar, counted, empty, href, numbers, post};

/// Rows of a page.
const ROWS: usize = 100;
/// How long sources may take to tell their numbers for the list.
const PATIENCE: Duration = Duration::from_millis(120);

/// What is wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    q: String,
    /// `name`, `type`, `accounts` or `refreshed`; `-` in front of it: the other way round.
    sort: String,
    /// Rows that were shown on pages before.
    after: usize,
}

impl Wanted {
    fn query(&self, sort: &str, after: usize) -> String {
        let q = href(&[&self.q]);
        format!("q={}&sort={sort}&after={after}", q.trim_start_matches('/'))
    }

    fn takes(&self, pool: &PoolListing) -> bool {
        let wanted = self.q.trim().to_lowercase();
        [&pool.name, &pool.pool_type].into_iter().any(|text| text.to_lowercase().contains(&wanted))
    }

    fn rows<'a>(&self, pools: &'a [PoolListing]) -> Vec<&'a PoolListing> {
        let mut rows: Vec<&PoolListing> = pools.iter().filter(|pool| self.takes(pool)).collect();
        let by_name = |pool: &&PoolListing| pool.name.to_lowercase();
        rows.sort_by_cached_key(by_name);
        match self.sort.trim_start_matches('-') {
            "type" => rows.sort_by(|one, other| one.pool_type.cmp(&other.pool_type)),
            "accounts" => rows.sort_by_key(|pool| pool.counts.total),
            "refreshed" => rows.sort_by_key(|pool| pool.last_refresh),
            _ => {}
        }
        if self.sort.starts_with('-') {
            rows.reverse();
        }
        rows
    }
}

/// `GET /pools?q=&sort=&after=`
pub(super) async fn page(frame: Frame, Query(wanted): Query<Wanted>) -> Response {
    let actions = html! {
        form.search action="/pools" method="get" role="search" {
            (icon(Icon::Search))
            input type="search" name="q" value=(wanted.q) placeholder="Search pools" aria-label="Search pools" data-search;
            @if !wanted.sort.is_empty() { input type="hidden" name="sort" value=(wanted.sort); }
        }
        a.button href="/pools:import" { "Import…" }
        a.button.primary href="/pools:new" data-new { (icon(Icon::Plus)) "New pool" }
    };
    let fragment = format!("/fragments/pools?{}", wanted.query(&wanted.sort, wanted.after));
    let body = html! { div data-live=(fragment) data-on="pools" { (table(&frame, &wanted).await) } };
    Page::new(Section::Pools, "Pools").actions(actions).body(body).show(&frame)
}

/// `GET /fragments/pools?…`
pub(super) async fn fragment(frame: Frame, Query(wanted): Query<Wanted>) -> Markup {
    table(&frame, &wanted).await
}

/// The pools, with the numbers of those that are open; and of the others, while there is
/// time, if they are few or on the page.
async fn with_numbers(frame: &Frame, wanted: &Wanted) -> Vec<PoolListing> {
    let service = &frame.shared.service;
    let mut pools = service.pools_at_a_glance();
    let names: Vec<String> = if pools.len() <= ROWS {
        pools.iter().map(|pool| pool.name.clone()).collect()
    } else {
        wanted.rows(&pools).into_iter().skip(wanted.after).take(ROWS).map(|pool| pool.name.clone()).collect()
    };
    let deadline = Instant::now() + PATIENCE;
    let ask = |name: String| async move {
        let asked = tokio::time::timeout_at(deadline, service.pool_stats(&name)).await;
        (name, asked.ok())
    };
    for (name, asked) in futures::future::join_all(names.into_iter().map(ask)).await {
        let found = pools.iter_mut().find(|pool| pool.name == name && pool.generation > 0);
        match (found, asked) {
            (Some(pool), Some(Ok(stats))) => {
                (pool.counts, pool.last_refresh) = (stats.counts, stats.last_refresh);
                pool.error = pool.error.take().or(stats.error);
            }
            (Some(pool), Some(Err(error))) if pool.state == PoolState::Ready => {
                (pool.state, pool.error) = (PoolState::Failed, Some(error.message));
            }
            _ => {}
        }
    }
    pools
}

async fn table(frame: &Frame, wanted: &Wanted) -> Markup {
    let pools = with_numbers(frame, wanted).await;
    let rows = wanted.rows(&pools);
    let more = rows.len() > wanted.after.saturating_add(ROWS);
    html! {
        @if pools.is_empty() {
            (empty("No pools yet", html! {
                p { "A pool is a named selection of accounts that bots take from: a query, a folder of files, or what an extension brings." }
                p { a.button.primary href="/pools:new" { "Make the first pool" } }
            }))
        } @else if rows.is_empty() {
            (empty("No pool fits", html! { p { "Nothing is called like “" (wanted.q) "”. " a href="/pools" { "Show all" } } }))
        } @else {
            div.table tabindex="0" role="region" aria-label="Pools" { table.pools {
                thead { tr {
                    (heading(wanted, "name", "Name", "")) (heading(wanted, "type", "Type", ""))
                    (heading(wanted, "accounts", "Accounts", "number")) th scope="col" { "By state" }
                    (heading(wanted, "refreshed", "Last refresh", "")) th scope="col" { span.unseen { "What can be done" } }
                } }
                tbody { @for pool in rows.iter().skip(wanted.after).take(ROWS) { (row(frame, pool)) } }
            } }
            nav.pager aria-label="Pages" {
                span.muted.small { (counted(rows.len(), "pool")) }
                @if wanted.after > 0 { a.button href={ "/pools?" (wanted.query(&wanted.sort, wanted.after.saturating_sub(ROWS))) } { "Back" } }
                @if more { a.button href={ "/pools?" (wanted.query(&wanted.sort, wanted.after + ROWS)) } { "More" } }
            }
        }
    }
}

/// The heading of a column: a link that sorts by it.
fn heading(wanted: &Wanted, key: &str, words: &str, class: &str) -> Markup {
    let sort = if wanted.sort.is_empty() { "name" } else { wanted.sort.as_str() };
    let (up, down) = (sort == key, sort.strip_prefix('-') == Some(key));
    let next = if up { format!("-{key}") } else { key.to_owned() };
    let told = if up { Some("ascending") } else { down.then_some("descending") };
    html! {
        th scope="col" class=(class) aria-sort=[told] {
            a.sorts href={ "/pools?" (wanted.query(&next, 0)) } { (words) @if up { " ↑" } @if down { " ↓" } }
        }
    }
}

fn row(frame: &Frame, pool: &PoolListing) -> Markup {
    let to = |verb: &str| href(&["pools", &pool.name, verb]);
    // A broken file that names no pool is shown under the file's path: it has no page.
    let usable = pool.generation > 0;
    html! {
        tr data-key={ "pool-" (pool.name) } {
            th scope="row" {
                @if usable { a href=(href(&["pools", &pool.name])) { (pool.name) } } @else { (pool.name) }
                @if pool.state != PoolState::Ready { " " (badge(state(pool.state))) }
                @if let Some(error) = &pool.error { p.small.trouble { (error) } }
                @if let Some(file) = frame.shared.service.pool_file(&pool.name).filter(|_| !usable || pool.state == PoolState::Stale) { p.small { a href=(files::place(&file)) { "Mend its file" } } }
            }
            td { (pool.pool_type) }
            td.number {
                @if !usable { "–" }
                @else if pool.counts.total == 0 && pool.last_refresh.is_none() { span.muted title="None, or not counted: its source takes longer than a list may" { "–" } }
                @else { (numbers(pool.counts.total)) }
            }
            td.fill { @if usable { (bar(&pool.counts)) } }
            td.nowrap { @match pool.last_refresh { Some(then) => (ago(then)), None => span.muted title="Its accounts weren't selected since the engine started" { "N/A" } } }
            td.nowrap {
                @if usable {
                    div.actions.tight {
                        a.button.quiet href=(to("test")) { "Test" span.unseen { " " (pool.name) } }
                        (post(&to("refresh"), "Refresh", "quiet", frame.may_change))
                        a.button.quiet href=(to("edit")) { "Edit" span.unseen { " " (pool.name) } }
                    }
                }
            }
        }
    }
}

/// The state's word.
pub(super) const fn state(state: PoolState) -> &'static str {
    match state {
        PoolState::Ready => "ready",
        PoolState::Stale => "stale",
        PoolState::Unavailable => "unavailable",
        PoolState::Failed => "failed",
    }
}
