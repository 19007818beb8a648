//! `lariat provider …`

use clap::Subcommand;
use serde_json::{Value, json};

use crate::args::Global;
use crate::engine::remote::{Remote, read};
use crate::exit::{CliResult, Exit};
use crate::home::{self, Home};
use crate::instances::Providers;
use crate::output::{Output, table};

#[derive(Debug, Subcommand)]
pub enum ProviderCommand {
    /// All instance providers, and the instances that lariat.yaml has of each
    List,
}

/// Runs the command.
pub async fn run(global: &Global, command: ProviderCommand, output: Output) -> CliResult {
    let ProviderCommand::List = command;
    let rows = match Remote::find(&home::find(global)?).await? {
        Some(engine) => read(engine.get("provider-types").await?)?,
        None => here(&Home::open_declared(global)?),
    };
    output.answer(&rows, || text(&rows))?;
    let is_well = |row: &Value| row.get("error").is_some_and(Value::is_null);
    Ok(if rows.iter().all(is_well) { Exit::Done } else { Exit::Failed })
}

/// As the files have them: no engine runs.
fn here(home: &Home) -> Vec<Value> {
    let (providers, tried) = Providers::load(home);
    let mut rows = providers.listing(&home.workspace.config().instances, home.workspace.root());
    for (file, error) in tried.failures() {
        let file = home.relative(std::path::Path::new(file));
        rows.push(json!({"name": null, "file": file, "instances": [], "state": "failed", "error": error}));
    }
    rows
}

fn text(rows: &[Value]) -> String {
    let text = |row: &Value, key: &str| row.get(key).and_then(Value::as_str).unwrap_or("-").to_owned();
    let lines = rows.iter().map(|row| {
        let ids = row.get("instances").and_then(Value::as_array).into_iter().flatten();
        let ids: Vec<String> = ids.map(ToString::to_string).collect();
        let about = if row.get("error").is_some_and(Value::is_string) { "error" } else { "description" };
        let about = text(row, about).lines().next().unwrap_or_default().to_owned();
        let ids = if ids.is_empty() { "-".into() } else { ids.join(", ") };
        vec![text(row, "name"), text(row, "state"), ids, text(row, "file"), about]
    });
    table(&["name", "state", "instances", "file", "description"], &[], lines)
}
