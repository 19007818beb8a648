//! Refreshing and resetting pools.

use lariat_core::ids::AccountId;

use super::known;
use crate::app::App;
use crate::ask::confirm;
use crate::exit::{CliResult, Exit};
use crate::output::{Output, count, elapsed, plural};

pub async fn refresh(app: &App, name: &str, output: Output) -> CliResult {
    let name = known(app, name)?;
    let report = app.pools.refresh(&name).await?;
    output.answer(&report, || {
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
    let what = match accounts.as_slice() {
        [] => format!("This forgets every outcome and total of pool \"{name}\"."),
        some => {
            format!("This forgets what pool \"{name}\" knows of {}.", plural(some.len() as u64, "account"))
        }
    };
    if !confirm(yes, &what) {
        output.note("Nothing was changed.");
        return Ok(Exit::Done);
    }
    let only = (!accounts.is_empty()).then_some(accounts);
    let report = app.pools.reset(&name, only).await?;
    output.answer(&report, || {
        format!(
            "Reset \"{name}\": {} forgotten, {} available again.",
            plural(report.forgotten, "outcome"),
            plural(report.made_available, "account")
        )
    })?;
    Ok(Exit::Done)
}
