//! `lariat run`: runs one routine once, without touching the ledger.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use lariat_core::account::{Account, Field};
use lariat_core::ids::{AccountId, GroupName, InstanceId, LaunchId};
use lariat_core::kv::{KeyValueStore, MemoryKv};
use lariat_core::outcome::Outcome;
use lariat_core::params::{ParamKind, ParamSpecs};
use lariat_core::routine::{Progress, RoutineError, RoutineRun};
use lariat_core::secret::MASK;
use lariat_lua::ScriptKind;
use serde_json::{Map, Value, json};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::check::find;
use super::launch::assignments;
use crate::app::{Access, App};
use crate::args::Global;
use crate::exit::{CliError, CliResult, Exit};
use crate::home::Home;
use crate::output::Output;

#[derive(Debug, Args)]
pub struct RunArgs {
    /// A routine by its name, or a script file
    #[arg(value_name = "ROUTINE")]
    routine: String,
    /// An account of the account table; what the run makes of it isn't kept
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// An account that is made up: '{"id": "a1", "pack_count": 3}'
    #[arg(long, value_name = "JSON", conflicts_with = "account")]
    account_json: Option<String>,
    /// Parameters of the routine, as key=value; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    params: Vec<String>,
    /// The instance it believes to run on
    #[arg(long, value_name = "ID", default_value_t = 0)]
    instance: u32,
}

/// Runs the command.
pub async fn run(global: &Global, args: RunArgs, output: Output) -> CliResult {
    let home = Home::open_declared(global)?;
    let kv = Arc::new(MemoryKv::default());
    home.keep_in(kv.clone());
    let lua = home.lua();
    let file = find(&home.workspace, lua, ScriptKind::Routine, &args.routine)?;
    let routine = lua.load_file(&file).map_err(|error| CliError::usage(error.to_string()))?;
    let params =
        routine.info().params.check("params", &params(&args.params, &routine.info().params)?).map_err(
            |problems| {
                CliError::usage(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
            },
        )?;
    let account = match (&args.account, &args.account_json) {
        (Some(id), _) => Some(taken(global, id, &routine.info().name, &kv).await?),
        (None, Some(json)) => Some(made_up(json)?),
        (None, None) => None,
    };
    let stopping = CancellationToken::new();
    let given = RoutineRun {
        account: account.clone().map(Arc::new),
        params: Arc::new(params),
        launch: LaunchId::random(),
        group: GroupName::new("run").map_err(|error| CliError::new(Exit::Failed, error.to_string()))?,
        instance: InstanceId(args.instance),
        generation: 1,
        stopping: stopping.clone(),
        progress: Progress::new(
            |done, total| tracing::debug!(target: "lariat::routine", "progress {done}/{total}"),
        ),
    };
    // Before the run begins, so that no Ctrl-C is missed.
    let ctrl_c = signal(SignalKind::interrupt())
        .map_err(|error| CliError::new(Exit::Failed, format!("can't watch for Ctrl-C: {error}")))?;
    let interrupted = AtomicBool::new(false);
    let outcome = tokio::select! {
        outcome = routine.run(given) => Some(outcome),
        () = stopped(ctrl_c, &stopping, &interrupted) => None,
    };
    let told = Told::of(outcome, account.as_ref());
    output.answer(&told.as_json(), || told.as_text())?;
    Ok(if interrupted.load(Ordering::SeqCst) { Exit::Interrupted } else { told.exit })
}

/// What was given; a text where a text is wanted, also if it looks like a number.
fn params(pairs: &[String], specs: &ParamSpecs) -> Result<Map<String, Value>, CliError> {
    let given = assignments(pairs);
    let mut given =
        given.map_err(|error| CliError::new(error.exit, error.message.replace("--set", "--params")))?;
    for (name, value) in pairs.iter().filter_map(|pair| pair.split_once('=')) {
        let text =
            specs.0.get(name).is_some_and(|spec| matches!(spec.kind, ParamKind::String | ParamKind::Path));
        if text && given.get(name).is_some_and(|given| given.is_number() || given.is_boolean()) {
            given.insert(name.to_owned(), Value::String(value.to_owned()));
        }
    }
    Ok(given)
}

/// Ends when the run shall be stopped by force: the first Ctrl-C only asks it to end.
async fn stopped(mut ctrl_c: Signal, stopping: &CancellationToken, interrupted: &AtomicBool) {
    const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);
    if ctrl_c.recv().await.is_none() {
        // No more signals can come.
        return std::future::pending().await;
    }
    interrupted.store(true, Ordering::SeqCst);
    tracing::warn!("stopping; press Ctrl-C again to stop at once");
    stopping.cancel();
    tokio::select! {
        _ = ctrl_c.recv() => {}
        () = tokio::time::sleep(PATIENCE) => {}
    }
}

