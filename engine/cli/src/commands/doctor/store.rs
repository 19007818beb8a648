//! What doctor says about the store: whether it is whole, what an acknowledgement
//! survives, and its backups.

use lariat_store::backup::folder;
use lariat_store::{StoreError, check};
use lariat_workspace::config::Durability;

use super::{Findings, Level};
use crate::home::Home;
use crate::output::{ago, plural};

/// Looks at the file, without opening it as a store.
pub async fn look(home: &Home, findings: &mut Findings) {
    let path = home.workspace.store_path();
    let about = home.relative(&path);
    let cure = "stop the engine, then `lariat doctor --repair` puts the last good backup in its place";
    match check::quick(&path).await {
        Ok(problems) if problems.is_empty() => findings.ok(&about, "whole"),
        Ok(problems) => findings.bad(Level::Error, &about, format!("damaged: {}", problems.join("; ")), cure),
        Err(StoreError::NotThere { .. }) => {}
        Err(error @ StoreError::Damaged { .. }) => {
            findings.bad(Level::Error, &about, error.to_string(), cure);
        }
        Err(error) => findings.bad(Level::Warning, &about, error.to_string(), "see the message"),
    }
    durability(home, findings);
    backups(home, findings);
}

fn durability(home: &Home, findings: &mut Findings) {
    let meaning = match home.workspace.config().ledger.durability {
        Durability::Full => "full: what was acknowledged survives a crash of the engine and a power loss",
        Durability::Fast => {
            "fast: what was acknowledged survives a crash of the engine; a power loss may take the last moments. \
             `ledger: {durability: full}` in lariat.yaml covers that too"
        }
    };
    findings.ok("durability", meaning);
}

fn backups(home: &Home, findings: &mut Findings) {
    let dir = home.workspace.backups_dir();
    let about = home.relative(&dir);
    match folder::list(&dir) {
        Err(error) => findings.bad(Level::Warning, &about, error.to_string(), "see the message"),
        Ok(found) => match found.first() {
            Some(last) => findings.ok(
                &about,
                format!("{}, the last {}", plural(found.len() as u64, "backup"), ago(Some(last.taken_at))),
            ),
            None => findings.ok(&about, "no backup yet; `lariat backup` makes one"),
        },
    }
}
