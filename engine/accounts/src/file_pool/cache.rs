//! What was read of files before, by their stamps.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use super::content::Content;
use crate::parallel;
use crate::scan::Found;
use crate::stamp::Stamp;

/// The contents of the files of the last refresh.
#[derive(Debug, Default)]
pub(super) struct Cache {
    files: HashMap<PathBuf, Cached>,
}

#[derive(Debug)]
struct Cached {
    stamp: Stamp,
    /// Whether a later change is sure to show in the stamp.
    settled: bool,
    content: Arc<Content>,
}

/// The contents in the files' order, and how many files had to be read for them.
#[derive(Debug, Default)]
pub(super) struct Refreshed {
    pub(super) contents: Vec<Arc<Content>>,
    pub(super) read: usize,
}

impl Cache {
    /// The contents of `files` as listed at `now`: those that are known and unchanged
    /// as they are, the others read by `read`. Forgets all other files.
    pub(super) fn refresh(
        &mut self,
        files: Vec<Found>,
        now: SystemTime,
        read: impl Fn(&Found) -> Option<Content> + Sync,
    ) -> Refreshed {
        let mut known = std::mem::take(&mut self.files);
        self.files.reserve(files.len());
        let mut contents = Vec::with_capacity(files.len());
        let mut changed = Vec::new();
        for file in files {
            match known.remove(&file.path) {
                Some(cached) if cached.settled && cached.stamp == file.stamp => {
                    contents.push(Some(cached.content.clone()));
                    self.files.insert(file.path, cached);
                }
                _ => {
                    changed.push((contents.len(), file));
                    contents.push(None);
                }
            }
        }
        let fresh = parallel::map(&changed, |(_, file)| read(file).map(Arc::new));
        let read = changed.len();
        for ((index, file), content) in changed.into_iter().zip(fresh) {
            let Some(content) = content else { continue };
            let cached = Cached { stamp: file.stamp, settled: file.stamp.is_settled(now), content };
            if let Some(place) = contents.get_mut(index) {
                *place = Some(cached.content.clone());
            }
            self.files.insert(file.path, cached);
        }
        Refreshed { contents: contents.into_iter().flatten().collect(), read }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::scan;

    #[test]
    fn only_what_changed_is_read() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.xml", "b.xml", "c.xml"] {
            std::fs::write(folder.path().join(name), "<account/>").unwrap();
        }
        let list = || scan::folder(folder.path(), &["xml"]).unwrap().files;
        let mut cache = Cache::default();
        let later = SystemTime::now() + Duration::from_secs(9);
        let mut read = |now| cache.refresh(list(), now, |file| Content::read(file, folder.path())).read;
        assert_eq!(read(SystemTime::UNIX_EPOCH), 3);
        assert_eq!(read(later), 3, "they may have changed since without a sign");
        assert_eq!(read(later), 0);
        std::fs::write(folder.path().join("b.xml"), "<account>b</account>").unwrap();
        std::fs::write(folder.path().join("d.xml"), "<account/>").unwrap();
        std::fs::remove_file(folder.path().join("a.xml")).unwrap();
        assert_eq!(read(later), 2);
        assert_eq!(read(later), 0);
    }

    #[test]
    fn a_file_that_is_gone_when_read_leaves_no_trace() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.xml"), "<account/>").unwrap();
        let files = scan::folder(folder.path(), &["xml"]).unwrap().files;
        std::fs::remove_file(folder.path().join("a.xml")).unwrap();
        let refreshed =
            Cache::default().refresh(files, SystemTime::now(), |file| Content::read(file, folder.path()));
        assert!(refreshed.contents.is_empty());
    }
}
