//! What the program writes itself, which isn't told back to it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::hash::ContentHash;

/// Writes of this program that the watch hasn't seen yet. Cheap to clone; all clones are
/// the same.
#[derive(Debug, Clone, Default)]
pub struct OwnWrites(Arc<Mutex<HashMap<PathBuf, Option<ContentHash>>>>);

impl OwnWrites {
    /// Says, before it is done, that a file (relative to the workspace) will hold this;
    /// `None`: that it will be gone.
    pub fn expect(&self, file: &Path, content: Option<ContentHash>) {
        self.0.lock().insert(file.to_owned(), content);
    }

    /// Takes it back: it wasn't written.
    pub fn forget(&self, file: &Path) {
        self.0.lock().remove(file);
    }

    /// Whether what a file holds now was written by this program. Asked once: whatever it
    /// holds the next time is somebody else's.
    pub(super) fn is_own(&self, file: &Path, content: Option<ContentHash>) -> bool {
        self.0.lock().remove(file).is_some_and(|expected| expected == content)
    }
}
