//! `lariat account …`: the account table.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use lariat_accounts::Format;
use lariat_console::{Exported, MOST_ROWS, Run};
use lariat_core::ids::AccountId;
use lariat_core::records::{AccountSearch, AccountStatus};

use crate::app::{Access, App};
use crate::args::Global;
use crate::ask::confirm;
use crate::engine::asked::{Asked, ask, shown};
use crate::exit::{CliError, CliResult, Exit};
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

/// Runs the command: all but the export is done by the running engine, if there is one.
pub async fn run(global: &Global, command: AccountCommand, output: Output) -> CliResult {
    match command {
        AccountCommand::List(args) => {
            ask(global, Access::Read, async |asked| list(asked, args, output).await).await
        }
        AccountCommand::Show { id, reveal } => {
            ask(global, Access::Read, async |asked| show(asked, &id, reveal, output).await).await
        }
        AccountCommand::Import { paths } => {
            ask(global, Access::Write, async |asked| import(asked, &paths, output).await).await
        }
        AccountCommand::Export(args) => export(global, args, output).await,
        AccountCommand::Reset { ids, yes, .. } => {
            ask(global, Access::Write, async |asked| reset(asked, ids, yes, output).await).await
        }
    }
}

/// The accounts of a list, page by page.
async fn rows(asked: &Asked, args: &ListArgs) -> Result<Vec<Map<String, Value>>, CliError> {
    let (mut rows, mut passed_over, mut after) = (Vec::new(), 0, None);
    let most = if args.limit > 0 { args.limit } else { u32::MAX };
    loop {
        // Nobody is shown the secrets of those that are left out.
        let (left, reveal) = match args.offset - passed_over {
            0 => (most - u32::try_from(rows.len()).unwrap_or(u32::MAX), args.reveal),
            left => (left, false),
        };
        if left == 0 {
            return Ok(rows);
        }
        let limit = left.min(MOST_ROWS);
        let search = AccountSearch { status: args.status, text: args.search.clone(), after, limit };
        let page = asked.accounts(search, reveal).await?;
        if passed_over < args.offset {
            passed_over += u32::try_from(page.items.len()).unwrap_or(u32::MAX);
        } else {
            rows.extend(page.items);
        }
        let Some(next) = page.next else { return Ok(rows) };
        let next = AccountId::new(&next).map_err(|error| CliError::new(Exit::Failed, error.to_string()))?;
        after = Some(next);
    }
}

async fn list(asked: &Asked, args: ListArgs, output: Output) -> CliResult {
    let rows = rows(asked, &args).await?;
    let counts = asked.account_counts().await?;
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

async fn show(asked: &Asked, id: &AccountId, reveal: bool, output: Output) -> CliResult {
    let shown = asked.account(id, reveal).await?;
    output.answer(&shown, || {
        let mut lines: Vec<String> = shown
            .account
            .iter()
            .map(|(name, value)| match value {
                Value::String(text) => format!("{name:<16} {text}"),
                other => format!("{name:<16} {other}"),
            })
            .collect();
        // Then only its runs are here, and its id.
        if shown.account.len() == 1 {
            lines.push("It isn't in the account table: it comes from a pool's own source.".into());
        }
        for run in &shown.attempts {
            let error = run.error.as_deref().and_then(|error| error.lines().next());
            let error = error.map(|line| format!(": {line}")).unwrap_or_default();
            let Run { ended, routine, group, .. } = run;
            let outcome = run.outcome.as_str();
            lines.push(format!("{ended} {outcome} by {routine} of {group}{error}"));
        }
        lines.join("\n")
    })?;
    Ok(Exit::Done)
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

async fn import(asked: &Asked, paths: &[PathBuf], output: Output) -> CliResult {
    let report = asked.import_accounts(from_here(paths)?).await?;
    for problem in &report.problems {
        tracing::warn!("{problem}");
    }
    output.answer(&report, || {
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

/// Reads the store itself, beside a running engine too: as it is at one moment, and however many
/// accounts it has.
async fn export(global: &Global, args: ExportArgs, output: Output) -> CliResult {
    let by_name = || Format::of_path(args.output.as_deref()?);
    let default = if output.json { Format::Json } else { Format::Csv };
    let format = args.format.or_else(by_name).unwrap_or(default);
    let app = App::open_for_pools(global, Access::Read).await?;
    let search = AccountSearch { status: args.status, ..AccountSearch::default() };
    let exported = app.service.export_accounts(search, format.as_str(), shown(args.reveal), usize::MAX).await;
    app.close().await;
    let Exported { file: bytes, accounts } = exported?;
    let failed = |error: String| CliError::new(Exit::Failed, error);
    match &args.output {
        None => print_line(&String::from_utf8(bytes).map_err(|error| failed(error.to_string()))?),
        Some(file) => {
            write_private(file, &bytes).map_err(|error| failed(format!("{}: {error}", file.display())))?;
            output.note(format!("Wrote {} to {}.", plural(accounts as u64, "account"), file.display()));
        }
    }
    Ok(Exit::Done)
}

/// Writes a file that only its owner can read, since it may hold secrets.
fn write_private(file: &std::path::Path, text: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let mut out = options.write(true).create(true).truncate(true).mode(0o600).open(file)?;
    out.write_all(text)
}

async fn reset(asked: &Asked, ids: Vec<AccountId>, yes: bool, output: Output) -> CliResult {
    for id in &ids {
        asked.account(id, false).await?;
    }
    if !confirmed(&ids, yes, output) {
        return Ok(Exit::Done);
    }
    let reset = asked.reset_accounts(ids).await?;
    output.answer(&json!({"reset": reset}), || {
        format!(
            "{} available again. Pools remember their own outcomes; `lariat pool reset` forgets those.",
            plural(reset, "account")
        )
    })?;
    Ok(Exit::Done)
}

fn confirmed(ids: &[AccountId], yes: bool, output: Output) -> bool {
    let what = if ids.is_empty() { "all accounts".to_owned() } else { plural(ids.len() as u64, "account") };
    let confirmed = confirm(yes, &format!("This makes {what} available again and forgets their failures."));
    if !confirmed {
        output.note("Nothing was changed.");
    }
    confirmed
}
