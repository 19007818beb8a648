//! `lariat console`: a link to the console of the running engine.

use clap::Args;
use serde_json::{Value, json};

use crate::args::Global;
use crate::engine::remote::Remote;
use crate::exit::{CliError, CliResult, Exit};
use crate::home;
use crate::output::Output;

/// Print a link to the console of the running engine; it works once, for ten minutes.
#[derive(Debug, Args)]
pub struct ConsoleArgs {
    /// For somebody who may look and change nothing
    #[arg(long)]
    read_only: bool,
}

/// Runs the command.
pub async fn run(global: &Global, args: ConsoleArgs, output: Output) -> CliResult {
    let engine = Remote::must(&home::find(global)?).await?;
    let link = engine.post("links", &json!({"read_only": args.read_only})).await?;
    let url = link.get("url").and_then(Value::as_str);
    let url = url.ok_or_else(|| CliError::new(Exit::Failed, "the engine made no link"))?;
    output.answer(&link, || url.to_owned())?;
    Ok(Exit::Done)
}
