//! The files that lie in the areas, with their fingerprints, and what is different since
//! they were last looked at.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::files;
use crate::hash::ContentHash;
use crate::watch::areas::{Area, Place};
use crate::watch::own::OwnWrites;
use crate::watch::{Change, What};

/// What the system says of a file. Where it is the same, so is the content, unless both
/// were written within one tick of the file system's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stat {
    modified: Option<SystemTime>,
    length: u64,
    /// Inode, and when it was last changed in any way.
    node: (u64, i64, i64),
}

/// How long a file must have been left alone for [`Stat`] to be believed.
const TICK: Duration = Duration::from_millis(100);

impl Stat {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let node = {
            use std::os::unix::fs::MetadataExt;
            (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
        };
        #[cfg(not(unix))]
        let node = (0, 0, 0);
        Self { modified: metadata.modified().ok(), length: metadata.len(), node }
    }

    /// Whether something may have been written since without a trace in it.
    fn is_fresh(&self) -> bool {
        self.modified.is_none_or(|at| at.elapsed().map_or(true, |age| age < TICK))
    }
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    /// `None`: not to be believed.
    stat: Option<Stat>,
    hash: ContentHash,
}

/// The files as they were last seen.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    areas: BTreeMap<Area, BTreeMap<PathBuf, Seen>>,
}

impl Inventory {
    /// Looks at an area again; gives what is different, but for what the program wrote
    /// itself. Files of `busy` are left as they were.
    pub(super) fn look(
        &mut self,
        place: &Place,
        busy: &HashSet<PathBuf>,
        own: &OwnWrites,
    ) -> io::Result<Vec<Change>> {
        let first = !self.areas.contains_key(&place.area);
        let known = self.areas.entry(place.area.clone()).or_default();
        let mut changes = Vec::new();
        let mut tell = |file: &Path, what| {
            changes.push(Change { area: place.area.clone(), file: file.to_owned(), what });
        };
        let mut gone: BTreeSet<PathBuf> = known.keys().cloned().collect();
        for (key, path) in list(place)? {
            gone.remove(&key);
            if busy.contains(&key) {
                continue;
            }
            let before = known.get(&key).copied();
            let Some(now) = see(&path, before, place.area.reads_contents()) else {
                if before.is_some() {
                    gone.insert(key);
                }
                continue;
            };
            let is_new = before.is_none();
            if before.is_none_or(|before| before.hash != now.hash)
                && !own.is_own(&key, Some(now.hash))
                && !first
            {
                tell(&key, if is_new { What::Created } else { What::Changed });
            }
            known.insert(key, now);
        }
        for key in gone {
            if !busy.contains(&key) {
                known.remove(&key);
                if !own.is_own(&key, None) {
                    tell(&key, What::Removed);
                }
            }
        }
        changes.sort_by(|a, b| a.file.cmp(&b.file));
        Ok(changes)
    }

    /// Forgets an area that isn't watched any more.
    pub(super) fn forget(&mut self, area: &Area) {
        self.areas.remove(area);
    }
}

/// A file's fingerprint; `None` when it is gone.
fn see(path: &Path, before: Option<Seen>, content: bool) -> Option<Seen> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => return Some(Seen { stat: None, hash: ContentHash::of(error.to_string().as_bytes()) }),
    };
    let stat = Stat::of(&metadata);
    if let Some(before) = before.filter(|before| before.stat == Some(stat)) {
        return Some(before);
    }
    if !content {
        return Some(Seen { stat: Some(stat), hash: ContentHash::of(format!("{stat:?}").as_bytes()) });
    }
    let hash = match files::read(path) {
        Ok(bytes) => ContentHash::of(&bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => ContentHash::of(error.to_string().as_bytes()),
    };
    Some(Seen { stat: (!stat.is_fresh()).then_some(stat), hash })
}

/// The files of an area, with the names under which they are kept.
pub(super) fn list(place: &Place) -> io::Result<Vec<(PathBuf, PathBuf)>> {
    if place.area == Area::Config {
        let there = place.path.exists();
        return Ok(there.then(|| (place.area.place().to_owned(), place.path.clone())).into_iter().collect());
    }
    let mut found = Vec::new();
    let mut folders = vec![(place.area.place().to_owned(), place.path.clone())];
    while let Some((key, folder)) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                continue;
            }
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            if name.to_string_lossy().starts_with('.') {
                continue;
            }
            let (key, path) = (key.join(&name), entry.path());
            if entry.file_type()?.is_dir() {
                folders.push((key, path));
            } else if place.area.takes(&path) {
                found.push((key, path));
            }
        }
    }
    Ok(found)
}

/// What the system says of all files of an area: where it is the same, so are they.
pub(super) fn glance(place: &Place) -> io::Result<BTreeMap<PathBuf, Stat>> {
    let stat = |(key, path): (PathBuf, PathBuf)| Some((key, Stat::of(&fs::metadata(path).ok()?)));
    Ok(list(place)?.into_iter().filter_map(stat).collect())
}
