//! Before a launch: the question whether to refresh the pool, the question about instances
//! that others hold, and the plan with everything that hooks make of it. Then the launch.

use std::sync::Arc;

use axum::extract::Path;
use axum::response::Response;
use lariat_core::definition::{ConflictPolicy, GroupDefinition, LaunchSettings, RefreshPolicy};
use lariat_core::launch::{LaunchRequest, NoAnswer, Overrides, PlanReport};
use lariat_workspace::Seen;
use maud::{Markup, html};

use super::conflicts::{self, Answers};
use super::{form, list};
use crate::pages::frame::{Frame, Page, Section, done, problem_page};
use crate::pages::parts::{Fields, ago, badge, checkbox, field, href, numbers, params, read_params};
use crate::{LaunchOrder, ServiceError};

/// `GET /groups/{name}/launch`
pub(super) async fn page(frame: Frame, Path(name): Path<String>) -> Response {
    show(&frame, &name, Overrides::default(), Answers::default(), None).await
}

/// `POST /groups/{name}/launch`
pub(super) async fn launch(frame: Frame, Path(name): Path<String>, fields: Fields) -> Response {
    let answers = Answers::read(&fields);
    let overrides = match read(&frame, &name, &fields, &answers) {
        Ok(overrides) => overrides,
        Err(error) => return show(&frame, &name, Overrides::default(), answers, Some(&error)).await,
    };
    if fields.ticked("update") {
        return show(&frame, &name, overrides, answers, None).await;
    }
    if fields.ticked("remember")
        && let Some(policy) = overrides.settings.refresh_pool
        && let Err(error) = remember(&frame, &name, policy).await
    {
        return show(&frame, &name, overrides, answers, Some(&error)).await;
    }
    let Overrides { settings, bot_count, config } = overrides.clone();
    let order = LaunchOrder { settings, bot_count, config, ..LaunchOrder::default() };
    let asker = answers.clone().or(policy(&frame, &name));
    match frame.shared.service.launch_asking(&name, order, Arc::new(asker)) {
        Ok((launch, _)) => {
            done(&href(&["launches", &launch.id().to_string()]), &format!("{name} is being launched."))
        }
        Err(error) => show(&frame, &name, overrides, answers, Some(&error)).await,
    }
}

/// What the group does about instances that others hold.
fn policy(frame: &Frame, name: &str) -> Option<ConflictPolicy> {
    let orchestrator = frame.shared.service.orchestrator();
    let own = orchestrator.group(name).ok().and_then(|group| group.definition.launch.on_conflict);
    own.or(orchestrator.launch_defaults().on_conflict)
}

/// Writes the answer into the group's definition.
async fn remember(frame: &Frame, name: &str, policy: RefreshPolicy) -> Result<(), ServiceError> {
    let service = &frame.shared.service;
    let mut group = service.group(name)?.definition;
    group.launch.refresh_pool = Some(policy);
    service.save_group(name, &group, Seen::Current).await.map(drop)
}

fn read(frame: &Frame, name: &str, fields: &Fields, answers: &Answers) -> Result<Overrides, ServiceError> {
    let group = frame.shared.service.orchestrator().group(name)?.definition;
    let refresh_pool = match fields.get("go") {
        Some("refresh") => Some(RefreshPolicy::Always),
        Some("skip") => Some(RefreshPolicy::Never),
        _ => None,
    };
    Ok(Overrides {
        settings: LaunchSettings {
            refresh_pool,
            // What was answered about an instance goes before the group's way.
            on_conflict: (!answers.is_empty()).then_some(ConflictPolicy::Ask),
            max_accounts: fields.read("max_accounts", "Accounts a bot")?,
            stagger_delay: fields.read("stagger_delay", "Pause between two starts")?,
            ..LaunchSettings::default()
        },
        bot_count: fields.read("bot_count", "Bots")?,
        config: read_params(&form::specs(frame, &group.routine), fields, &group.config),
    })
}

async fn show(
    frame: &Frame,
    name: &str,
    overrides: Overrides,
    answers: Answers,
    error: Option<&ServiceError>,
) -> Response {
    let (group, plan) = match plan(frame, name, &overrides).await {
        Ok(found) => found,
        Err(missing) => return problem_page(frame, Section::Groups, error.unwrap_or(&missing)),
    };
    let held = conflicts::held(frame, &plan);
    let asks = plan.plan.options.refresh_pool == RefreshPolicy::Ask && plan.plan.account_pool.is_some();
    let body = html! {
        form.form action=(href(&["groups", name, "launch"])) method="post" {
            (question(frame, &plan, asks))
            @if !held.is_empty() { (conflicts::question(&held, &answers)) }
            div.columns {
                (preview(&plan))
                section.card {
                    header { h2 { "Only this time" } }
                    div.stack {
                        (field("bot_count", "Bots", "number", &overrides.bot_count.map(|n| n.to_string()).unwrap_or_default(), &format!("{} if empty", group.requested_bots())))
                        (field("max_accounts", "Accounts a bot", "number", &overrides.settings.max_accounts.map(|n| n.to_string()).unwrap_or_default(), "0: until the pool is exhausted"))
                        (field("stagger_delay", "Pause between two starts", "text", &overrides.settings.stagger_delay.map(|n| n.to_string()).unwrap_or_default(), "such as 3s"))
                        (params("routine", &form::specs(frame, &group.routine), &laid_over(&group, &overrides), &group.config))
                        div { button type="submit" name="update" value="1" { "Show the plan again" } }
                    }
                }
            }
        }
    };
    Page::new(Section::Groups, format!("Launch {name}"))
        .under("/groups", "Groups")
        .under(href(&["groups", name]), name)
        .problem(error)
        .body(body)
        .show(frame)
}

