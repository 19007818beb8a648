//! Looking at pools.

use serde_json::{Map, Value, json};

use lariat_core::account::Account;
use lariat_core::definition::{DefinitionError, Problem};
use lariat_core::pool::{PoolError, PoolListing, PoolState};
use lariat_core::source::{SourceError, TestReport};

use super::known;
use crate::app::App;
use crate::engine::remote::{Remote, read};
use crate::exit::{CliResult, Exit};
use crate::output::{Output, ago, count, elapsed, plural, table, total};

pub async fn list(app: &App, output: Output) -> CliResult {
    let pools = app.pools.listing().await;
    output.answer(&pools, || list_text(&pools))?;
    Ok(Exit::Done)
}

/// As the running engine knows them: with what is stale, and served meanwhile.
pub async fn list_of(engine: &Remote, output: Output) -> CliResult {
    let pools: Vec<PoolListing> = read(engine.get("pools").await?)?;
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

pub fn show(app: &App, name: &str, output: Output) -> CliResult {
    let defined = app.pools.get_definition(name)?;
    let definition = &*defined.definition;
    let mut value = serde_json::to_value(definition).unwrap_or_default();
    if let Value::Object(map) = &mut value {
        map.insert("generation".into(), json!(defined.generation));
        map.insert("file".into(), json!(defined.file.as_ref().map(|file| app.relative(file))));
        map.insert("stale".into(), json!(defined.stale.as_ref().map(|stale| stale.message.clone())));
    }
    let yaml = lariat_workspace::yaml::to_string(definition);
    output.answer(&value, || {
        let file =
            defined.file.as_ref().map(|file| format!("# {}\n", app.relative(file))).unwrap_or_default();
        let stale = defined.stale.as_ref().map(|stale| format!("# {stale}\n"));
        format!("{file}{}{}", stale.unwrap_or_default(), yaml.as_deref().unwrap_or_default())
    })?;
    Ok(Exit::Done)
}

pub async fn test(app: &App, name: &str, output: Output) -> CliResult {
    let report = match app.pools.test(name).await {
        // A file that can't be used is what a test is there to tell.
        Err(PoolError::Definition(error @ DefinitionError::Broken { .. })) => {
            TestReport::failed(SourceError::Invalid(vec![Problem::at("", error.to_string())]), 0)
        }
        tested => tested?,
    };
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

pub async fn stats(app: &App, name: &str, output: Output) -> CliResult {
    let name = known(app, name)?;
    let stats = app.pools.stats(&name).await?;
    output.answer(&stats, || {
        let c = stats.counts;
        let mut lines = vec![format!("{name}")];
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

    #[test]
    fn samples_mask_secrets_and_shorten_long_texts() {
        let fields = json!({"password": "hunter2", "note": "x".repeat(60), "n": 3, "none": null});
        let account = Account::new(AccountId::new("a1").unwrap(), fields.as_object().unwrap().clone());
        assert!(account.fields().any(|(_, field)| matches!(field, Field::Secret(_))));
        let text = sample(&[account]);
        assert!(!text.contains("hunter2") && text.contains("***") && text.contains('…'), "{text}");
    }
}
