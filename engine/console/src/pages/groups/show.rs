//! One group: its bots, its definition, its launches.

use std::collections::HashMap;
use std::time::Duration;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use lariat_core::ids::GroupName;
use lariat_core::launch::LaunchReport;
use lariat_core::orchestrator::GroupState;
use lariat_core::secret::masked_fields;
use maud::{Markup, html};

use super::list::instances;
use crate::ServiceError;
use crate::pages::desk::course::{Attempt, Course};
use crate::pages::files;
use crate::pages::frame::{Frame, Page, Section, problem_page};
use crate::pages::parts::{ago, badge, empty, href, lasting, numbers, post, short};

/// `GET /groups/{name}`
pub(super) async fn page(frame: Frame, Path(name): Path<String>) -> Response {
    with(&frame, &name, None)
}

/// The page, with why something wasn't done.
pub(super) fn with(frame: &Frame, name: &str, error: Option<&ServiceError>) -> Response {
    let body = match body(frame, name) {
        Ok(body) => body,
        Err(missing) => return problem_page(frame, Section::Groups, error.unwrap_or(&missing)),
    };
    let live = html! {
        div.stack data-live=(href(&["fragments", "groups", name])) data-on="groups bots" { (body) }
    };
    let actions = html! {
        @if frame.shared.service.group(name).is_ok() {
            a.button href=(href(&["groups", name, "edit"])) { "Edit" }
            a.button.danger href=(href(&["groups", name, "delete"])) { "Delete" }
        }
    };
    Page::new(Section::Groups, name)
        .under("/groups", "Groups")
        .actions(actions)
        .problem(error)
        .body(live)
        .show(frame)
}

/// `GET /fragments/groups/{name}`
pub(super) async fn fragment(frame: Frame, Path(name): Path<String>) -> Response {
    body(&frame, &name).map_or_else(IntoResponse::into_response, IntoResponse::into_response)
}

fn body(frame: &Frame, name: &str) -> Result<Markup, ServiceError> {
    let orchestrator = frame.shared.service.orchestrator();
    let listing = orchestrator.list_groups().into_iter().find(|group| group.name == name);
    let running = GroupName::new(name).ok().and_then(|name| orchestrator.running(&name));
    let defined = orchestrator.group(name);
    if running.is_none() && listing.is_none() {
        defined?;
        return Ok(html! {});
    }
    let state = listing.as_ref().map_or(GroupState::Running, |group| group.state);
    let recent = frame.desk.recent(Some(name));
    let now = running.as_ref().map(|launch| launch.snapshot());
    Ok(html! {
        section.card {
            header { h2 { "Now" } (badge(state.as_str())) }
            div.stack {
                @if let Some(error) = listing.as_ref().and_then(|group| group.error.as_ref()) {
                    pre { (error) }
                    // What is stale can be launched all the same.
                    @if let Some(file) = frame.shared.service.group_file(name).filter(|_| state != GroupState::Failed) { p { a href=(files::place(&file)) { "Mend its file" } } }
                }
                @match &now {
                    Some(report) => {
                        (figures(report))
                        (bots(report, &frame.desk.at_work(report.launch_id)))
                    }
                    None => p.muted { "It doesn’t run." }
                }
                div.actions {
                    (buttons(frame, name, state))
                    @if let Some(report) = &now {
                        form.actions action=(href(&["groups", name, "scale"])) method="post" {
                            label.unseen for="bots" { "Bots" }
                            input.small-number #bots type="number" name="bots" min="0" value=(working(report));
                            button type="submit" disabled[!frame.may_change] { "Scale" }
                        }
                        a href=(href(&["launches", &report.launch_id.to_string()])) { "Timeline" }
                    }
                }
            }
        }
        div.columns {
            section.card {
                header { h2 { "Definition" } @if let Ok(defined) = &defined { span.muted.small { "generation " (defined.generation) } } }
                @if let Ok(defined) = &defined { (facts(defined)) } @else { p.muted { "Its file is gone; the launch goes on." } }
            }
            section.card { header { h2 { "Launches" } } (launches(&recent)) }
        }
    })
}

fn working(report: &LaunchReport) -> usize {
    report.bots.iter().filter(|bot| !bot.status.has_ended()).count()
}

fn figures(report: &LaunchReport) -> Markup {
    let accounts = report.accounts;
    html! {
        div.figures {
            div.figure { b { (working(report)) } span { "bots at work of " (report.requested_bots) } }
            div.figure { b { (numbers(accounts.completed)) } span { "completed" } }
            div.figure { b { (numbers(accounts.failed)) } span { "failed" } }
            div.figure { b { (numbers(accounts.skipped)) } span { "skipped" } }
            div.figure { b { (lasting(Duration::from_millis(report.duration_ms))) } span { "since the launch" } }
        }
    }
}