fn laid_over(group: &GroupDefinition, overrides: &Overrides) -> serde_json::Map<String, serde_json::Value> {
    let mut config = group.config.clone();
    config.extend(overrides.config.clone());
    config
}

async fn plan(
    frame: &Frame,
    name: &str,
    overrides: &Overrides,
) -> Result<(Arc<GroupDefinition>, PlanReport), ServiceError> {
    let orchestrator = frame.shared.service.orchestrator();
    let group = orchestrator.group(name)?.definition;
    let request =
        LaunchRequest { group: group.name.clone(), overrides: overrides.clone(), asker: Arc::new(NoAnswer) };
    Ok((group, orchestrator.plan(&request).await?))
}

/// The mission's question before a launch, with its two answers; or the one button where
/// nothing is to be asked.
fn question(frame: &Frame, plan: &PlanReport, asks: bool) -> Markup {
    let may = frame.may_change;
    let pool = plan.plan.account_pool.as_ref();
    let last = pool
        .and_then(|pool| frame.shared.service.orchestrator().pool_manager().get_open(pool))
        .and_then(|pool| pool.stats().last_refresh);
    html! {
        section.card.question.stack {
            @if let (true, Some(pool)) = (asks, pool) {
                h2 { "Refresh the account pool?" }
                p {
                    "Pool “" (pool) "” "
                    @match last {
                        Some(then) => { "was last refreshed " (ago(then)) ". Refresh it now, to launch with the latest accounts?" }
                        None => { "isn’t open yet: it selects its accounts when the launch opens it, either way." }
                    }
                }
                div.actions {
                    button type="submit" name="go" value="skip" disabled[!may] { "Skip" }
                    button.primary type="submit" name="go" value="refresh" disabled[!may] { "Refresh & Launch" }
                    (checkbox("remember", "Remember this for the group", false))
                }
            } @else {
                h2 { "Ready to launch?" }
                p.muted {
                    @match (pool, plan.plan.options.refresh_pool) {
                        (None, _) => "It works without a pool.",
                        (_, RefreshPolicy::Always) => "Its pool is refreshed first, as the group says.",
                        (_, RefreshPolicy::IfOlderThan(_)) => "Its pool is refreshed first if its accounts are older than the group says.",
                        (_, _) => "Its pool isn’t refreshed, as the group says.",
                    }
                }
                div.actions { button.primary type="submit" name="go" value="launch" disabled[!may] { "Launch" } }
            }
        }
    }
}

fn preview(plan: &PlanReport) -> Markup {
    let draft = &plan.plan;
    html! {
        section.card.stack {
            header { h2 { "The plan" } (badge(if plan.valid { "ready" } else { "not ready" })) }
            @if !plan.problems.is_empty() {
                div { h3 { "It wouldn’t get as far as its bots" } ul { @for problem in &plan.problems { li { (problem) } } } }
            }
            @for warning in &plan.warnings { p.muted { (warning) } }
            dl.facts {
                dt { "Routine" } dd { (draft.routine) @if let Some(generation) = plan.routine_generation { span.muted { " generation " (generation) } } }
                dt { "Bots" } dd { (draft.bot_count) }
                dt { "Instances" } dd { (list::instances(draft.instances.iter().map(|id| id.0))) }
                @if let Some(pool) = &draft.account_pool {
                    dt { "Pool" } dd { (pool) @if let (Some(found), Some(free)) = (plan.accounts_found, plan.accounts_available) { ": " (numbers(free)) " to be served of " (numbers(found)) " selected" } }
                }
                @if let Some(params) = &plan.params { @for (name, value) in params { dt { (name) } dd { code { (value) } } } }
            }
            @for patch in &plan.patched_by { p.small { (patch) } }
            @if !plan.hooks.is_empty() {
                details {
                    summary { (plan.hooks.len()) " hooks would run" }
                    div.table { table {
                        thead { tr { th scope="col" { "When" } th scope="col" { "Hook" } th scope="col" { "Would say" } } }
                        tbody { @for hook in &plan.hooks { tr { td.nowrap { (hook.point) } td { (hook.hook) } td { @if let Some(answer) = &hook.answer { (badge(answer)) } @if let Some(reason) = &hook.reason { " " (reason) } } } } }
                    } }
                }
            }
        }
    }
}
