//! Looking at pools.

use serde_json::{Map, Value};

use lariat_core::account::Account;
use lariat_core::pool::{PoolListing, PoolState};

use crate::app::{Access, App};
use crate::args::Global;
use crate::engine::asked::Asked;
use crate::exit::{CliResult, Exit};
use crate::output::{Output, ago, count, elapsed, noted, plural, table, total};

pub async fn list(asked: &Asked, output: Output) -> CliResult {
    let pools = asked.pools().await?;
    output.answer(&pools, || list_text(&pools))?;
    Ok(Exit::Done)
}

fn list_text(pools: &[PoolListing]) -> String {
    if pools.is_empty() {
        return "There is no pool in pools/ yet. `lariat pool create` makes one.".into();
    }
    let headers =
        ["name", "type", "accounts", "available", "in use", "completed", "failed", "skipped", "last refresh"];
    let rows = pools.iter().map(|pool| {
        let c = pool.counts;
        let mut row = vec![pool.name.clone(), pool.pool_type.clone()];
        if pool.state == PoolState::Failed {
            row.extend(["-"; 6].map(str::to_owned));
        } else {
            row.extend(
                [c.total, c.available, c.in_use, c.completed, c.failed, c.skipped].map(|n| count(n as u64)),
            );
        }
        row.push(ago(pool.last_refresh));
        row
    });
    let mut text = table(&headers, &[2, 3, 4, 5, 6, 7], rows);
    for pool in pools {
        if let Some(error) = &pool.error {
            text.push_str(&format!("\n\n{}: {error}", pool.name));
        }
    }
    text
}

pub async fn show(asked: &Asked, name: &str, output: Output) -> CliResult {
    let shown = asked.pool(name).await?;
    let yaml = lariat_workspace::yaml::to_string(&shown.definition).unwrap_or_default();
    output.answer(&shown, || noted(shown.file.iter().chain(&shown.stale), &yaml))?;
    Ok(Exit::Done)
}

/// Of what the file says now, whatever a running engine goes on with.
pub async fn test(global: &Global, name: &str, output: Output) -> CliResult {
    let app = App::open_for_pools(global, Access::Read).await?;
    let tested = app.service.test_pool(name).await;
    app.close().await;
    let report = tested?;
    output.answer(&report, || {
        if let Some(error) = &report.error {
            return format!("Pool \"{name}\" can't be read: {error}");
        }
        let found = plural(report.accounts_found as u64, "account");
        let mut text = format!("Pool \"{name}\" selects {found} ({}).", elapsed(report.elapsed_ms));
        if !report.sample.is_empty() {
            text.push_str(&format!("\n\n{}", sample(&report.sample)));
            let more = report.accounts_found.saturating_sub(report.sample.len());
            if more > 0 {
                text.push_str(&format!(
                    "\n… and {}",
                    plural(more as u64, "more account").replace("more accounts", "more")
                ));
            }
        }
        for warning in &report.warnings {
            text.push_str(&format!("\nwarning: {warning}"));
        }
        text
    })?;
    Ok(report.failure.as_ref().map_or(Exit::Done, Exit::of_source))
}

/// Accounts as a table of all their fields; secrets stay masked.
fn sample(accounts: &[Account]) -> String {
    let mut columns: Vec<&str> = Vec::new();
    for (name, _) in accounts.iter().flat_map(Account::fields) {
        if !columns.contains(&name) {
            columns.push(name);
        }
    }
    let headers: Vec<&str> = std::iter::once("id").chain(columns.iter().copied()).collect();
    let numbers: Vec<usize> = columns
        .iter()
        .enumerate()
        .filter(|(_, name)| accounts.iter().any(|account| account.get(name).is_some_and(Value::is_number)))
        .map(|(index, _)| index + 1)
        .collect();
    let rows = accounts.iter().map(|account| {
        let shown: Map<String, Value> = account.masked();
        std::iter::once(account.id.to_string())
            .chain(columns.iter().map(|name| cell(shown.get(*name))))
            .collect()
    });
    table(&headers, &numbers, rows)
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "-".into(),
        Some(Value::String(text)) => shorten(text),
        Some(other) => shorten(&other.to_string()),
    }
}

fn shorten(text: &str) -> String {
    const MOST: usize = 40;
    let line = text.replace(['\n', '\r', '\t'], " ");
    if line.chars().count() <= MOST {
        return line;
    }
    line.chars().take(MOST - 1).chain(['…']).collect()
}

pub async fn stats(asked: &Asked, name: &str, output: Output) -> CliResult {
    let stats = asked.pool_stats(name).await?;
    output.answer(&stats, || {
        let c = stats.counts;
        let mut lines = vec![stats.name.to_string()];
        let mut line = |key: &str, value: String| lines.push(format!("  {key:<16} {value}"));
        for (key, number) in [
            ("accounts", c.total),
            ("available", c.available),
            ("in use", c.in_use),
            ("completed", c.completed),
            ("failed", c.failed),
            ("skipped", c.skipped),
        ] {
            line(key, count(number as u64));
        }
        for (name, sum) in &stats.totals {
            line(name, total(*sum));
        }
        line("runs", count(stats.runs));
        if let Some(average) = stats.average_ms {
            line("average run", elapsed(average));
        }
        line("last refresh", ago(stats.last_refresh));
        lines.join("\n")
    })?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lariat_core::account::Field;
    use lariat_core::ids::AccountId;
    use serde_json::json;

    #[test]
    fn samples_mask_secrets_and_shorten_long_texts() {
        let fields = json!({"password": "hunter2", "note": "x".repeat(60), "n": 3, "none": null});
        let account = Account::new(AccountId::new("a1").unwrap(), fields.as_object().unwrap().clone());
        assert!(account.fields().any(|(_, field)| matches!(field, Field::Secret(_))));
        let text = sample(&[account]);
        assert!(!text.contains("hunter2") && text.contains("***") && text.contains('…'), "{text}");
    }
}
