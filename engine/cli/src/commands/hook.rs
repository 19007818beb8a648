//! `lariat hook …`

use clap::Subcommand;
use lariat_lua::ScriptKind;

use super::check;
use crate::args::Global;
use crate::exit::CliResult;
use crate::home::Home;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub enum HookCommand {
    /// Compile and check hook scripts without running them
    Check {
        /// Hooks by name, or script files; all of the workspace if absent
        names: Vec<String>,
    },
}

/// Runs the command.
pub fn run(global: &Global, command: HookCommand, output: Output) -> CliResult {
    let home = Home::open(global)?;
    match command {
        HookCommand::Check { names } => check::run(&home, ScriptKind::Hook, &names, output),
    }
}
