//! `lariat provider …`

use std::collections::BTreeMap;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::args::Global;
use crate::exit::{CliResult, Exit};
use crate::home::Home;
use crate::instances::{Providers, STATIC};
use crate::output::{Output, table};

#[derive(Debug, Subcommand)]
pub enum ProviderCommand {
    /// All instance providers, and the instances that lariat.yaml has of each
    List,
}

/// Runs the command.
pub fn run(global: &Global, command: ProviderCommand, output: Output) -> CliResult {
    let home = Home::open_declared(global)?;
    match command {
        ProviderCommand::List => list(&home, output),
    }
}

fn list(home: &Home, output: Output) -> CliResult {
    let (providers, tried) = Providers::load(home);
    let mut instances: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for entry in &home.workspace.config().instances {
        instances.entry(&entry.provider).or_default().extend(entry.ids.0.iter().map(|id| id.0));
    }
    let mut rows = Vec::new();
    let mut row = |name: &str, description: &str, params: Value, file: &str, generation: Option<u64>| {
        rows.push(json!({
            "name": name, "description": description, "params": params, "file": file,
            "generation": generation, "instances": instances.remove(name).unwrap_or_default(),
            "state": "ready", "error": null,
        }));
    };
    row(STATIC, "Instances that are simply there", json!({}), "built-in", None);
    let scripts = providers.scripts.list();
    for (name, script) in &scripts {
        let info = script.extension.info();
        let file = home.relative(&info.file);
        row(name, &info.description, json!(info.params), &file, Some(script.generation));
    }
    for (name, plugin) in providers.native.list() {
        // Of two with one name it isn't the one that is used, which is told below.
        if name != STATIC && scripts.iter().all(|(script, _)| *script != name) {
            let info = plugin.extension.info();
            let file = home.relative(std::path::Path::new(&plugin.origin));
            row(&name, &info.description, json!(info.params), &file, Some(plugin.generation));
        }
    }
    for (file, error) in tried.failures() {
        let file = home.relative(std::path::Path::new(file));
        rows.push(json!({"name": null, "file": file, "instances": [], "state": "failed", "error": error}));
    }
    let all_well = rows.iter().all(|row| row.get("error").is_some_and(Value::is_null));
    output.answer(&rows, || text(&rows))?;
    Ok(if all_well { Exit::Done } else { Exit::Failed })
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
