//! The routine `Shell`.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use lariat_sdk::{Context, Error, Map, Outcome, Result, Routine, Run, Seconds, Value, WorkspacePath, json};

use crate::outcome;
use crate::process::Group;

/// What a group's `config:` holds.
#[derive(serde::Deserialize, schemars::JsonSchema)]
pub struct Config {
    /// The program: a name that is looked up in PATH, or a path, from `folder` on.
    program: String,
    /// What it is called with.
    #[serde(default)]
    args: Vec<String>,
    /// The folder that it runs in; the engine's, if absent.
    folder: Option<WorkspacePath>,
    /// Environment variables beside the engine's own.
    #[serde(default)]
    env: Map<String, Value>,
    /// Anything that the program gets as `input`.
    #[serde(default)]
    input: Map<String, Value>,
    /// How long the program has from SIGTERM to SIGKILL when it is told to end; 5s if absent.
    kill_after: Option<Seconds>,
}

/// The routine.
#[derive(Default)]
pub struct Shell;

impl Routine for Shell {
    const NAME: &'static str = "Shell";
    const DESCRIPTION: &'static str = "Runs a program for each account: JSON on stdin, the outcome from it";
    type Params = Config;

    async fn run(&self, ctx: &Context, run: Run<Config>) -> Result<Outcome> {
        let grace = run.params.kill_after.map_or(Duration::from_secs(5), |given| given.0);
        let given = json!({
            "account": run.account, "input": run.params.input, "launch_id": run.launch_id,
            "group": run.group, "instance": run.instance,
        });
        let group = Group::start(&mut command(&run), given.to_string().into_bytes(), ctx)?;
        let ended = group.ended(ctx, grace).await?;
        outcome::of(&ended, ctx.stopping())
    }
}

fn command(run: &Run<Config>) -> Command {
    let params = &run.params;
    let folder = params.folder.as_ref().map(AsRef::as_ref);
    let mut command = match folder {
        Some(folder) if params.program.contains('/') => Command::new(Path::join(folder, &params.program)),
        _ => Command::new(&params.program),
    };
    command.args(&params.args);
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    // For programs that would need nothing else of what is on stdin.
    let account = run.account.as_ref().map(|account| account.id.as_str()).unwrap_or_default();
    command.env("LARIAT_ACCOUNT_ID", account).env("LARIAT_GROUP", &run.group);
    command.env("LARIAT_LAUNCH_ID", &run.launch_id).env("LARIAT_INSTANCE", run.instance.to_string());
    for (name, value) in &params.env {
        match value {
            Value::String(text) => command.env(name, text),
            Value::Null => command.env_remove(name),
            other => command.env(name, other.to_string()),
        };
    }
    command
}

/// A program that can't be started is no fault of the account.
pub(crate) fn not_started(command: &Command, error: &std::io::Error) -> Error {
    let program = command.get_program().display();
    match command.get_current_dir() {
        Some(folder) => Error::unavailable(format!("{program}, in {}: {error}", folder.display())),
        None => Error::unavailable(format!("{program}: {error}")),
    }
}
