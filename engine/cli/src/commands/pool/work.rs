//! Refreshing and resetting pools: here, or by the engine that runs.

use lariat_core::ids::AccountId;
use lariat_core::ledger::ResetReport;
use lariat_core::pool::RefreshReport;
use serde_json::json;

use super::known;
use crate::app::App;
use crate::ask::confirm;
use crate::engine::remote::{Remote, path, read};
use crate::exit::{CliError, CliResult, Exit};
use crate::output::{Output, count, elapsed, plural};

pub async fn refresh(app: &App, name: &str, output: Output) -> CliResult {
    let name = known(app, name)?;
    refreshed(name.as_str(), &app.pools.refresh(&name).await?, output)
}

/// By the engine that runs.
pub async fn refresh_through(engine: &Remote, name: &str, output: Output) -> CliResult {
    let answer = engine.post(&path("pools", name, Some("refresh")), &json!({})).await?;
    refreshed(name, &read(answer)?, output)
}

fn refreshed(name: &str, report: &RefreshReport, output: Output) -> CliResult {
    output.answer(report, || {
        let mut text = format!(
            "Refreshed \"{name}\" in {}: {}, {} available.",
            elapsed(report.elapsed_ms),
            plural(report.counts.total as u64, "account"),
            count(report.counts.available as u64)
        );
        for warning in &report.warnings {
            text.push_str(&format!("\nwarning: {warning}"));
        }
        text
    })?;
    Ok(Exit::Done)
}

pub async fn reset(app: &App, name: &str, accounts: Vec<AccountId>, yes: bool, output: Output) -> CliResult {
    let name = known(app, name)?;
    if !confirmed(name.as_str(), &accounts, yes, output) {
        return Ok(Exit::Done);
    }
    let only = (!accounts.is_empty()).then_some(accounts);
    let report = app.pools.reset(&name, only).await?;
    told(name.as_str(), &report, output)
}

/// By the engine that runs.
pub async fn reset_through(
    engine: &Remote,
    name: &str,
    accounts: Vec<AccountId>,
    yes: bool,
    output: Output,
) -> CliResult {
    engine.get(&path("pools", name, None)).await?;
    if !confirmed(name, &accounts, yes, output) {
        return Ok(Exit::Done);
    }
    let answer = engine.post(&path("pools", name, Some("reset")), &json!({"accounts": accounts})).await?;
    told(name, &read(answer)?, output)
}

fn confirmed(name: &str, accounts: &[AccountId], yes: bool, output: Output) -> bool {
    let what = match accounts {
        [] => format!("This forgets every outcome and total of pool \"{name}\"."),
        some => {
            format!("This forgets what pool \"{name}\" knows of {}.", plural(some.len() as u64, "account"))
        }
    };
    let confirmed = confirm(yes, &what);
    if !confirmed {
        output.note("Nothing was changed.");
    }
    confirmed
}

fn told(name: &str, report: &ResetReport, output: Output) -> Result<Exit, CliError> {
    output.answer(report, || {
        format!(
            "Reset \"{name}\": {} forgotten, {} available again.",
            plural(report.forgotten, "outcome"),
            plural(report.made_available, "account")
        )
    })?;
    Ok(Exit::Done)
}
