//! `lariat completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::args::Cli;
use crate::exit::{CliResult, Exit};

#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Runs the command.
pub fn run(args: CompletionsArgs) -> CliResult {
    clap_complete::generate(args.shell, &mut Cli::command(), "lariat", &mut std::io::stdout());
    Ok(Exit::Done)
}
