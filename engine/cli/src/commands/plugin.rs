//! `lariat plugin …`

use std::sync::Arc;

use clap::Subcommand;
use lariat_core::kv::MemoryKv;
use lariat_native::{Candidate, ExtensionInfo, Found, NativeError, Retained};
use lariat_workspace::Workspace;
use serde_json::{Value, json};

use crate::args::Global;
use crate::exit::{CliError, CliResult, Exit};
use crate::home::{Home, find};
use crate::output::{Output, table};
use crate::plugins;

#[derive(Debug, Subcommand)]
pub enum PluginCommand {
    /// All plugins, loaded, and why the others can't be
    List,
    /// Let a plugin be started again whose process died too often
    Lift {
        /// Its id
        name: String,
    },
    /// Write the SDK: the C header, the Rust crates, and what is promised of them
    Sdk {
        /// The folder; what is there of an older one is written over
        dir: std::path::PathBuf,
    },
    /// What a plugin's files say of it; nothing of it is run
    Inspect {
        /// Its id, or its name in plugins/ or lariat.yaml
        name: String,
    },
}

/// Runs the command.
pub fn run(global: &Global, command: PluginCommand, output: Output) -> CliResult {
    match command {
        PluginCommand::List => list(&Home::open(global)?, output),
        PluginCommand::Sdk { dir } => sdk(&dir, output),
        PluginCommand::Lift { name } => lift(&Workspace::open(&find(global)?)?, &name, output),
        PluginCommand::Inspect { name } => inspect(&Workspace::open(&find(global)?)?, &name, output),
    }
}

fn list(home: &Home, output: Output) -> CliResult {
    let retained = home.plugins().host().retained();
    let rows: Vec<Value> = home
        .plugins()
        .all()
        .iter()
        .map(|(name, result)| match result {
            Ok(plugin) => {
                let (major, minor) = plugin.abi();
                let isolation = if plugin.deaths().is_some() { "process" } else { "none" };
                let kept: Vec<&Retained> = retained.iter().filter(|it| it.id == plugin.id()).collect();
                json!({
                    "id": plugin.id(), "version": plugin.version(), "abi": format!("{major}.{minor}"),
                    "description": plugin.description(), "state": "ready", "isolation": isolation,
                    "generation": plugin.generation(), "library": home.relative(plugin.file()),
                    "sha256": plugin.sha256(),
                    "extensions": plugin.extensions().iter().map(named).collect::<Vec<_>>(),
                    "mapped": {"generations": kept.len(), "bytes": kept.iter().map(|it| it.bytes).sum::<u64>()},
                    "abandoned": plugin.abandoned(), "dropped": plugin.dropped(), "error": null,
                })
            }
            Err(error) => {
                let state = match error {
                    NativeError::Quarantined { .. } => "quarantined",
                    NativeError::NotBuilt { .. } => "not built",
                    _ => "failed",
                };
                json!({"id": name, "state": state, "error": error.to_string()})
            }
        })
        .collect();
    output.answer(&rows, || {
        if rows.is_empty() {
            return "There is no plugin yet; each is a folder in plugins/ with a plugin.toml, or an entry of `plugins:` in lariat.yaml.".into();
        }
        let text = |row: &Value, key: &str| row.get(key).and_then(Value::as_str).unwrap_or("-").to_owned();
        let lines = rows.iter().map(|row| {
            let offers = row.get("extensions").and_then(Value::as_array).map(|all| {
                let all: Vec<String> = all.iter().map(|it| format!("{} {}", text(it, "kind"), text(it, "name"))).collect();
                all.join(", ")
            });
            let about = offers.unwrap_or_else(|| text(row, "error"));
            vec![text(row, "id"), text(row, "version"), text(row, "abi"), text(row, "state"), about]
        });
        table(&["id", "version", "abi", "state", "offers"], &[], lines)
    })?;
    let all_well = home.plugins().failures().failures().next().is_none();
    Ok(if all_well { Exit::Done } else { Exit::Failed })
}

fn lift(workspace: &Workspace, name: &str, output: Output) -> CliResult {
    let host = plugins::host(workspace, Arc::new(MemoryKv::default()));
    let lifted = host.lift(name).map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
    if !lifted {
        return Err(CliError::new(Exit::NotFound, format!("no plugin \"{name}\" is quarantined")));
    }
    output
        .answer(&json!({"id": name, "lifted": true}), || format!("{name} is started again from now on."))?;
    Ok(Exit::Done)
}

fn sdk(dir: &std::path::Path, output: Output) -> CliResult {
    let made = crate::commands::new::sdk::write_into(dir)?;
    output.answer(&json!({"folder": dir, "created": made}), || {
        format!("Wrote the SDK into {}; begin with its README.md.", dir.display())
    })?;
    Ok(Exit::Done)
}

fn named(info: &ExtensionInfo) -> Value {
    json!({"kind": info.kind.as_str(), "name": info.name})
}

fn inspect(workspace: &Workspace, name: &str, output: Output) -> CliResult {
    let found = plugins::host(workspace, Arc::new(MemoryKv::default())).discover();
    let id = |found: &Found| {
        let manifest = found.result.as_ref().ok()?.manifest.as_ref()?;
        Some(manifest.id.clone())
    };
    let names: Vec<String> = found.iter().map(|it| id(it).unwrap_or_else(|| it.name.clone())).collect();
    let wanted = found.into_iter().find(|it| it.name == name || id(it).is_some_and(|id| id == name));
    let Some(wanted) = wanted else {
        let known = names.iter().map(String::as_str);
        let told = lariat_core::definition::problem::unknown("plugin", name, known);
        return Err(CliError::new(Exit::NotFound, told));
    };
    let candidate = wanted.result.map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
    let sha256 = lariat_native::sha256(&candidate.library)
        .map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
    let Candidate { library, manifest, sha256: pinned, process, named_in, .. } = candidate;
    let answer = json!({
        "name": wanted.name, "library": plugins::relative(&library, workspace), "named_in": named_in,
        "sha256": sha256, "pinned": pinned, "isolation": if process { "process" } else { "none" },
        "manifest": manifest,
    });
    output.answer(&answer, || {
        let mut lines = vec![
            format!("library   {}", plugins::relative(&library, workspace)),
            format!("named in  {named_in}"),
            format!("sha256    {sha256}{}", if pinned.is_some() { ", pinned" } else { "" }),
        ];
        let Some(manifest) = &manifest else {
            lines.push("There is no plugin.toml beside it: what it offers is seen only when it runs.".into());
            return lines.join("\n");
        };
        lines.push(format!("plugin    {} {}, for ABI {}", manifest.id, manifest.version, manifest.abi));
        if !manifest.description.is_empty() {
            lines.push(format!("about     {}", manifest.description));
        }
        for extension in &manifest.extensions {
            let about = if extension.description.is_empty() { "" } else { ": " };
            let kind = extension.kind.as_str();
            lines.push(format!("{kind:<9} {}{about}{}", extension.name, extension.description));
            for (param, spec) in &extension.params.0 {
                let spec = serde_json::to_string(spec).unwrap_or_default();
                lines.push(format!("            {param}: {spec}"));
            }
        }
        lines.join("\n")
    })?;
    Ok(Exit::Done)
}
