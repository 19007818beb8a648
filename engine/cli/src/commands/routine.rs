//! `lariat routine …`

use clap::Subcommand;
use lariat_lua::ScriptKind;
use serde_json::json;

use super::check;
use crate::args::Global;
use crate::engine::{overlay, remote::Remote};
use crate::exit::{CliResult, Exit};
use crate::home::Home;
use crate::output::{Output, table};

#[derive(Debug, Subcommand)]
pub enum RoutineCommand {
    /// All routines
    List,
    /// Compile and check scripts without running them
    Check {
        /// Routines by name, or script files; all of the workspace if absent
        names: Vec<String>,
    },
}

/// Runs the command.
pub fn run(global: &Global, command: RoutineCommand, output: Output) -> CliResult {
    let home = Home::open_declared(global)?;
    match command {
        RoutineCommand::List => list(&home, output),
        RoutineCommand::Check { names } => check::run(&home, ScriptKind::Routine, &names, output),
    }
}

fn list(home: &Home, output: Output) -> CliResult {
    let scripts = home.lua().load();
    let duplicates = lariat_lua::duplicates(&scripts);
    let hidden = |file: &std::path::Path| duplicates.iter().find(|finding| finding.file == file);
    let mut rows: Vec<_> = scripts
        .iter()
        .map(|script| match &script.result {
            Ok(routine) => {
                let info = routine.info();
                json!({
                    "name": info.name, "description": info.description, "params": info.params,
                    "templates": info.templates, "needs": info.needs,
                    "file": home.relative(&script.file),
                    "state": if hidden(&script.file).is_some() { "failed" } else { "ready" },
                    "error": hidden(&script.file).map(|finding| finding.message.clone()),
                })
            }
            Err(error) => json!({
                "name": null, "file": home.relative(&script.file), "state": "failed", "error": error.to_string(),
            }),
        })
        .collect();
    // This command is no task that others wait for.
    let status = Remote::status(home.workspace.root());
    let status = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(status));
    if let Some(status) = status {
        overlay::scripts(&status, &mut rows);
    }
    output.answer(&rows, || {
        if rows.is_empty() {
            return "There is no routine in scripts/routines/ yet.".into();
        }
        let text = |row: &serde_json::Value, key: &str| {
            row.get(key).and_then(|v| v.as_str()).unwrap_or("-").to_owned()
        };
        let lines = rows.iter().map(|row| {
            let about = if row.get("error").is_some_and(|e| !e.is_null()) { "error" } else { "description" };
            let about = text(row, about).lines().next().unwrap_or_default().to_owned();
            vec![text(row, "name"), text(row, "state"), text(row, "file"), about]
        });
        table(&["name", "state", "file", "description"], &[], lines)
    })?;
    let all_well = duplicates.is_empty() && scripts.iter().all(|script| script.result.is_ok());
    Ok(if all_well { Exit::Done } else { Exit::Failed })
}
