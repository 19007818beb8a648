//! `lariat doctor --repair`: puts the last good backup in the place of a damaged store.

use jiff::Timestamp;
use lariat_store::{StoreError, backup, check};

use super::{DoctorArgs, Findings};
use crate::ask::confirm;
use crate::exit::{CliError, Exit};
use crate::home::Home;
use crate::output::ago;

/// Repairs what needs it, and says what was done. Nothing is deleted.
pub async fn run(home: &Home, args: &DoctorArgs, findings: &mut Findings) -> Result<(), CliError> {
    let path = home.workspace.store_path();
    let damage = match check::quick(&path).await {
        _ if backup::is_half_restored(&path) => "a repair was interrupted".to_owned(),
        Ok(problems) if problems.is_empty() => {
            findings.ok("repair", "the store is whole; there is nothing to repair");
            return Ok(());
        }
        Ok(problems) => problems.join("; "),
        Err(StoreError::NotThere { .. }) => {
            findings.ok("repair", "there is no store yet; there is nothing to repair");
            return Ok(());
        }
        Err(StoreError::Damaged { detail, .. }) => detail,
        Err(error) => return Err(error.into()),
    };
    let (from, when) = match &args.from {
        Some(file) => (file.clone(), "of unknown age".to_owned()),
        None => {
            let good = backup::latest_good(&path, &home.workspace.backups_dir()).await?;
            let when = format!("of {:.0} ({})", good.taken_at, ago(Some(good.taken_at)));
            (good.path, when)
        }
    };
    let shown = home.relative(&from);
    let question = format!(
        "The store is damaged ({damage}). This puts the backup {when}, {shown}, in its place. What happened since it \
         was made is lost: accounts completed since then will be served again. The damaged files are kept."
    );
    if !confirm(args.yes, &question) {
        return Err(CliError::new(Exit::Refused, "nothing was changed"));
    }
    let done = backup::restore(&path, &from, Timestamp::now()).await?;
    findings.ok(
        "repair",
        format!(
            "restored the backup {when}, {shown}; everything since then is lost. The damaged files are in {}",
            home.relative(&done.moved_to)
        ),
    );
    Ok(())
}
