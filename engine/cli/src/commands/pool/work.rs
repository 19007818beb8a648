//! Refreshing and resetting pools.

use lariat_core::ids::AccountId;

use crate::ask::confirm;
use crate::engine::asked::Asked;
use crate::exit::{CliResult, Exit};
use crate::output::{Output, count, elapsed, plural};

pub async fn refresh(asked: &Asked, name: &str, output: Output) -> CliResult {
    let report = asked.refresh_pool(name).await?;
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

pub async fn reset(
    asked: &Asked,
    name: &str,
    accounts: Vec<AccountId>,
    yes: bool,
    output: Output,
) -> CliResult {
    let name = asked.pool(name).await?.definition.name;
    let name = name.as_str();
    if !confirmed(name, &accounts, yes, output) {
        return Ok(Exit::Done);
    }
    let report = asked.reset_pool(name, accounts).await?;
    output.answer(&report, || {
        format!(
            "Reset \"{name}\": {} forgotten, {} available again.",
            plural(report.forgotten, "outcome"),
            plural(report.made_available, "account")
        )
    })?;
    Ok(Exit::Done)
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
