//! Watches on folders, kept right while folders come and go.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{ErrorKind, EventHandler, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::watch::areas::{Area, Place};
use crate::watch::quiet::Stir;

/// Tells one folder from another that has its name later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity(u64, u64, Option<SystemTime>);

fn identity(path: &Path) -> Option<Identity> {
    let metadata = fs::metadata(path).ok()?;
    #[cfg(unix)]
    let (device, node) = {
        use std::os::unix::fs::MetadataExt;
        (metadata.dev(), metadata.ino())
    };
    #[cfg(not(unix))]
    let (device, node) = (0, 0);
    Some(Identity(device, node, metadata.created().ok()))
}

/// The watches that there are.
pub(super) struct Ears {
    watcher: RecommendedWatcher,
    watched: BTreeMap<PathBuf, (Identity, bool)>,
}

impl Ears {
    /// None yet.
    ///
    /// # Errors
    /// When the system can't watch, in words for people.
    pub(super) fn open(handler: impl EventHandler) -> Result<Self, String> {
        let watcher = RecommendedWatcher::new(handler, notify::Config::default().with_follow_symlinks(false));
        let watcher = watcher.map_err(|error| explain(&error))?;
        Ok(Self { watcher, watched: BTreeMap::new() })
    }

    /// Watches the folders of these places: each once, whatever happened to it. Those of
    /// `suspects` may have been replaced. Says whether anything was watched anew, so that
    /// something may have been missed.
    ///
    /// # Errors
    /// When the system can't watch so many, in words for people.
    pub(super) fn align(
        &mut self,
        root: &Path,
        places: &[Place],
        suspects: &HashSet<PathBuf>,
    ) -> Result<bool, String> {
        let wanted = wanted(root, places);
        let stale = |path: &PathBuf, watched: &(Identity, bool)| {
            wanted.get(path) != Some(watched) || suspects.iter().any(|suspect| path.starts_with(suspect))
        };
        let stale: Vec<PathBuf> = self
            .watched
            .iter()
            .filter(|(path, watched)| path.as_path() != root && stale(path, watched))
            .map(|(path, _)| path.clone())
            .collect();
        for path in stale {
            // Fails where the folder is gone, and the watch with it.
            let _ = self.watcher.unwatch(&path);
            self.watched.remove(&path);
        }
        let mut anew = false;
        for (path, (identity, deep)) in wanted {
            if self.watched.contains_key(&path) {
                continue;
            }
            let mode = if deep { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
            match self.watcher.watch(&path, mode) {
                Ok(()) => {
                    self.watched.insert(path, (identity, deep));
                    anew = true;
                }
                Err(error) if is_over(&error) => return Err(explain(&error)),
                // It went away meanwhile: the folder above tells when it comes back.
                Err(error) => tracing::debug!(path = %path.display(), %error, "couldn't watch"),
            }
        }
        Ok(anew)
    }
}

/// The folders to watch: each area's with all below, and the one it hangs in, which tells
/// when it goes and comes.
fn wanted(root: &Path, places: &[Place]) -> BTreeMap<PathBuf, (Identity, bool)> {
    let mut wanted: BTreeMap<PathBuf, (Identity, bool)> = BTreeMap::new();
    let mut want = |path: &Path, deep: bool| {
        if let Some(identity) = identity(path) {
            let entry = wanted.entry(path.to_owned()).or_insert((identity, deep));
            entry.1 |= deep;
        }
    };
    want(root, false);
    for place in places.iter().filter(|place| place.area != Area::Config) {
        if let Some(real) = place.real.as_ref().filter(|real| real.is_dir()) {
            want(real, true);
        }
        let above = place.path.ancestors().skip(1).find(|folder| folder.is_dir());
        if let Some(above) = above.and_then(|folder| folder.canonicalize().ok()) {
            want(&above, false);
        }
    }
    let deep: Vec<PathBuf> =
        wanted.iter().filter(|(_, (_, deep))| *deep).map(|(path, _)| path.clone()).collect();
    wanted.retain(|path, _| !deep.iter().any(|deep| path != deep && path.starts_with(deep)));
    wanted
}

/// What an event says, if it is one of a change.
pub(super) fn stir(kind: &EventKind) -> Option<Stir> {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(Stir::Closed),
        EventKind::Access(_) => None,
        EventKind::Modify(ModifyKind::Data(_)) => Some(Stir::Written),
        _ => Some(Stir::Other),
    }
}

fn is_over(error: &notify::Error) -> bool {
    let refused = |error: &std::io::Error| error.raw_os_error().is_some_and(|code| code == 28 || code == 24);
    matches!(error.kind, ErrorKind::MaxFilesWatch)
        || matches!(&error.kind, ErrorKind::Io(error) if refused(error))
}

/// In words for people, with what to do.
fn explain(error: &notify::Error) -> String {
    if is_over(error) {
        return "the system's limit of watched folders is reached, so files are looked at every few seconds \
                instead; raise it with `sudo sysctl fs.inotify.max_user_watches=524288 \
                fs.inotify.max_user_instances=1024` (in /etc/sysctl.d/ to keep it) and start anew"
            .to_owned();
    }
    format!("the system can't watch folders ({error}), so files are looked at every few seconds instead")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_explained_with_what_to_do() {
        let told = explain(&notify::Error::new(ErrorKind::MaxFilesWatch));
        assert!(told.contains("fs.inotify.max_user_watches"), "{told}");
        let full = std::io::Error::from_raw_os_error(28);
        assert!(is_over(&notify::Error::io(full)));
        let other = notify::Error::generic("no inotify here");
        assert!(!is_over(&other) && explain(&other).contains("no inotify here"));
    }

    #[test]
    fn no_folder_is_watched_twice() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("pools/accounts/deep")).unwrap();
        let areas = [
            Area::Pools,
            Area::Scripts,
            Area::Accounts("pools/accounts".into()),
            Area::Accounts("away/x".into()),
        ];
        let places: Vec<Place> = areas.into_iter().map(|area| Place::new(area, &root)).collect();
        let wanted = wanted(&root, &places);
        let paths: Vec<_> = wanted.iter().map(|(path, (_, deep))| (path.clone(), *deep)).collect();
        assert_eq!(paths, [(root.clone(), false), (root.join("pools"), true)]);
    }
}
