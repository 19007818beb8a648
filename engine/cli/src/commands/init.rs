//! `lariat init`

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::args::Global;
use crate::exit::{CliError, CliResult, Exit};
use crate::output::Output;

#[derive(Debug, Args)]
pub struct InitArgs {
    /// The folder; this one, if absent. Files that are there are kept
    dir: Option<PathBuf>,
}

/// What the comments of new scripts refer to.
const README: (&str, &str) = ("scripts/README.md", include_str!("../../../../scripts/README.md"));

/// Runs the command.
pub fn run(global: &Global, args: InitArgs, output: Output) -> CliResult {
    let dir = args.dir.or_else(|| global.workspace.clone()).unwrap_or_else(|| PathBuf::from("."));
    // What editors complete from; made anew by a newer program.
    let mut types = vec![
        ("scripts/.types/lariat.lua", lariat_lua::sdk::luals()),
        ("scripts/.types/lariat.d.luau", lariat_lua::sdk::luau()),
    ];
    // Somebody's own stays as it is.
    if !dir.join(README.0).exists() {
        types.push((README.0, README.1.to_owned()));
    }
    let created = lariat_workspace::init::init_with(&dir, &types)
        .map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
    let files: Vec<String> = created.iter().map(|file| file.display().to_string()).collect();
    output.answer(&json!({"workspace": dir, "created": files}), || {
        let place = if dir.as_os_str() == "." { String::new() } else { format!("cd {} && ", dir.display()) };
        if files.is_empty() {
            return format!("{} has everything already.", dir.display());
        }
        format!("Made {}:\n  {}\n\nNext: {place}lariat launch --all", dir.display(), files.join("\n  "))
    })?;
    Ok(Exit::Done)
}
