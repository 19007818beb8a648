//! `lariat schema`

use clap::{Args, ValueEnum};

use crate::exit::{CliResult, Exit};
use crate::output::Output;

#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Which kind of file
    kind: Kind,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Pool,
    Group,
    Workspace,
}

/// Runs the command.
pub fn run(args: SchemaArgs, output: Output) -> CliResult {
    let schema = match args.kind {
        Kind::Pool => lariat_workspace::schema::pool(),
        Kind::Group => lariat_workspace::schema::group(),
        Kind::Workspace => lariat_workspace::schema::workspace(),
    };
    // The answer is JSON either way.
    Output { json: true, ..output }.answer(&schema, String::new)?;
    Ok(Exit::Done)
}
