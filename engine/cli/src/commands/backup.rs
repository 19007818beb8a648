//! `lariat backup`: a copy of the store of one moment, beside a running engine too.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use lariat_console::Backup;
use lariat_store::backup::{self, folder};
use lariat_workspace::Workspace;

use crate::args::Global;
use crate::exit::{CliError, CliResult, Exit};
use crate::home::Home;
use crate::output::{Output, plural};

#[derive(Debug, Args)]
pub struct BackupArgs {
    /// Where to write it; else a new file in .lariat/backups/, where old ones are removed
    file: Option<PathBuf>,
    /// How many backups .lariat/backups/ keeps; else `ledger.keep_backups` of lariat.yaml
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
}

/// Runs the command.
pub async fn run(global: &Global, args: BackupArgs, output: Output) -> CliResult {
    let home = Home::open_declared(global)?;
    let made = make(&home.workspace, args.file.as_deref(), args.keep).await?;
    output.answer(&made, || {
        let mut text = format!(
            "Wrote {} with {} ({} KiB), checked.",
            home.relative(Path::new(&made.path)),
            plural(made.accounts, "account"),
            made.bytes.div_ceil(1024)
        );
        if !made.removed.is_empty() {
            text.push_str(&format!(" Removed {}.", plural(made.removed.len() as u64, "older backup")));
        }
        text
    })?;
    Ok(Exit::Done)
}

/// Writes a copy of the store: to a file, or among the backups, of which that many are kept.
pub async fn make(workspace: &Workspace, file: Option<&Path>, keep: Option<u32>) -> Result<Backup, CliError> {
    let backups = workspace.backups_dir();
    let to = match file {
        Some(file) => std::path::absolute(file).unwrap_or_else(|_| file.to_owned()),
        None => backups.join(folder::name(Timestamp::now())),
    };
    let made = backup::make(&workspace.store_path(), &to).await?;
    let keep = keep.unwrap_or(workspace.config().ledger.keep_backups);
    let removed = if file.is_none() { folder::thin_out(&backups, keep as usize)? } else { Vec::new() };
    Ok(Backup {
        path: made.path.display().to_string(),
        bytes: made.bytes,
        accounts: made.accounts,
        removed: removed.iter().map(|file| file.display().to_string()).collect(),
    })
}
