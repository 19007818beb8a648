//! `lariat plugin reload`, `quarantine`, `lift`: through the running engine if there is one.

use std::sync::Arc;

use lariat_core::kv::MemoryKv;
use lariat_native::NativeHost;
use lariat_workspace::Workspace;
use serde_json::{Value, json};

use super::found;
use crate::args::Global;
use crate::engine::remote::{Remote, path};
use crate::exit::{CliError, CliResult, Exit};
use crate::home::find;
use crate::output::Output;
use crate::plugins;

/// `lariat plugin reload`: without an engine nothing is loaded that could be loaded again.
pub async fn reload(global: &Global, name: &str, output: Output) -> CliResult {
    let engine = Remote::must(&find(global)?).await?;
    let done = engine.post(&path("plugins", name, Some("reload")), &json!({})).await?;
    let reloaded = done.get("reloaded").and_then(Value::as_array);
    let told: Vec<&str> = reloaded.into_iter().flatten().filter_map(Value::as_str).collect();
    output.answer(&done, || match told.as_slice() {
        [] => format!("{name}: its library is the one that is in force already."),
        told => format!("reloaded {}", told.join(", ")),
    })?;
    Ok(Exit::Done)
}

/// `lariat plugin quarantine`
pub async fn quarantine(global: &Global, name: &str, reason: &str, output: Output) -> CliResult {
    let workspace = Workspace::open(&find(global)?)?;
    if let Some(engine) = Remote::find(workspace.root()).await? {
        engine.post(&path("plugins", name, Some("quarantine")), &json!({"reason": reason})).await?;
    } else {
        // What can't even be read may be what somebody wants to be rid of.
        let found = found(&workspace, name)?;
        let manifest = found.result.as_ref().ok().and_then(|candidate| candidate.manifest.as_ref());
        let id = manifest.map_or(found.name.as_str(), |manifest| manifest.id.as_str());
        workspace.create_state_dir()?;
        host(&workspace).quarantine(id, reason).map_err(failed)?;
    }
    output.answer(&json!({"id": name, "quarantined": true, "reason": reason}), || {
        format!("{name} isn't used any more; `lariat plugin lift {name}` lets it be used again.")
    })?;
    Ok(Exit::Done)
}

/// `lariat plugin lift`
pub async fn lift(global: &Global, name: &str, output: Output) -> CliResult {
    let workspace = Workspace::open(&find(global)?)?;
    if let Some(engine) = Remote::find(workspace.root()).await? {
        engine.post(&path("plugins", name, Some("lift")), &json!({})).await?;
    } else if !host(&workspace).lift(name).map_err(failed)? {
        return Err(CliError::new(Exit::NotFound, format!("no plugin \"{name}\" is quarantined")));
    }
    output.answer(&json!({"id": name, "lifted": true}), || format!("{name} is used again from now on."))?;
    Ok(Exit::Done)
}

fn host(workspace: &Workspace) -> NativeHost {
    plugins::host(workspace, Arc::new(MemoryKv::default()))
}

fn failed(error: impl ToString) -> CliError {
    CliError::new(Exit::Failed, error.to_string())
}
