//! The table at the end of a launch.

use lariat_core::launch::LaunchReport;

use crate::app::App;
use crate::output::{count, elapsed, plural, table, total};

pub fn text(app: &App, reports: &[LaunchReport]) -> String {
    let headers = ["group", "bots", "completed", "failed", "skipped", "returned", "rate", "duration"];
    let mut lines = vec![table(&headers, &[1, 2, 3, 4, 5, 6, 7], reports.iter().map(row))];
    for report in reports {
        lines.extend(notes(app, report).into_iter().map(|note| format!("{}: {note}", report.group)));
    }
    lines.join("\n")
}

fn row(report: &LaunchReport) -> Vec<String> {
    let accounts = report.accounts;
    vec![
        report.group.to_string(),
        format!("{}/{}", report.launched_bots, report.requested_bots),
        count(accounts.completed),
        count(accounts.failed),
        count(accounts.skipped),
        count(accounts.returned),
        rate(accounts.settled(), report.duration_ms),
        elapsed(report.duration_ms),
    ]
}

/// Settled accounts a second.
#[allow(clippy::cast_precision_loss)]
fn rate(settled: u64, millis: u64) -> String {
    if settled == 0 {
        return "-".into();
    }
    let rate = settled as f64 * 1000.0 / millis.max(1) as f64;
    if rate < 10.0 { format!("{rate:.1}/s") } else { format!("{rate:.0}/s") }
}

fn notes(app: &App, report: &LaunchReport) -> Vec<String> {
    let mut notes = Vec::new();
    if !report.totals.is_empty() {
        let totals: Vec<String> =
            report.totals.iter().map(|(name, sum)| format!("{name} {}", total(*sum))).collect();
        notes.push(totals.join(", "));
    }
    for conflict in &report.conflicts {
        notes.push(format!(
            "instance {} was held by \"{}\": {}",
            conflict.instance,
            conflict.held_by,
            format!("{:?}", conflict.resolution).to_lowercase()
        ));
    }
    notes.extend(report.patched_by.iter().map(ToString::to_string));
    notes.extend(report.warnings.iter().cloned());
    notes.extend(report.errors.iter().cloned());
    for bot in report.bots.iter().filter(|bot| bot.status == lariat_core::bot::BotStatus::Failed) {
        let error = bot.error.as_deref().unwrap_or("it didn't say why");
        notes.push(format!("the bot on instance {} failed: {error}", bot.instance));
    }
    if report.stopped {
        notes.push("stopped before it was done".into());
    }
    notes.extend(nothing_left(app, report));
    notes
}

/// Says why a launch had nothing to do.
fn nothing_left(app: &App, report: &LaunchReport) -> Option<String> {
    let idle = report.success && !report.stopped && report.accounts == Default::default();
    let defined = app.orchestrator.group(report.group.as_str()).ok().filter(|_| idle)?;
    let name = defined.definition.account_pool.as_ref()?;
    let counts = app.pools.get_open(name)?.stats().counts;
    let settled = (counts.completed + counts.failed + counts.skipped) as u64;
    Some(if settled == 0 {
        format!("nothing to do: pool \"{name}\" selects no account")
    } else {
        format!(
            "nothing left to do: pool \"{name}\" has settled {}; `lariat pool reset \"{name}\"` starts over",
            plural(settled, "account")
        )
    })
}
