//! `lariat plugin list`

use lariat_workspace::Workspace;
use serde_json::Value;

use crate::args::Global;
use crate::engine::remote::Remote;
use crate::exit::{CliError, CliResult, Exit};
use crate::home::{Home, find};
use crate::output::{Output, table};
use crate::plugins::listing;

/// All plugins: as the running engine has them, or else loaded to see what comes of it.
pub async fn run(global: &Global, output: Output) -> CliResult {
    let workspace = Workspace::open(&find(global)?)?;
    let rows = match Remote::find(workspace.root()).await? {
        Some(engine) => match engine.get("plugins").await? {
            Value::Array(rows) => rows,
            other => return Err(CliError::new(Exit::Failed, format!("the engine's answer: {other}"))),
        },
        None => loaded(&Home::open(global)?),
    };
    output.answer(&rows, || text(&rows))?;
    let is_well = |row: &Value| {
        let state = row.get("state").and_then(Value::as_str).unwrap_or_default();
        matches!(state, "ready" | "not built")
    };
    Ok(if rows.iter().all(is_well) { Exit::Done } else { Exit::Failed })
}

fn loaded(home: &Home) -> Vec<Value> {
    let plugins = home.plugins();
    let retained = plugins.host().retained();
    let mut rows = Vec::new();
    for (name, result) in &plugins.all() {
        rows.push(match result {
            Ok(plugin) => listing::ready(plugin, &retained, plugins.root(), None),
            Err(error) => listing::failed(name, error, plugins.root()),
        });
    }
    rows
}

fn text(rows: &[Value]) -> String {
    if rows.is_empty() {
        return "There is no plugin yet; each is a folder in plugins/ with a plugin.toml, or an entry of `plugins:` in lariat.yaml.".into();
    }
    let text = |row: &Value, key: &str| row.get(key).and_then(Value::as_str).unwrap_or("-").to_owned();
    let lines = rows.iter().map(|row| {
        let offers = row.get("extensions").and_then(Value::as_array).map(|all| {
            let all: Vec<String> =
                all.iter().map(|it| format!("{} {}", text(it, "kind"), text(it, "name"))).collect();
            all.join(", ")
        });
        let error = row.get("error").and_then(Value::as_str).map(str::to_owned);
        let about = error.or(offers).unwrap_or_else(|| "-".into());
        vec![text(row, "id"), text(row, "version"), text(row, "abi"), text(row, "state"), about]
    });
    table(&["id", "version", "abi", "state", "offers"], &[], lines)
}
