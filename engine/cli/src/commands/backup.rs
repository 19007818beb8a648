//! `lariat backup`: a copy of the store of one moment, beside a running engine too.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use lariat_store::backup::{self, folder};
use serde_json::json;

use crate::args::Global;
use crate::exit::{CliResult, Exit};
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
    let backups = home.workspace.backups_dir();
    let to = match &args.file {
        Some(file) => std::path::absolute(file).unwrap_or_else(|_| file.clone()),
        None => backups.join(folder::name(Timestamp::now())),
    };
    let report = backup::make(&home.workspace.store_path(), &to).await?;
    let keep = args.keep.unwrap_or(home.workspace.config().ledger.keep_backups);
    let removed = if args.file.is_none() { folder::thin_out(&backups, keep as usize)? } else { Vec::new() };
    let value = json!({
        "path": report.path, "bytes": report.bytes, "accounts": report.accounts, "removed": removed,
    });
    output.answer(&value, || {
        let mut text = format!(
            "Wrote {} with {} ({} KiB), checked.",
            home.relative(&report.path),
            plural(report.accounts, "account"),
            report.bytes.div_ceil(1024)
        );
        if !removed.is_empty() {
            text.push_str(&format!(" Removed {}.", plural(removed.len() as u64, "older backup")));
        }
        text
    })?;
    Ok(Exit::Done)
}
