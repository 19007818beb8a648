//! `lariat pool …`: the mission's pool operations.
//!
//! | part | does |
//! |---|---|
//! | `look` | list, show, stats, test |
//! | `change` | create, delete, import, export |
//! | `work` | refresh, reset |
//! | `builder` | a definition from the command line's flags |
//!
//! What changes something is done by the running engine, if there is one.

mod builder;
mod change;
mod look;
mod work;

use std::path::PathBuf;

use clap::Subcommand;
use lariat_core::ids::{AccountId, PoolName};
use lariat_lua::ScriptKind;

use crate::app::{Access, App};
use crate::args::Global;
use crate::commands::check;
use crate::engine::remote::Remote;
use crate::exit::{CliError, CliResult};
use crate::home::{Home, find};
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub enum PoolCommand {
    /// All pools with their accounts by state
    List,
    /// A pool's definition, and where it is written
    Show { name: String },
    /// Ask a pool's source what it selects now; nothing lasting is opened
    Test { name: String },
    /// Compile and check scripts of pool types without running them
    Check {
        /// Pool types by their file's name, or script files; all of the workspace if absent
        names: Vec<String>,
    },
    /// A pool's accounts, totals and times
    Stats { name: String },
    /// Select a pool's accounts anew
    Refresh { name: String },
    /// Write a new pool file
    Create(Box<builder::CreateArgs>),
    /// Remove a pool's file; its outcomes stay in the ledger
    Delete {
        name: String,
        /// Don't ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Take pool files into the workspace as they are, after checking them and asking their source
    Import {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Print a pool's definition as YAML, or write it to a file
    Export {
        name: String,
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Forget a pool's outcomes, so that its accounts are served again
    Reset {
        name: String,
        /// Only this account; may be given again
        #[arg(long = "account", value_name = "ID")]
        accounts: Vec<AccountId>,
        /// Don't ask
        #[arg(long, short)]
        yes: bool,
    },
}

/// The name of a pool that exists.
fn known(app: &App, name: &str) -> Result<PoolName, CliError> {
    Ok(app.pools.get_definition(name)?.definition.name.clone())
}

/// Has the running engine do what changes something; gives the command back where it only
/// looks.
async fn through(
    engine: &Remote,
    command: PoolCommand,
    output: Output,
) -> Result<CliResult, Box<PoolCommand>> {
    Ok(match command {
        PoolCommand::Refresh { name } => work::refresh_through(engine, &name, output).await,
        PoolCommand::Reset { name, accounts, yes } => {
            work::reset_through(engine, &name, accounts, yes, output).await
        }
        PoolCommand::Create(args) => change::create_through(engine, *args, output).await,
        PoolCommand::Delete { name, yes } => change::delete_through(engine, &name, yes, output).await,
        PoolCommand::Import { files } => change::import_through(engine, &files, output).await,
        other => return Err(Box::new(other)),
    })
}

/// Runs the command.
pub async fn run(global: &Global, command: PoolCommand, output: Output) -> CliResult {
    if let PoolCommand::Check { names } = &command {
        return check::run(&Home::open_declared(global)?, ScriptKind::Pool, names, output);
    }
    if let PoolCommand::List = &command
        && let Ok(Some(engine)) = Remote::find(&find(global)?).await
    {
        return look::list_of(&engine, output).await;
    }
    let command = match Remote::find(&find(global)?).await {
        Ok(Some(engine)) => match through(&engine, command, output).await {
            Ok(done) => return done,
            Err(command) => *command,
        },
        _ => command,
    };
    let access = match command {
        PoolCommand::Refresh { .. } | PoolCommand::Reset { .. } => Access::Write,
        _ => Access::Read,
    };
    let app = App::open_for_pools(global, access).await?;
    let outcome = match command {
        PoolCommand::List | PoolCommand::Check { .. } => look::list(&app, output).await,
        PoolCommand::Show { name } => look::show(&app, &name, output),
        PoolCommand::Test { name } => look::test(&app, &name, output).await,
        PoolCommand::Stats { name } => look::stats(&app, &name, output).await,
        PoolCommand::Refresh { name } => work::refresh(&app, &name, output).await,
        PoolCommand::Reset { name, accounts, yes } => work::reset(&app, &name, accounts, yes, output).await,
        PoolCommand::Create(args) => change::create(&app, *args, output).await,
        PoolCommand::Delete { name, yes } => change::delete(&app, &name, yes, output),
        PoolCommand::Import { files } => change::import(&app, &files, output).await,
        PoolCommand::Export { name, output: file } => change::export(&app, &name, file.as_deref(), output),
    };
    app.close().await;
    outcome
}
