//! The folder of backups.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::error::StoreError;

const FORMAT: &str = "%Y%m%dT%H%M%S%.3f";
const PREFIX: &str = "state-";
const SUFFIX: &str = "Z.db";

/// A backup by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The file.
    pub path: PathBuf,
    /// When it was made, in UTC.
    pub taken_at: Timestamp,
}

/// The name of a backup that is made now.
pub fn name(now: Timestamp) -> String {
    format!("{PREFIX}{}{SUFFIX}", now.strftime(FORMAT))
}

fn taken_at(name: &str) -> Option<Timestamp> {
    let text = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    Offset::UTC.to_timestamp(DateTime::strptime(FORMAT, text).ok()?).ok()
}

/// The backups in a folder, newest first; none if it isn't there.
///
/// # Errors
/// When the folder can't be read.
pub fn list(folder: &Path) -> Result<Vec<Backup>, StoreError> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::file("read the folder", folder, error)),
    };
    let mut found: Vec<Backup> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let taken_at = taken_at(path.file_name()?.to_str()?)?;
            Some(Backup { path, taken_at })
        })
        .collect();
    found.sort_by_key(|backup| std::cmp::Reverse(backup.taken_at));
    Ok(found)
}

/// How old an unfinished backup must be to be taken for one that nobody finishes.
const ABANDONED: Duration = Duration::from_secs(86_400);

/// Removes all but the newest `keep` backups, and what killed ones left; gives the
/// backups removed.
///
/// # Errors
/// When the folder can't be read, or a file can't be removed.
pub fn thin_out(folder: &Path, keep: usize) -> Result<Vec<PathBuf>, StoreError> {
    remove_abandoned(folder)?;
    let mut removed = Vec::new();
    for backup in list(folder)?.into_iter().skip(keep.max(1)) {
        std::fs::remove_file(&backup.path)
            .map_err(|error| StoreError::file("remove", &backup.path, error))?;
        removed.push(backup.path);
    }
    Ok(removed)
}

fn remove_abandoned(folder: &Path) -> Result<(), StoreError> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let ours = name.starts_with(PREFIX) && name.ends_with(".tmp");
        let changed = path.metadata().and_then(|facts| facts.modified()).ok();
        let old = changed.and_then(|changed| changed.elapsed().ok()).is_some_and(|age| age > ABANDONED);
        if ours && old {
            std::fs::remove_file(&path).map_err(|error| StoreError::file("remove", &path, error))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_when() {
        let now: Timestamp = "2026-11-25T04:15:00.123Z".parse().unwrap();
        assert_eq!(name(now), "state-20261125T041500.123Z.db");
        assert_eq!(taken_at(&name(now)), Some(now));
        for other in ["state.db", "state-x.db", "state-20261125T041500.123Z.db.tmp"] {
            assert_eq!(taken_at(other), None, "{other}");
        }
    }
}
