//! `lariat account …`: the account table.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use lariat_accounts::Format;
use lariat_console::Imported;
use lariat_core::ids::AccountId;
use lariat_store::accounts::{AccountFilter, AccountStatus};

use crate::app::{Access, App};
use crate::args::Global;
use crate::ask::confirm;
use crate::engine::remote::{Remote, path, read};
use crate::exit::{CliError, CliResult, Exit};
use crate::home::find;
use crate::output::{Output, count, plural, print_line, table};

#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Accounts, 50 at most unless --limit says more
    List(ListArgs),
    /// One account with all its fields and its last runs
    Show {
        id: AccountId,
        /// Show secrets in clear text
        #[arg(long)]
        reveal: bool,
    },
    /// Take XML, CSV or JSON files and folders into the account table
    Import {
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Write accounts to stdout or a file
    Export(ExportArgs),
    /// Make accounts available again, whatever became of them
    Reset {
        #[arg(value_name = "ID", required_unless_present = "all")]
        ids: Vec<AccountId>,
        /// All accounts
        #[arg(long, conflicts_with = "ids")]
        all: bool,
        /// Don't ask
        #[arg(long, short)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only accounts of this status: available, in_use, completed, failed, skipped
    #[arg(long)]
    status: Option<AccountStatus>,
    /// Only accounts whose id contains this
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// At most this many; 0: all
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// Leave out the first ones
    #[arg(long, default_value_t = 0)]
    offset: u32,
    /// Show secrets in clear text
    #[arg(long)]
    reveal: bool,
}

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// csv, json, jsonl or xml; else what the file's name says, else csv
    #[arg(long)]
    format: Option<Format>,
    /// Write to this file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only accounts of this status
    #[arg(long)]
    status: Option<AccountStatus>,
    /// Write secrets in clear text
    #[arg(long)]
    reveal: bool,
}

/// Has the running engine do what changes something; gives the command back where it only
/// looks.
async fn through(
    engine: &Remote,
    command: AccountCommand,
    output: Output,
) -> Result<CliResult, Box<AccountCommand>> {
    Ok(match command {
        AccountCommand::Import { paths } => import_through(engine, &paths, output).await,
        AccountCommand::Reset { ids, yes, .. } => reset_through(engine, &ids, yes, output).await,
        other => return Err(Box::new(other)),
    })
}

async fn import_through(engine: &Remote, paths: &[PathBuf], output: Output) -> CliResult {
    let answer = engine.post("accounts/import", &json!({"paths": from_here(paths)?})).await?;
    imported(&read(answer)?, output)
}

async fn reset_through(engine: &Remote, ids: &[AccountId], yes: bool, output: Output) -> CliResult {
    for id in ids {
        engine.get(&path("accounts", id.as_str(), None)).await?;
    }
    if !confirmed(ids, yes, output) {
        return Ok(Exit::Done);
    }
    let order = if ids.is_empty() { json!({"all": true}) } else { json!({"ids": ids}) };
    let answer = engine.post("accounts/reset", &order).await?;
    reset_done(answer.get("reset").and_then(Value::as_u64).unwrap_or_default(), output)
}

/// Runs the command.
pub async fn run(global: &Global, command: AccountCommand, output: Output) -> CliResult {
    let command = match Remote::find(&find(global)?).await {
        Ok(Some(engine)) => match through(&engine, command, output).await {
            Ok(done) => return done,
            Err(command) => *command,
        },
        _ => command,
    };
    let access = match command {
        AccountCommand::Import { .. } | AccountCommand::Reset { .. } => Access::Write,
        _ => Access::Read,
    };
    let app = App::open_for_pools(global, access).await?;
    let outcome = match command {
        AccountCommand::List(args) => list(&app, args, output).await,
        AccountCommand::Show { id, reveal } => show(&app, &id, reveal, output).await,
        AccountCommand::Import { paths } => import(&app, &paths, output).await,
        AccountCommand::Export(args) => export(&app, args, output).await,
        AccountCommand::Reset { ids, yes, .. } => reset(&app, ids, yes, output).await,
    };
    app.close().await;
    outcome
}

async fn list(app: &App, args: ListArgs, output: Output) -> CliResult {
    let limit = (args.limit > 0).then_some(args.limit);
    let filter = AccountFilter { status: args.status, search: args.search, limit, offset: args.offset };
    let accounts = app.store.list(&filter).await?;
    let counts = app.store.count_accounts().await?;
    let rows: Vec<Map<String, Value>> = accounts.iter().map(|account| account.shown(args.reveal)).collect();
    output.answer(&rows, || {
        if counts.total == 0 {
            return "There is no account yet. `lariat account import PATH` takes some in.".into();
        }
        let headers = ["id", "status", "packs", "failures", "last error", "completed"];
        let cell = |row: &Map<String, Value>, key: &str| match row.get(key) {
            None | Some(Value::Null) => "-".to_owned(),
            Some(Value::String(text)) => text.lines().next().unwrap_or_default().chars().take(48).collect(),
            Some(other) => other.to_string(),
        };
        let keys = ["id", "status", "pack_count", "failure_count", "last_error", "completed_at"];
        let mut text =
            table(&headers, &[2, 3], rows.iter().map(|row| keys.iter().map(|key| cell(row, key)).collect()));
        text.push_str(&format!(
            "\n\n{} of {}: {} available, {} in use, {} completed, {} failed, {} skipped",
            count(rows.len() as u64),
            plural(counts.total, "account"),
            count(counts.available),
            count(counts.in_use),
            count(counts.completed),
            count(counts.failed),
            count(counts.skipped)
        ));
        text
    })?;
    Ok(Exit::Done)
}

