//! `lariat launch --plan`: shows what would happen and starts nothing.

use lariat_console::LaunchOrder;
use lariat_core::hook::RehearsedHook;
use lariat_core::ids::GroupName;
use lariat_core::launch::{Overrides, PlanReport};

use crate::app::App;
use crate::engine::remote::{Remote, group_path, read};
use crate::exit::{CliResult, Exit};
use crate::output::{Output, count};

/// By this process: no engine runs.
pub async fn here(app: &App, groups: &[GroupName], overrides: &Overrides, output: Output) -> CliResult {
    let mut plans = Vec::new();
    for group in groups {
        plans.push(app.service.plan(group.as_str(), overrides.clone().into()).await?);
    }
    show(&plans, output)
}

/// By the engine that would launch them, with what it has in force.
pub async fn by_engine(
    engine: &Remote,
    groups: &[String],
    overrides: Overrides,
    output: Output,
) -> CliResult {
    let order = LaunchOrder::from(overrides);
    let mut plans: Vec<PlanReport> = Vec::new();
    for group in groups {
        plans.push(read(engine.post(&group_path(group, "plan"), &order).await?)?);
    }
    show(&plans, output)
}

fn show(plans: &[PlanReport], output: Output) -> CliResult {
    output.answer(plans, || plans.iter().map(text).collect::<Vec<_>>().join("\n"))?;
    Ok(if plans.iter().all(|plan| plan.valid) { Exit::Done } else { Exit::Refused })
}

fn text(report: &PlanReport) -> String {
    let plan = &report.plan;
    let options = &plan.options;
    let instances: Vec<String> = plan.instances.iter().map(ToString::to_string).collect();
    let mut lines = vec![format!("{}", plan.group)];
    let mut line = |key: &str, value: String| lines.push(format!("  {key:<14} {value}"));
    line(
        "routine",
        match report.routine_generation {
            Some(generation) => format!("{} (generation {generation})", plan.routine),
            None => plan.routine.clone(),
        },
    );
    for (name, value) in report.params.iter().flatten() {
        line("", format!("{name} = {value}"));
    }
    line("bots", format!("{} on instances {}", plan.bot_count, instances.join(", ")));
    if let Some(pool) = &plan.account_pool {
        let found = match (report.accounts_found, report.accounts_available) {
            (Some(found), Some(available)) => {
                format!(" ({} selected, {} to serve)", count(found as u64), count(available as u64))
            }
            _ => String::new(),
        };
        line("account pool", format!("{pool}{found}"));
    }
    line("stagger", options.stagger_delay.to_string());
    line("refresh", options.refresh_pool.to_string());
    line("on conflict", format!("{:?}", options.on_conflict).to_lowercase());
    line("restart", format!("{:?}", options.restart_policy).to_lowercase());
    if options.max_accounts > 0 {
        line("max accounts", format!("{} a bot", count(options.max_accounts)));
    }
    for (index, hook) in report.hooks.iter().enumerate() {
        line(if index == 0 { "hooks" } else { "" }, hook_line(hook));
    }
    for warning in &report.warnings {
        line("warning", warning.clone());
    }
    for problem in &report.problems {
        line("problem", problem.clone());
    }
    lines.join("\n")
}

/// `before:validate  quiet_hours (built-in): patch, bot_count = 1`
fn hook_line(hook: &RehearsedHook) -> String {
    let mut line = format!("{:<24} {} ({})", hook.point.to_string(), hook.hook, hook.origin);
    if let Some(answer) = &hook.answer {
        line.push_str(&format!(": {answer}"));
    }
    if let Some(reason) = &hook.reason {
        line.push_str(&format!(", {reason}"));
    }
    line
}
