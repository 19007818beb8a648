//! When to look: after it has been quiet for a moment, but not later than the cap; and at
//! a file that is still being written, when its writer is done.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What happened to a path since it was last looked at.
#[derive(Debug, Clone, Copy)]
struct Stroke {
    first: Instant,
    last: Instant,
    /// Whether somebody wrote to it who hasn't closed it yet.
    open: bool,
}

/// Whether a hint says that somebody writes, or has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stir {
    /// Somebody writes to it.
    Written,
    /// Who wrote has closed it.
    Closed,
    /// Anything else.
    Other,
}

/// The hints that nobody has followed yet.
#[derive(Debug)]
pub(super) struct Quiet {
    quiet: Duration,
    cap: Duration,
    patience: Duration,
    strokes: HashMap<PathBuf, Stroke>,
    since: Option<Instant>,
}

impl Quiet {
    pub(super) fn new(quiet: Duration, cap: Duration, patience: Duration) -> Self {
        Self { quiet, cap, patience, strokes: HashMap::new(), since: None }
    }

    /// Something happened at a path.
    pub(super) fn hint(&mut self, path: &Path, stir: Stir, now: Instant) {
        self.since.get_or_insert(now);
        match self.strokes.get_mut(path) {
            Some(stroke) => {
                stroke.last = now;
                stroke.open = match stir {
                    Stir::Written => true,
                    Stir::Closed => false,
                    Stir::Other => stroke.open,
                };
            }
            None => {
                let stroke = Stroke { first: now, last: now, open: stir == Stir::Written };
                self.strokes.insert(path.to_owned(), stroke);
            }
        }
    }

    fn ready(&self, stroke: &Stroke) -> Instant {
        let at_last = stroke.first + self.patience;
        if stroke.open { at_last } else { at_last.min(stroke.last + self.quiet) }
    }

    /// When to look; `None` while nothing happened.
    pub(super) fn due(&self) -> Option<Instant> {
        let ready = self.strokes.values().map(|stroke| self.ready(stroke));
        let (first, last) = ready.fold((None, None), |(first, last): (Option<Instant>, _), at| {
            (Some(first.map_or(at, |first| first.min(at))), last.max(Some(at)))
        });
        let capped = (self.since? + self.cap).max(first?);
        last.map(|last| last.min(capped))
    }

    /// Follows the hints that are due; gives the paths that must still be left alone.
    pub(super) fn take(&mut self, now: Instant) -> HashSet<PathBuf> {
        let strokes = std::mem::take(&mut self.strokes);
        self.strokes = strokes.into_iter().filter(|(_, stroke)| self.ready(stroke) > now).collect();
        self.since = (!self.strokes.is_empty()).then_some(now);
        self.strokes.keys().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn quiet() -> (Quiet, Instant) {
        (Quiet::new(100 * MS, 1000 * MS, 10_000 * MS), Instant::now())
    }

    #[test]
    fn looks_once_it_has_been_quiet() {
        let (mut quiet, now) = quiet();
        assert_eq!(quiet.due(), None);
        quiet.hint(Path::new("a"), Stir::Other, now);
        quiet.hint(Path::new("b"), Stir::Other, now + 60 * MS);
        assert_eq!(quiet.due(), Some(now + 160 * MS));
        assert!(quiet.take(now + 160 * MS).is_empty());
        assert_eq!(quiet.due(), None);
    }

    #[test]
    fn does_not_wait_for_ever_for_others() {
        let (mut quiet, now) = quiet();
        for at in (0..1200).step_by(50) {
            quiet.hint(Path::new("busy"), Stir::Other, now + at * MS);
        }
        quiet.hint(Path::new("a"), Stir::Closed, now + 10 * MS);
        assert_eq!(quiet.due(), Some(now + 1000 * MS));
        let busy = quiet.take(now + 1000 * MS);
        assert_eq!(busy, HashSet::from([PathBuf::from("busy")]));
    }

    #[test]
    fn a_file_is_left_alone_until_its_writer_closes_it() {
        let (mut quiet, now) = quiet();
        quiet.hint(Path::new("slow"), Stir::Written, now);
        assert_eq!(quiet.due(), Some(now + 10_000 * MS));
        quiet.hint(Path::new("slow"), Stir::Closed, now + 3000 * MS);
        assert_eq!(quiet.due(), Some(now + 3100 * MS));
        quiet.hint(Path::new("slow"), Stir::Written, now + 3050 * MS);
        assert!(!quiet.take(now + 3200 * MS).is_empty());
        assert!(quiet.take(now + 10_000 * MS).is_empty(), "not for ever either");
    }
}
