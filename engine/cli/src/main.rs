//! The `lariat` program: wires the engine's crates together, one file a command.
//!
//! | part | does |
//! |---|---|
//! | [`args`] | the command line |
//! | [`home`] | a workspace as it is written: settings, definitions, scripts |
//! | [`instances`] | the providers of instances that `lariat.yaml` names |
//! | [`limits`] | names in `limits:` that hold for nothing |
//! | [`scripts`] | scripts of all kinds, put into their registries |
//! | [`plugins`] | native plugins of all kinds, put into the same registries |
//! | [`app`] | the same with its store open and an orchestrator over it |
//! | [`keeping`] | what the program keeps for its service |
//! | [`upkeep`] | what an engine does for its store by itself |
//! | [`commands`] | one file a command |
//! | [`engine`] | the running engine: `lariat up`, and those who talk to it |
//! | [`output`], [`progress`], [`ask`], [`logging`], [`lines`] | what people see and are asked |
//! | [`exit`] | exit codes |

mod app;
mod args;
mod ask;
mod commands;
mod engine;
mod exit;
mod home;
mod instances;
mod keeping;
mod limits;
mod lines;
mod logging;
mod output;
mod plugins;
mod progress;
mod scripts;
mod upkeep;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command, Global};
use exit::{CliError, CliResult, Exit};
use output::Output;
use progress::Screen;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Command::PluginRunner { library, parent, limits } = &cli.command {
        // Returns only when there is nothing to run, or nobody to run it for.
        return ExitCode::from(u8::from(
            lariat_native::run_child(library, *parent, limits.as_deref()).is_err(),
        ));
    }
    let output = Output { json: cli.global.json, quiet: cli.global.quiet };
    let screen = Screen::new(matches!(cli.command, Command::Launch(_)) && !output.quiet && !output.json);
    logging::init(&cli.global, &screen, matches!(cli.command, Command::Up(_)));
    if let Err(problem) = lariat_core::failpoint::check_environment() {
        return end(Err(CliError::usage(problem)), output);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return end(Err(CliError::new(Exit::Failed, format!("can't start: {error}"))), output),
    };
    let outcome = runtime.block_on(run(cli.global, cli.command, output, screen));
    // What still runs in the background, such as a script that was cut off, isn't waited for.
    runtime.shutdown_background();
    if !logging::flush() {
        // Nobody reads stderr: what is said there now would wait for ever.
        return code(outcome.unwrap_or_else(|error| error.exit));
    }
    end(outcome, output)
}

async fn run(global: Global, command: Command, output: Output, screen: Screen) -> CliResult {
    match command {
        Command::Init(args) => commands::init::run(&global, args, output),
        Command::Up(args) => commands::up::run(&global, args, output).await,
        Command::Console(args) => commands::console::run(&global, args, output).await,
        Command::Status => commands::control::status(&global, output).await,
        Command::Reload => commands::control::reload(&global, output).await,
        Command::Stop(args) => commands::control::stop(&global, args, output).await,
        Command::Scale(args) => commands::control::scale(&global, args, output).await,
        Command::Pause(args) => commands::control::hold(&global, args, "pause", output).await,
        Command::Resume(args) => commands::control::hold(&global, args, "resume", output).await,
        Command::Launch(args) => commands::launch::run(&global, args, output, screen).await,
        Command::Pool(command) => commands::pool::run(&global, command, output).await,
        Command::Group(command) => commands::group::run(&global, command, output).await,
        Command::Account(command) => commands::account::run(&global, command, output).await,
        Command::Routine(command) => commands::routine::run(&global, command, output).await,
        Command::Hook(command) => commands::hook::run(&global, command, output).await,
        Command::Provider(command) => commands::provider::run(&global, command, output).await,
        Command::Plugin(command) => commands::plugin::run(&global, command, output).await,
        Command::PluginRunner { .. } => Err(CliError::usage("plugin-runner is for engines only")),
        Command::Backup(args) => commands::backup::run(&global, args, output).await,
        Command::New(args) => commands::new::run(&global, args, output),
        Command::Test(args) => commands::test::run(&global, args, output),
        Command::Run(args) => commands::run::run(&global, args, output).await,
        Command::Doctor(args) => commands::doctor::run(&global, args, output).await,
        Command::Schema(args) => commands::schema::run(args, output),
        Command::Completions(args) => commands::completions::run(args),
    }
}

fn end(outcome: CliResult, output: Output) -> ExitCode {
    let lost = || CliError::new(Exit::Failed, output::failure().unwrap_or_default());
    let outcome = if output::failure().is_some() { outcome.and(Err(lost())) } else { outcome };
    let exit = outcome.unwrap_or_else(|error| {
        report(&error, output);
        error.exit
    });
    code(exit)
}

fn code(exit: Exit) -> ExitCode {
    // All codes of the contract fit a byte.
    ExitCode::from(u8::try_from(exit as i32).unwrap_or(1))
}

/// Tells an error on stderr; with `--json` it is also the one document on stdout.
#[allow(clippy::print_stderr)]
fn report(error: &CliError, output: Output) {
    eprintln!("error: {}", output::printable(&error.message));
    if output.json && !output::has_printed() {
        let document = serde_json::json!({"error": error.message, "exit": error.exit as i32});
        drop(output.answer(&document, String::new));
    }
}
