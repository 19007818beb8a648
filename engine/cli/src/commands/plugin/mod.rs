//! `lariat plugin …`
//!
//! | file | command |
//! |---|---|
//! | [`list`], [`inspect`] | `list` loads them all unless an engine runs, `inspect` runs nothing of theirs |
//! | [`check`] | `check`: the conformance kit, on one plugin in a process of its own |
//! | [`orders`] | `reload`, `quarantine`, `lift` |

mod check;
pub mod inspect;
mod list;
mod orders;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Subcommand;
use lariat_core::definition::problem::unknown;
use lariat_core::kv::MemoryKv;
use lariat_native::{Candidate, Found};
use lariat_workspace::Workspace;
use serde_json::json;

use crate::args::Global;
use crate::exit::{CliError, CliResult, Exit};
use crate::output::Output;
use crate::plugins;

#[derive(Debug, Subcommand)]
pub enum PluginCommand {
    /// All plugins, loaded, and why the others can't be
    List,
    /// What a plugin's files say of it; nothing of it is run
    Inspect {
        /// Its id, its name in plugins/ or lariat.yaml, or the path of its folder or library
        name: String,
    },
    /// Ask a plugin everything that an engine may, and say what it does wrong
    Check(check::CheckArgs),
    /// Have the running engine load a plugin's library again, if it is another one now
    Reload {
        /// Its id
        name: String,
    },
    /// Have nobody use a plugin any more, until it is lifted
    Quarantine {
        /// Its id, or its name in plugins/ or lariat.yaml
        name: String,
        /// Why, for those who wonder
        #[arg(long, value_name = "WHY", default_value = "by hand")]
        reason: String,
    },
    /// Let a plugin be used again that was quarantined, by hand or since its process died too often
    Lift {
        /// Its id
        name: String,
    },
    /// Write the SDK: the C header, the Rust crates, and what is promised of them
    Sdk {
        /// The folder; what is there of an older one is written over
        dir: PathBuf,
    },
}

/// Runs the command.
pub async fn run(global: &Global, command: PluginCommand, output: Output) -> CliResult {
    match command {
        PluginCommand::List => list::run(global, output).await,
        PluginCommand::Inspect { name } => inspect::run(global, &name, output),
        PluginCommand::Check(args) => check::run(global, args, output).await,
        PluginCommand::Reload { name } => orders::reload(global, &name, output).await,
        PluginCommand::Quarantine { name, reason } => {
            orders::quarantine(global, &name, &reason, output).await
        }
        PluginCommand::Lift { name } => orders::lift(global, &name, output).await,
        PluginCommand::Sdk { dir } => sdk(&dir, output),
    }
}

fn sdk(dir: &Path, output: Output) -> CliResult {
    let made = crate::commands::new::sdk::write_into(dir)?;
    output.answer(&json!({"folder": dir, "created": made}), || {
        format!("Wrote the SDK into {}; begin with its README.md.", dir.display())
    })?;
    Ok(Exit::Done)
}

/// What names a path, and no plugin of the workspace.
fn as_path(name: &str) -> Option<&Path> {
    let path = Path::new(name);
    (name.contains('/') || path.exists()).then_some(path)
}

/// A plugin by its path: a folder with a plugin.toml, or a library.
fn at(path: &Path) -> Result<(Candidate, PathBuf), CliError> {
    let full = std::fs::canonicalize(path)
        .map_err(|error| CliError::new(Exit::NotFound, format!("{}: {error}", path.display())))?;
    let folder = if full.is_dir() { full.clone() } else { full.parent().unwrap_or(&full).to_owned() };
    let found =
        if full.is_dir() { lariat_native::in_folder(&full) } else { lariat_native::of_library(&full) };
    let candidate = found.result.map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
    Ok((candidate, folder))
}

/// What is found under a plugin's id, or its name in plugins/ or lariat.yaml.
fn found(workspace: &Workspace, name: &str) -> Result<Found, CliError> {
    let found = plugins::host(workspace, Arc::new(MemoryKv::default())).discover();
    let id = |found: &Found| {
        let manifest = found.result.as_ref().ok()?.manifest.as_ref()?;
        Some(manifest.id.clone())
    };
    let names: Vec<String> = found.iter().map(|it| id(it).unwrap_or_else(|| it.name.clone())).collect();
    let wanted = found.into_iter().find(|it| it.name == name || id(it).is_some_and(|id| id == name));
    wanted.ok_or_else(|| {
        let known = names.iter().map(String::as_str);
        CliError::new(Exit::NotFound, unknown("plugin", name, known))
    })
}

/// The same, which must be something that can be loaded.
fn candidate(workspace: &Workspace, name: &str) -> Result<(String, Candidate), CliError> {
    let Found { name, result } = found(workspace, name)?;
    let candidate = result.map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
    Ok((name, candidate))
}
