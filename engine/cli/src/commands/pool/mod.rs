//! `lariat pool …`: the mission's pool operations.
//!
//! | part | does |
//! |---|---|
//! | `look` | list, show, stats, test |
//! | `change` | create, delete, import, export |
//! | `work` | refresh, reset |
//! | `builder` | a definition from the command line's flags |
//!
//! All but `test` and `check`, which look at the files as they are now, is done by the running
//! engine, if there is one.

mod builder;
mod change;
mod look;
mod work;

use std::path::PathBuf;

use clap::Subcommand;
use lariat_core::ids::AccountId;
use lariat_lua::ScriptKind;

use crate::app::Access;
use crate::args::Global;
use crate::commands::check;
use crate::engine::asked::ask;
use crate::exit::CliResult;
use crate::home::Home;
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

/// Runs the command.
pub async fn run(global: &Global, command: PoolCommand, output: Output) -> CliResult {
    match command {
        PoolCommand::List => ask(global, Access::Read, async |asked| look::list(asked, output).await).await,
        PoolCommand::Show { name } => {
            ask(global, Access::Read, async |asked| look::show(asked, &name, output).await).await
        }
        PoolCommand::Test { name } => look::test(global, &name, output).await,
        PoolCommand::Check { names } => {
            check::run(&Home::open_declared(global)?, ScriptKind::Pool, &names, output)
        }
        PoolCommand::Stats { name } => {
            ask(global, Access::Read, async |asked| look::stats(asked, &name, output).await).await
        }
        PoolCommand::Refresh { name } => {
            ask(global, Access::Write, async |asked| work::refresh(asked, &name, output).await).await
        }
        PoolCommand::Reset { name, accounts, yes } => {
            ask(global, Access::Write, async |asked| work::reset(asked, &name, accounts, yes, output).await)
                .await
        }
        PoolCommand::Create(args) => {
            ask(global, Access::Read, async |asked| change::create(asked, *args, output).await).await
        }
        PoolCommand::Delete { name, yes } => {
            ask(global, Access::Read, async |asked| change::delete(asked, &name, yes, output).await).await
        }
        PoolCommand::Import { files } => {
            ask(global, Access::Read, async |asked| change::import(asked, &files, output).await).await
        }
        PoolCommand::Export { name, output: file } => {
            ask(global, Access::Read, async |asked| {
                change::export(asked, &name, file.as_deref(), output).await
            })
            .await
        }
    }
}
