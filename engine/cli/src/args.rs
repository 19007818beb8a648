//! The command line: options that every command takes, and the commands.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::{
    account, backup, completions, console, control, doctor, group, hook, init, launch, new, plugin, pool,
    provider, routine, run, schema, test, up,
};

/// Leases accounts from pools to bots and launches bots in groups.
#[derive(Debug, Parser)]
#[command(
    name = "lariat",
    version,
    propagate_version = true,
    infer_subcommands = false,
    max_term_width = 100
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// The workspace; else LARIAT_WORKSPACE, else the nearest folder upwards with a lariat.yaml
    #[arg(long, global = true, value_name = "DIR")]
    pub workspace: Option<PathBuf>,
    /// How logs look on stderr
    #[arg(long, global = true, value_enum, value_name = "FORMAT", default_value = "human")]
    pub log_format: LogFormat,
    /// Print one JSON document on stdout
    #[arg(long, global = true)]
    pub json: bool,
    /// Print only what was asked for and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Log more; twice for everything. `RUST_LOG` decides in detail
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Human,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a new workspace with one of each thing, commented
    Init(init::InitArgs),
    /// Run the engine: its API, the watch over files, and the groups with `autostart`
    Up(up::UpArgs),
    /// Print a link to the console of the running engine
    Console(console::ConsoleArgs),
    /// Launch groups and follow them to the end, through the running engine if there is one
    Launch(launch::LaunchArgs),
    /// How the running engine stands, with generations
    Status,
    /// Have the running engine read everything again
    Reload,
    /// Stop a group of the running engine, or the engine
    Stop(control::StopArgs),
    /// Change how many bots of a group run
    Scale(control::ScaleArgs),
    /// Hold a group's bots before their next account
    Pause(control::GroupArg),
    /// Let a group's bots go on
    Resume(control::GroupArg),
    /// Pools: list, show, test, refresh, change
    #[command(subcommand)]
    Pool(pool::PoolCommand),
    /// Groups: list, show, create, change
    #[command(subcommand)]
    Group(group::GroupCommand),
    /// The account table: list, show, import, export, reset
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Routines: list, check
    #[command(subcommand)]
    Routine(routine::RoutineCommand),
    /// Hooks: list, check
    #[command(subcommand)]
    Hook(hook::HookCommand),
    /// Instance providers: list
    #[command(subcommand)]
    Provider(provider::ProviderCommand),
    /// Native plugins: list, inspect, check, reload, quarantine, lift; the SDK
    #[command(subcommand)]
    Plugin(plugin::PluginCommand),
    /// Runs one plugin for an engine; no command for people
    #[command(hide = true)]
    PluginRunner {
        /// The library
        library: PathBuf,
        /// The engine's process
        parent: u32,
        /// What it may use, as the engine writes it
        limits: Option<String>,
    },
    /// Write a copy of the store, beside a running engine too
    Backup(backup::BackupArgs),
    /// Make a script or a plugin with a test that passes
    New(new::NewArgs),
    /// Run the tests of scripts
    Test(test::TestArgs),
    /// Run a routine once, without touching the ledger
    Run(run::RunArgs),
    /// Check the workspace and say what to do about what is wrong
    Doctor(doctor::DoctorArgs),
    /// Print the JSON Schema of a kind of file
    Schema(schema::SchemaArgs),
    /// Print a completion script for a shell
    Completions(completions::CompletionsArgs),
}
