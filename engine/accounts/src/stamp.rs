//! Which version of a file it is, told without reading it.

use std::fs::Metadata;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

/// Changes whenever a file's content does: length, times in nanoseconds, and inode.
/// The time of the last change (ctime) catches what sets the modification time back,
/// such as `cp -p`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Stamp {
    pub(crate) size: u64,
    modified: Option<SystemTime>,
    changed: Option<(i64, i64)>,
    inode: u64,
}

/// Within this time a file may change twice without its times telling: file systems
/// take the time from a clock that ticks every few milliseconds.
const TICK: Duration = Duration::from_millis(100);

impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let (changed, inode) = {
            use std::os::unix::fs::MetadataExt;
            (Some((metadata.ctime(), metadata.ctime_nsec())), metadata.ino())
        };
        #[cfg(not(unix))]
        let (changed, inode) = (None, 0);
        Self { size: metadata.len(), modified: metadata.modified().ok(), changed, inode }
    }

    /// When the content was last modified.
    pub(crate) fn modified(&self) -> Option<Timestamp> {
        self.modified.and_then(|time| Timestamp::try_from(time).ok())
    }

    /// Whether the file had been left alone long enough by `now` for the stamp to tell
    /// any later change.
    pub(crate) fn is_settled(&self, now: SystemTime) -> bool {
        let changed = match self.changed {
            Some((seconds, nanoseconds)) => {
                let seconds = u64::try_from(seconds).unwrap_or_default();
                let nanoseconds = u64::try_from(nanoseconds).unwrap_or_default();
                Some(
                    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds),
                )
            }
            None => self.modified,
        };
        let age = changed.and_then(|changed| now.duration_since(changed).ok());
        age.is_some_and(|age| age > TICK)
    }
}
