//! The table at the end of a launch.

use lariat_core::ids::PoolName;
use lariat_core::launch::LaunchReport;
use lariat_core::pool::Counts;

use crate::output::{count, elapsed, plural, table, total};

/// The table, and what is to be said besides; `left` tells how the pool stands of a launch
/// that had nothing to do.
pub fn text(reports: &[LaunchReport], left: impl Fn(&LaunchReport) -> Option<(PoolName, Counts)>) -> String {
    let headers = ["group", "bots", "completed", "failed", "skipped", "returned", "rate", "duration"];
    let mut lines = vec![table(&headers, &[1, 2, 3, 4, 5, 6, 7], reports.iter().map(row))];
    for report in reports {
        let mut notes = notes(report);
        if was_idle(report) {
            notes.extend(left(report).map(|(pool, counts)| nothing_left(&pool, &counts)));
        }
        lines.extend(notes.into_iter().map(|note| format!("{}: {note}", report.group)));
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

fn notes(report: &LaunchReport) -> Vec<String> {
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
    if report.accounts.fenced > 0 {
        notes.push(format!(
            "{} came too late: somebody else had taken the lease over; `lariat account show` keeps what was done",
            plural(report.accounts.fenced, "result")
        ));
    }
    notes.extend(refused(report));
    notes.extend(failures(report));
    notes.extend(report.errors.iter().cloned());
    for bot in report.bots.iter().filter(|bot| bot.status == lariat_core::bot::BotStatus::Failed) {
        let error = bot.error.as_deref().unwrap_or("it didn't say why");
        notes.push(format!("the bot on instance {} failed: {error}", bot.instance));
    }
    if report.stopped {
        notes.push("stopped before it was done".into());
    }
    notes
}

/// Says that accounts couldn't be claimed, and why the last one couldn't.
fn refused(report: &LaunchReport) -> Option<String> {
    let (last, count) = (report.refusals.last()?, report.accounts.refused);
    let accounts = report.accounts;
    let none = accounts.settled() + accounts.returned + accounts.retried + accounts.fenced == 0;
    let whose = last.account.as_ref().map(|account| format!(" of account \"{account}\"")).unwrap_or_default();
    let told = match (none, count) {
        (true, 1) => "the one account that was asked for couldn't be claimed".to_owned(),
        (true, count) => format!("{} were asked for, none could be claimed", plural(count, "account")),
        (false, count) => format!("{} refused", plural(count, "claim")),
    };
    Some(format!("{told}; the last reason{whose}: {}", last.reason))
}

/// The most frequent reasons why runs failed.
fn failures(report: &LaunchReport) -> Vec<String> {
    const SHOWN: usize = 3;
    let mut failures: Vec<_> = report.failures.iter().collect();
    failures.sort_by_key(|failure| std::cmp::Reverse(failure.count));
    let mut notes: Vec<String> = failures
        .iter()
        .take(SHOWN)
        .map(|failure| match &failure.account {
            Some(account) if failure.count > 1 => {
                format!(
                    "{} failed, the last one account \"{account}\": {}",
                    plural(failure.count, "run"),
                    failure.reason
                )
            }
            Some(account) => format!("account \"{account}\" failed: {}", failure.reason),
            None => format!("{} failed: {}", plural(failure.count, "run"), failure.reason),
        })
        .collect();
    let more: u64 = failures.iter().skip(SHOWN).map(|failure| failure.count).sum();
    if more > 0 {
        notes.push(format!(
            "{} failed for other reasons; `lariat account show ID` tells an account's",
            plural(more, "run")
        ));
    }
    notes
}

/// Whether a launch had nothing to do.
pub fn was_idle(report: &LaunchReport) -> bool {
    report.success && !report.stopped && report.accounts == Default::default()
}

/// Says why a launch had nothing to do.
fn nothing_left(pool: &PoolName, counts: &Counts) -> String {
    let settled = (counts.completed + counts.failed + counts.skipped) as u64;
    if settled == 0 {
        format!("nothing to do: pool \"{pool}\" selects no account")
    } else {
        format!(
            "nothing left to do: pool \"{pool}\" has settled {}; `lariat pool reset \"{pool}\"` starts over",
            plural(settled, "account")
        )
    }
}
