//! `lariat status`, `reload`, `stop`, `scale`, `pause`, `resume`: what a running engine is
//! asked.

use clap::Args;
use lariat_console::StopOrder;
use serde_json::{Value, json};

use crate::args::Global;
use crate::engine::remote::{Remote, group_path};
use crate::exit::{CliResult, Exit};
use crate::home;
use crate::output::{Output, ago, table};

#[derive(Debug, Args)]
pub struct StopArgs {
    /// The group
    #[arg(value_name = "GROUP", required_unless_present = "engine")]
    group: Option<String>,
    /// Stop at once instead of letting bots finish their account
    #[arg(long)]
    force: bool,
    /// End the engine itself
    #[arg(long, conflicts_with = "group")]
    engine: bool,
}

#[derive(Debug, Args)]
pub struct ScaleArgs {
    /// The group
    group: String,
    /// How many bots
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    bots: u32,
}

#[derive(Debug, Args)]
pub struct GroupArg {
    /// The group
    group: String,
}

async fn engine(global: &Global) -> Result<Remote, crate::exit::CliError> {
    Remote::must(&home::find(global)?).await
}

/// `lariat stop`
pub async fn stop(global: &Global, args: StopArgs, output: Output) -> CliResult {
    let (engine, order) = (engine(global).await?, StopOrder { force: args.force });
    let (path, what) = match &args.group {
        Some(group) => (group_path(group, "stop"), format!("group \"{group}\"")),
        None => ("shutdown".to_owned(), format!("the engine (pid {})", engine.pid)),
    };
    let answer = engine.post(&path, &order).await?;
    let how = if args.force { "stops at once" } else { "stops when its bots have finished their account" };
    output.answer(&answer, || format!("{what} {how}."))?;
    Ok(Exit::Done)
}

/// `lariat scale`
pub async fn scale(global: &Global, args: ScaleArgs, output: Output) -> CliResult {
    let answer =
        engine(global).await?.post(&group_path(&args.group, "scale"), &json!({"bots": args.bots})).await?;
    output.answer(&answer, || {
        let bots = answer.get("bots").and_then(Value::as_u64).unwrap_or_default();
        format!("group \"{}\" runs {}.", args.group, crate::output::plural(bots, "bot"))
    })?;
    Ok(Exit::Done)
}

/// `lariat pause`, `lariat resume`
pub async fn hold(global: &Global, args: GroupArg, verb: &str, output: Output) -> CliResult {
    let answer = engine(global).await?.post(&group_path(&args.group, verb), &json!({})).await?;
    let how = if verb == "pause" { "pauses before its bots' next account" } else { "goes on" };
    output.answer(&answer, || format!("group \"{}\" {how}.", args.group))?;
    Ok(Exit::Done)
}

/// `lariat reload`
pub async fn reload(global: &Global, output: Output) -> CliResult {
    let done = engine(global).await?.post("reload", &json!({})).await?;
    let lines = |key: &str, before: &str| -> Vec<String> {
        texts(&done, key).iter().map(|text| format!("{before}{text}")).collect()
    };
    output.answer(&done, || {
        let mut all = lines("reloaded", "reloaded ");
        all.extend(lines("removed", "gone: "));
        all.extend(lines("problems", "problem: "));
        all.extend(lines("needs_restart", "acts after a restart: "));
        if all.is_empty() { "Nothing was different.".to_owned() } else { all.join("\n") }
    })?;
    Ok(if texts(&done, "problems").is_empty() { Exit::Done } else { Exit::Failed })
}

fn texts<'a>(value: &'a Value, key: &str) -> Vec<&'a str> {
    let all = value.get(key).and_then(Value::as_array);
    all.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// `lariat status`
pub async fn status(global: &Global, output: Output) -> CliResult {
    let status = engine(global).await?.get("status").await?;
    output.answer(&status, || text(&status))?;
    Ok(Exit::Done)
}

fn text(status: &Value) -> String {
    let cell = |row: &Value, key: &str| match row.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => "-".to_owned(),
        Some(other) => other.to_string(),
    };
    let rows = |key: &str, columns: &[&str]| -> Vec<Vec<String>> {
        let all = status.get(key).and_then(Value::as_array);
        all.into_iter()
            .flatten()
            .map(|row| columns.iter().map(|column| cell(row, column)).collect())
            .collect()
    };
    let watching = status.get("watching").cloned().unwrap_or_default();
    let mut parts = vec![format!(
        "engine pid {}, started {}, watching: {}",
        cell(status, "pid"),
        ago(status.get("started_at").and_then(Value::as_str).and_then(|at| at.parse().ok())),
        cell(&watching, "mode")
    )];
    if let Some(trouble) = watching.get("trouble").and_then(Value::as_str) {
        parts.push(format!("  {trouble}"));
    }
    for (key, columns) in [
        ("pools", &["name", "state", "generation", "total", "available", "in_use", "error"][..]),
        ("groups", &["name", "state", "generation", "routine", "error"]),
        ("extensions", &["kind", "name", "state", "generation", "file", "error"]),
    ] {
        let rows = rows(key, columns);
        if !rows.is_empty() {
            let numbers: Vec<usize> = (0..columns.len())
                .filter(|at| {
                    columns
                        .get(*at)
                        .is_some_and(|name| ["generation", "total", "available", "in_use"].contains(name))
                })
                .collect();
            parts.push(format!("\n{key}\n{}", table(columns, &numbers, rows)));
        }
    }
    for key in texts(status, "needs_restart") {
        parts.push(format!("{key}: was changed, and acts after a restart"));
    }
    parts.join("\n")
}
