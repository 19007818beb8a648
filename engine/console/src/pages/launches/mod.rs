//! One launch: its course drawn, its bots, its summary.
//!
//! | part | what it is |
//! |---|---|
//! | [`routes`] | the page, and its live fragment |
//! | `timeline` | phases, hooks and attempts over time, a lane for each bot |

mod timeline;

use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use lariat_core::launch::LaunchReport;
use maud::{Markup, html};

use super::desk::course::Course;
use super::frame::{Frame, Page, Section, problem_page};
use super::groups::bots;
use super::parts::{badge, clock, href, lasting, numbers, short};
use crate::server::Shared;
use crate::{Code, ServiceError};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/launches/{id}", get(page)).route("/fragments/launches/{id}", get(fragment))
}

async fn page(frame: Frame, Path(id): Path<String>) -> Response {
    let (body, group) = match body(&frame, &id).await {
        Ok(found) => found,
        Err(error) => return problem_page(&frame, Section::Groups, &error),
    };
    let live = html! { div.stack data-live=(href(&["fragments", "launches", &id])) data-on="groups bots" { (body) } };
    let lead = html! { "Launch " code { (id) } };
    Page::new(Section::Groups, format!("Launch of {group}"))
        .under("/groups", "Groups")
        .under(href(&["groups", &group]), group)
        .lead(lead)
        .body(live)
        .show(&frame)
}

async fn fragment(frame: Frame, Path(id): Path<String>) -> Response {
    match body(&frame, &id).await {
        Ok((body, _)) => body.into_response(),
        Err(error) => error.into_response(),
    }
}

async fn body(frame: &Frame, id: &str) -> Result<(Markup, String), ServiceError> {
    let status = frame.desk.status(&frame.shared).await;
    let running = status.launches.iter().map(|launch| &launch.report);
    let report = running.chain(&status.last_reports).find(|report| report.launch_id.to_string() == id);
    let course = frame.desk.course(id);
    let group = match (&course, report) {
        (Some(course), _) => course.group.clone(),
        (None, Some(report)) => report.group.to_string(),
        (None, None) => {
            let told =
                "This launch isn’t remembered: it ran before the engine started, or many others ran since.";
            return Err(ServiceError::new(Code::NotFound, told));
        }
    };
    let body = html! {
        @if let Some(course) = &course {
            section.card {
                header { h2 { "Timeline" } (badge(course.outcome.unwrap_or("running"))) }
                p.muted.small { "Began " (clock(course.began)) ", took " (short(course.began, course.ended)) @if course.ended.is_none() { " so far" } }
                @if let Some(error) = &course.error { pre { (error) } }
                div.table tabindex="0" role="region" aria-label="Timeline" { (timeline::draw(course)) }
                @if course.forgotten > 0 { p.muted.small { (numbers(course.forgotten)) " earlier attempts aren’t drawn any more." } }
            }
        }
        @if let Some(report) = report {
            section.card { header { h2 { "Bots" } } (bots(report, &course.as_ref().map(Course::at_work).unwrap_or_default())) }
            (summary(report))
        }
        @if let Some(course) = &course { (course_tables(course)) }
    };
    Ok((body, group))
}

fn summary(report: &LaunchReport) -> Markup {
    let accounts = report.accounts;
    html! {
        section.card.stack {
            header { h2 { "Summary" } span.muted.small { (lasting(Duration::from_millis(report.duration_ms))) } }
            div.figures {
                @for (count, word) in [(accounts.completed, "completed"), (accounts.failed, "failed"), (accounts.skipped, "skipped"), (accounts.returned, "given back"), (accounts.retried, "tried again")] {
                    div.figure { b { (numbers(count)) } span { (word) } }
                }
            }
            @if let Some(failure) = &report.failure {
                h3 { "It ended at " (failure.phase.as_str().replace('_', " ")) }
                ul { @for message in &failure.messages { li { (message) } } }
            }
            @if !report.totals.is_empty() {
                dl.facts { @for (name, total) in &report.totals { dt { (name.replace('_', " ")) } dd { (serde_json::to_string(total).unwrap_or_default()) } } }
            }
            @if !report.conflicts.is_empty() {
                ul { @for conflict in &report.conflicts { li { "Instance " (conflict.instance.0) " was held by " (conflict.held_by) } } }
            }
            @for (title, troubles) in [("Why runs failed", &report.failures), ("Why accounts couldn’t be claimed", &report.refusals)] {
                @if !troubles.is_empty() {
                    h3 { (title) }
                    ul.rows { @for trouble in troubles { li { span { b { (numbers(trouble.count)) "×" } " " (trouble.reason) } } } }
                }
            }
            @let failed = report.failure.is_some();
            @for line in report.errors.iter().filter(|_| !failed).chain(&report.warnings) { p.small { (line) } }
            @for patch in &report.patched_by { p.small { (patch) } }
        }
    }
}

fn course_tables(course: &Course) -> Markup {
    html! {
        @if !course.hooks.is_empty() {
            section.card {
                header { h2 { "Hooks" } }
                div.table { table {
                    thead { tr { th scope="col" { "When" } th scope="col" { "Hook" } th scope="col" { "Answer" } th scope="col" { "Why" } } }
                    tbody { @for hook in &course.hooks { tr { td.nowrap { (hook.point) } td { (hook.hook) } td { (badge(hook.outcome)) } td.text { (hook.reason.as_deref().unwrap_or("")) } } } }
                } }
            }
        }
        p { a href={ "/attempts?launch=" (course.id) } { "All attempts of this launch" } }
    }
}