async fn show(app: &App, id: &AccountId, reveal: bool, output: Output) -> CliResult {
    const RUNS: u32 = 10;
    let account = app.store.get_account(id).await?;
    let runs = app.store.attempts(Some(id), RUNS).await?;
    if account.is_none() && runs.is_empty() {
        return Err(CliError::new(
            Exit::NotFound,
            format!(
                "there is no account \"{id}\" in the account table, and no bot has worked on one; `lariat account list` shows those of the table"
            ),
        ));
    }
    let runs: Vec<Value> = runs
        .iter()
        .map(|run| {
            json!({
                "started": run.started, "ended": run.ended, "outcome": run.outcome, "error": run.error,
                "result": run.result, "pool": run.pool, "group": run.holder.group,
                "instance": run.holder.instance, "routine": run.holder.routine,
            })
        })
        .collect();
    // One that comes from a pool's own source has only its runs here.
    let outside = account.is_none();
    let fields = match account {
        Some(account) => account.shown(reveal),
        None => Map::from_iter([("id".to_owned(), Value::String(id.to_string()))]),
    };
    let mut value = fields.clone();
    value.insert("attempts".into(), Value::Array(runs.clone()));
    output.answer(&value, || {
        let mut lines: Vec<String> = fields
            .iter()
            .map(|(name, value)| match value {
                Value::String(text) => format!("{name:<16} {text}"),
                other => format!("{name:<16} {other}"),
            })
            .collect();
        if outside {
            lines.push("It isn't in the account table: it comes from a pool's own source.".into());
        }
        for run in &runs {
            let text = |key: &str| run.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let error = text("error");
            let error = error.lines().next().map(|line| format!(": {line}")).unwrap_or_default();
            lines.push(format!(
                "{} {} by {} of {}{error}",
                text("ended"),
                text("outcome"),
                text("routine"),
                text("group")
            ));
        }
        lines.join("\n")
    })?;
    Ok(Exit::Done)
}

async fn import(app: &App, paths: &[PathBuf], output: Output) -> CliResult {
    imported(&app.import(&from_here(paths)?).await?, output)
}

/// Paths that exist, as seen from everywhere.
fn from_here(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    if let Some(missing) = paths.iter().find(|path| !path.exists()) {
        return Err(CliError::new(
            Exit::NotFound,
            format!("{}: there is no such file or folder", missing.display()),
        ));
    }
    Ok(paths.iter().map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone())).collect())
}

fn imported(report: &Imported, output: Output) -> CliResult {
    for problem in &report.problems {
        tracing::warn!("{problem}");
    }
    output.answer(report, || {
        let mut text = format!(
            "Imported {} new and {} changed; {} were there already.",
            plural(report.added, "account"),
            count(report.updated),
            count(report.unchanged)
        );
        if !report.problems.is_empty() {
            text.push_str(&format!(" {} passed over.", plural(report.problems.len() as u64, "problem")));
        }
        text
    })?;
    Ok(if report.problems.is_empty() { Exit::Done } else { Exit::Failed })
}

async fn export(app: &App, args: ExportArgs, output: Output) -> CliResult {
    let by_name = || Format::of_path(args.output.as_deref()?);
    let default = if output.json { Format::Json } else { Format::Csv };
    let format = args.format.or_else(by_name).unwrap_or(default);
    let accounts = match args.status {
        None => app.store.export().await?,
        status => app.store.list(&AccountFilter { status, ..AccountFilter::default() }).await?,
    };
    let failed = |error: String| CliError::new(Exit::Failed, error);
    let text = lariat_accounts::export::to_text(&accounts, format, args.reveal)
        .map_err(|error| failed(error.to_string()))?;
    match &args.output {
        None => print_line(&text),
        Some(file) => {
            write_private(file, &text).map_err(|error| failed(format!("{}: {error}", file.display())))?;
            output.note(format!("Wrote {} to {}.", plural(accounts.len() as u64, "account"), file.display()));
        }
    }
    Ok(Exit::Done)
}

/// Writes a file that only its owner can read, since it may hold secrets.
fn write_private(file: &std::path::Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let mut out = options.write(true).create(true).truncate(true).mode(0o600).open(file)?;
    out.write_all(text.as_bytes())
}

async fn reset(app: &App, ids: Vec<AccountId>, yes: bool, output: Output) -> CliResult {
    for id in &ids {
        if app.store.get_account(id).await?.is_none() {
            return Err(CliError::new(
                Exit::NotFound,
                format!("there is no account \"{id}\" in the account table"),
            ));
        }
    }
    if !confirmed(&ids, yes, output) {
        return Ok(Exit::Done);
    }
    reset_done(app.store.reset_accounts((!ids.is_empty()).then_some(ids)).await?, output)
}

fn confirmed(ids: &[AccountId], yes: bool, output: Output) -> bool {
    let what = if ids.is_empty() { "all accounts".to_owned() } else { plural(ids.len() as u64, "account") };
    let confirmed = confirm(yes, &format!("This makes {what} available again and forgets their failures."));
    if !confirmed {
        output.note("Nothing was changed.");
    }
    confirmed
}

fn reset_done(reset: u64, output: Output) -> CliResult {
    output.answer(&json!({"reset": reset}), || {
        format!(
            "{} available again. Pools remember their own outcomes; `lariat pool reset` forgets those.",
            plural(reset, "account")
        )
    })?;
    Ok(Exit::Done)
}
