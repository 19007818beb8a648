//! The files of one kind: what each holds, and what it held when it was last good.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::definitions::kind::Kind;
use crate::definitions::reading::{self, Check, Unreadable};
use crate::error::{WorkspaceError, lines};
use crate::files;
use crate::hash::ContentHash;
use crate::yaml::FileError;

/// The files of one folder. Paths are relative to the workspace.
pub(super) struct Shelf<T: Kind> {
    pub files: BTreeMap<PathBuf, Kept<T>>,
    /// What was last in force under each name that ever was.
    pub generations: BTreeMap<String, Version<T>>,
    pub checks: Vec<Check<T>>,
}

/// A generation of a definition.
pub(super) struct Version<T> {
    pub generation: u64,
    pub hash: ContentHash,
    pub definition: Arc<T>,
    /// The definition of the generation before, if there was one since the engine began.
    pub before: Option<Arc<T>>,
}

/// One file.
pub(super) struct Kept<T> {
    /// Of what the file holds now.
    pub hash: ContentHash,
    /// What it held when it was last good.
    pub good: Option<Good<T>>,
    /// Why what it holds now can't be used.
    pub bad: Option<Bad>,
}

pub(super) struct Good<T> {
    pub definition: Arc<T>,
    pub hash: ContentHash,
    pub name_place: FileError,
}

#[derive(Clone)]
pub(super) struct Bad {
    pub since: Timestamp,
    pub name: Option<String>,
    pub message: String,
}

impl<T: Kind> Default for Shelf<T> {
    fn default() -> Self {
        Self { files: BTreeMap::new(), generations: BTreeMap::new(), checks: Vec::new() }
    }
}

impl<T: Kind> Shelf<T> {
    /// Reads the folder again. A file whose content is the same isn't parsed again,
    /// unless `recheck` says that the rules are others.
    pub fn scan(&mut self, root: &Path, now: Timestamp, recheck: bool) -> Result<(), WorkspaceError> {
        let folder = root.join(T::FOLDER);
        let paths = files::list(root, T::FOLDER).map_err(WorkspaceError::io(&folder))?;
        let mut before = std::mem::take(&mut self.files);
        for path in paths {
            let old = before.remove(&path);
            let kept = match files::read(&root.join(&path)) {
                Ok(bytes) => self.keep(&path, &bytes, old, now, recheck),
                // It went away since the folder was listed, or its link leads nowhere.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => unread(&path, &error, old, now),
            };
            self.files.insert(path, kept);
        }
        Ok(())
    }

    fn keep(
        &self,
        path: &Path,
        bytes: &[u8],
        old: Option<Kept<T>>,
        now: Timestamp,
        recheck: bool,
    ) -> Kept<T> {
        let hash = ContentHash::of(bytes);
        let old = match old {
            Some(old) if old.hash == hash && !recheck => return old,
            old => old,
        };
        match reading::read(bytes, path, &self.checks) {
            Ok(read) => {
                let definition = Arc::new(read.definition);
                let good = Good { definition, hash, name_place: read.name_place };
                Kept { hash, good: Some(good), bad: None }
            }
            Err(Unreadable { name, errors }) => {
                worsen(hash, old, Bad { since: now, name, message: lines(&errors) })
            }
        }
    }
}

/// What remains of a file that became bad: its last good content, and since when.
fn worsen<T>(hash: ContentHash, old: Option<Kept<T>>, mut bad: Bad) -> Kept<T> {
    let (good, before) = old.map_or((None, None), |old| (old.good, old.bad));
    if let Some(before) = before {
        bad.since = before.since;
    }
    Kept { hash, good, bad: Some(bad) }
}

fn unread<T>(path: &Path, error: &io::Error, old: Option<Kept<T>>, now: Timestamp) -> Kept<T> {
    let name = old.as_ref().and_then(|old| old.bad.as_ref()).and_then(|bad| bad.name.clone());
    let message = format!("{}: {error}", path.display());
    worsen(ContentHash::of(message.as_bytes()), old, Bad { since: now, name, message })
}
