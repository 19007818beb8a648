//! What became of each account that a bot worked on, newest first, as far as the last
//! launches are remembered.

use axum::Router;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::{Markup, html};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::desk::course::{Attempt, Course};
use super::frame::{Frame, Icon, Page, Section, icon};
use super::parts::{ago, badge, empty, href, short};
use crate::server::Shared;

/// Rows of a page.
const ROWS: usize = 100;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/attempts", get(page)).route("/fragments/attempts", get(fragment))
}

/// What is wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Filter {
    group: String,
    pool: String,
    account: String,
    outcome: String,
    launch: String,
    /// Rows that were shown on pages before.
    after: usize,
}

struct Row {
    launch: String,
    group: String,
    pool: Option<String>,
    attempt: Attempt,
}

const OUTCOMES: [&str; 7] = ["completed", "failed", "skipped", "retried", "returned", "fenced", "running"];

fn outcome(attempt: &Attempt) -> &'static str {
    attempt.outcome.map_or("running", |outcome| outcome.as_str())
}

impl Filter {
    fn takes_course(&self, course: &Course) -> bool {
        let fits = |wanted: &str, there: &str| wanted.is_empty() || wanted == there;
        fits(&self.group, &course.group)
            && fits(&self.launch, &course.id)
            && fits(&self.pool, course.pool.as_deref().unwrap_or_default())
    }

    fn takes(&self, attempt: &Attempt) -> bool {
        let account = self.account.trim().to_lowercase();
        (self.outcome.is_empty() || self.outcome == outcome(attempt))
            && (account.is_empty() || attempt.account.to_lowercase().contains(&account))
    }

    fn rows(&self, frame: &Frame) -> Vec<Row> {
        let courses = frame.desk.courses(|course| {
            if !self.takes_course(course) {
                return Vec::new();
            }
            let fitting = course.attempts.iter().filter(|attempt| self.takes(attempt));
            let row = |attempt: &Attempt| Row {
                launch: course.id.clone(),
                group: course.group.clone(),
                pool: course.pool.clone(),
                attempt: attempt.clone(),
            };
            fitting.map(row).collect()
        });
        let mut rows: Vec<Row> = courses.into_iter().flatten().collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.attempt.began));
        rows
    }

    fn query(&self, after: usize) -> String {
        let pairs = [
            ("group", &self.group),
            ("pool", &self.pool),
            ("account", &self.account),
            ("outcome", &self.outcome),
            ("launch", &self.launch),
        ];
        let told = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        let told =
            told.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
        told.chain((after > 0).then(|| format!("after={after}"))).collect::<Vec<_>>().join("&")
    }
}

async fn page(frame: Frame, Query(filter): Query<Filter>) -> Response {
    let actions = html! {
        form.search action="/attempts" method="get" role="search" {
            (icon(Icon::Search))
            input type="search" name="account" value=(filter.account) placeholder="Search by account" aria-label="Search by account" data-search;
            @for (name, value) in [("group", &filter.group), ("pool", &filter.pool), ("outcome", &filter.outcome), ("launch", &filter.launch)] {
                @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
            }
        }
    };
    let groups: Vec<String> =
        frame.shared.service.orchestrator().list_groups().into_iter().map(|group| group.name).collect();
    let pools = frame.shared.service.orchestrator().pool_manager().list();
    let pools: Vec<String> = pools.iter().map(ToString::to_string).collect();
    let outcomes: Vec<String> = OUTCOMES.iter().map(ToString::to_string).collect();
    let body = html! {
        form.card.fields action="/attempts" method="get" {
            (choice("group", "Group", &filter.group, &groups))
            (choice("pool", "Pool", &filter.pool, &pools))
            (choice("outcome", "Outcome", &filter.outcome, &outcomes))
            @if !filter.account.is_empty() { input type="hidden" name="account" value=(filter.account); }
            @if !filter.launch.is_empty() { input type="hidden" name="launch" value=(filter.launch); }
            div.field { span.label { "\u{a0}" } div.actions { button type="submit" { "Filter" } a.button.quiet href="/attempts" { "Show all" } } }
        }
        div data-live={ "/fragments/attempts?" (filter.query(filter.after)) } data-on="attempts bots" { (table(&frame, &filter)) }
    };
    let lead =
        html! { "Each time a bot worked on an account, in the last launches since the engine started." };
    Page::new(Section::Attempts, "Attempts").lead(lead).actions(actions).body(body).show(&frame)
}

async fn fragment(frame: Frame, Query(filter): Query<Filter>) -> Response {
    table(&frame, &filter).into_response()
}

fn choice(name: &str, label: &str, chosen: &str, choices: &[String]) -> Markup {
    let all = std::iter::once((String::new(), "any".to_owned()));
    let all: Vec<(String, String)> =
        all.chain(choices.iter().map(|word| (word.clone(), word.clone()))).collect();
    super::parts::select(name, label, chosen, &all, "")
}

fn table(frame: &Frame, filter: &Filter) -> Markup {
    let rows = filter.rows(frame);
    let more = rows.len() > filter.after.saturating_add(ROWS);
    html! {
        @if rows.is_empty() {
            (empty("No attempts", html! { p { "When a group is launched, each account that a bot works on is listed here." } p { a href="/groups" { "Go to the groups" } } }))
        } @else {
            div.table tabindex="0" role="region" aria-label="Attempts" { table {
                thead { tr { th scope="col" { "Account" } th scope="col" { "Outcome" } th scope="col" { "Group" } th scope="col" { "Pool" } th.number scope="col" { "Instance" } th scope="col" { "Began" } th.number scope="col" { "Took" } th scope="col" { "Reason" } } }
                tbody {
                    @for row in rows.iter().skip(filter.after).take(ROWS) {
                        tr data-key={ (row.launch) "-" (row.attempt.instance) "-" (row.attempt.began) } {
                            th scope="row" { a href=(href(&["accounts", &row.attempt.account])) { (row.attempt.account) } }
                            td.nowrap { (badge(outcome(&row.attempt))) }
                            td { a href=(href(&["launches", &row.launch])) { (row.group) } }
                            td { @if let Some(pool) = &row.pool { a href=(href(&["pools", pool])) { (pool) } } }
                            td.number { (row.attempt.instance) }
                            td { (ago(row.attempt.began)) }
                            td.number.nowrap { @if row.attempt.ended.is_some() { (short(row.attempt.began, row.attempt.ended)) } @else { "…" } }
                            td.text.small { @if let Some(reason) = &row.attempt.reason { @if reason.contains('\n') { details { summary { (reason.lines().next().unwrap_or("")) } pre { (reason) } } } @else { (reason) } } }
                        }
                    }
                }
            } }
            nav.pager aria-label="Pages" {
                @if filter.after > 0 { a.button href={ "/attempts?" (filter.query(filter.after.saturating_sub(ROWS))) } { "Newer" } }
                @if more { a.button href={ "/attempts?" (filter.query(filter.after + ROWS)) } { "Older" } }
            }
        }
    }
}