/// The bots of a launch, with what they work on.
pub(in crate::pages) fn bots(report: &LaunchReport, at_work: &HashMap<u32, Attempt>) -> Markup {
    html! {
        @if report.bots.is_empty() { p.muted { "No bot has started yet." } }
        @else {
            div.table tabindex="0" role="region" aria-label="Bots" {
                table {
                    thead { tr { th scope="col" { "Instance" } th scope="col" { "Status" } th scope="col" { "Account" } th scope="col" { "Progress" } th.number scope="col" { "Settled" } th scope="col" { "Last error" } } }
                    tbody {
                        @for bot in &report.bots {
                            @let current = at_work.get(&bot.instance.0);
                            tr data-key={ "bot-" (bot.instance.0) } {
                                th scope="row" { (bot.instance.0) }
                                td.nowrap { (badge(bot.status.as_str())) }
                                td { @if let Some(current) = current { a href=(href(&["accounts", current.account.as_str()])) { (current.account) } } @else { span.muted { "–" } } }
                                td.fill {
                                    @if let Some((done, all)) = current.and_then(|current| current.progress) {
                                        progress value=(done) max=(all.max(f64::MIN_POSITIVE)) aria-label={ (done) " of " (all) } {}
                                    }
                                }
                                td.number { (numbers(bot.accounts)) }
                                td.text.small { (bot.error.as_deref().and_then(|error| error.lines().next()).unwrap_or("")) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What can be done with a group in this state.
pub(super) fn buttons(frame: &Frame, name: &str, state: GroupState) -> Markup {
    let to = |verb: &str| href(&["groups", name, verb]);
    html! {
        @match state {
            GroupState::Running | GroupState::Paused => {
                (post(&to("stop"), "Stop", "", frame.may_change))
                @if state == GroupState::Paused { (post(&to("resume"), "Resume", "primary", frame.may_change)) }
                @else { (post(&to("pause"), "Pause", "", frame.may_change)) }
                form.inline action=(to("stop")) method="post" {
                    input type="hidden" name="force" value="true";
                    button.danger type="submit" disabled[!frame.may_change] title="Unfinished accounts go back to the pool" { "Stop now" }
                }
            }
            GroupState::Failed => @match frame.shared.service.group_file(name) {
                Some(file) => a.button.primary href=(files::place(&file)) { "Mend its file" },
                None => span.muted.small { "Mend its file to launch it." },
            },
            GroupState::Idle | GroupState::Stale => a.button.primary href=(to("launch")) { "Launch…" },
        }
    }
}

fn facts(defined: &lariat_core::definition::Defined<lariat_core::definition::GroupDefinition>) -> Markup {
    let group = &defined.definition;
    html! {
        dl.facts {
            @if let Some(text) = &group.description { dt { "About" } dd { (text) } }
            dt { "Routine" } dd { (group.routine) }
            dt { "Bots" } dd { (group.requested_bots()) }
            dt { "Instances" } dd { (instances(group.instances.iter().map(|id| id.0))) }
            dt { "Pool" } dd {
                @if let Some(pool) = &group.account_pool { a href=(href(&["pools", pool.as_str()])) { (pool) } } @else { "none" }
            }
            @for (name, value) in &masked_fields(&group.config) { dt { (name) } dd { code { (value) } } }
            @if let Some(settings) = serde_json::to_value(&group.launch).ok().as_ref().and_then(|value| value.as_object()) {
                @for (name, value) in settings { dt { (name.replace('_', " ")) } dd { (value.as_str().map_or_else(|| value.to_string(), str::to_owned)) } }
            }
            dt { "Autostart" } dd { (if group.autostart { "yes" } else { "no" }) }
            @if let Some(file) = &defined.file { dt { "File" } dd { code { (file.display()) } } }
        }
    }
}

fn launches(recent: &[Course]) -> Markup {
    html! {
        @if recent.is_empty() { (empty("Not launched yet", html! { p { "Nothing since the engine started." } })) }
        ul.rows {
            @for course in recent.iter().take(10) {
                li data-key={ "launch-" (course.id) } {
                    div.line { a href=(href(&["launches", &course.id])) { (ago(course.began)) } (badge(course.outcome.unwrap_or("running"))) }
                    p.muted.small.clamp { (short(course.began, course.ended)) @if let Some(error) = &course.error { " · " (error) } }
                }
            }
        }
    }
}