/// An account of the table, with a copy of what the routine keeps in `ctx.store`.
async fn taken(global: &Global, id: &AccountId, routine: &str, kv: &MemoryKv) -> Result<Account, CliError> {
    let app = App::open_for_pools(global, Access::Read).await?;
    let account = app.store.get_account(id).await?;
    let copied = copy(app.store.as_ref(), routine, kv).await;
    app.close().await;
    copied.map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
    account.ok_or_else(|| {
        CliError::new(
            Exit::NotFound,
            format!("there is no account \"{id}\"; `lariat account list --search {id}` looks for more"),
        )
    })
}

async fn copy(
    from: &impl KeyValueStore,
    routine: &str,
    to: &MemoryKv,
) -> Result<(), lariat_core::kv::KvError> {
    for key in from.keys(routine).await? {
        if let Some(value) = from.get(routine, &key).await? {
            to.set(routine, &key, value).await?;
        }
    }
    Ok(())
}

fn made_up(json: &str) -> Result<Account, CliError> {
    let usage = |why: String| CliError::usage(format!("--account-json: {why}"));
    let fields: Map<String, Value> = serde_json::from_str(json)
        .map_err(|error| usage(format!("{error}; write an object, as in '{{\"id\": \"a1\"}}'")))?;
    let id = match fields.get("id") {
        Some(Value::String(id)) => id.clone(),
        Some(other) => other.to_string(),
        None => "a1".to_owned(),
    };
    let id = AccountId::new(&id).map_err(|error| usage(error.to_string()))?;
    Ok(Account::new(id, fields))
}

/// What came of the run, without the account's secrets.
struct Told {
    outcome: &'static str,
    result: Option<Map<String, Value>>,
    reason: Option<String>,
    exit: Exit,
}

impl Told {
    fn of(outcome: Option<Result<Outcome, RoutineError>>, account: Option<&Account>) -> Self {
        let mask = |text: String| masked(text, account);
        let ended = |outcome, reason, exit| Self { outcome, result: None, reason: Some(mask(reason)), exit };
        match outcome {
            None => ended("stopped", "stopped by Ctrl-C".into(), Exit::Interrupted),
            Some(Ok(Outcome::Completed(result))) => {
                let result = result.into_iter().map(|(name, value)| (name, masked_json(value, account)));
                Self { outcome: "completed", result: Some(result.collect()), reason: None, exit: Exit::Done }
            }
            Some(Ok(Outcome::Skipped { reason })) => ended("skipped", reason, Exit::Done),
            Some(Ok(Outcome::Returned { reason })) => ended("returned", reason, Exit::Done),
            Some(Ok(Outcome::Failed { reason })) => ended("failed", reason, Exit::Failed),
            Some(Err(error)) => ended("raised", error.with_traceback(), Exit::Failed),
        }
    }

    fn as_json(&self) -> Value {
        json!({"outcome": self.outcome, "result": self.result, "reason": self.reason})
    }

    fn as_text(&self) -> String {
        match (&self.result, &self.reason) {
            (Some(result), _) if !result.is_empty() => {
                format!("{}: {}", self.outcome, Value::Object(result.clone()))
            }
            (_, Some(reason)) => format!("{}: {}", self.outcome, reason.replace('\n', "\n  ")),
            _ => self.outcome.to_owned(),
        }
    }
}

fn masked(text: String, account: Option<&Account>) -> String {
    let secrets = account.into_iter().flat_map(Account::fields).filter_map(|(_, field)| match field {
        Field::Secret(Value::String(secret)) if secret.len() > 2 => Some(secret.clone()),
        Field::Secret(secret @ Value::Number(_)) => Some(secret.to_string()),
        _ => None,
    });
    let mut secrets: Vec<String> = secrets.collect();
    // The longest first, so that none leaves a part of another.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.iter().fold(text, |text, secret| text.replace(secret, MASK))
}

fn masked_json(value: Value, account: Option<&Account>) -> Value {
    match value {
        Value::String(text) => Value::String(masked(text, account)),
        Value::Array(items) => items.into_iter().map(|item| masked_json(item, account)).collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, field)| (name, masked_json(field, account)));
            Value::Object(fields.collect())
        }
        other => other,
    }
}
