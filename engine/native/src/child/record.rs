//! How often a child died, the pause before the next start, the quarantine.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;

use crate::options::Restarts;

/// One that lived so long died of something else.
const LONG: Duration = Duration::from_secs(60);

/// The file that keeps a plugin from being started, whatever engine would.
pub(crate) fn quarantine_file(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("{id}.quarantine"))
}

/// The deaths of one plugin's children.
#[derive(Debug, Default)]
pub(super) struct Record {
    in_a_row: u32,
    in_all: u64,
    not_before: Option<Instant>,
}

impl Record {
    /// Notes a death; whether it was one too many.
    pub(super) fn died(&mut self, now: Instant, lived: Duration, restarts: &Restarts) -> bool {
        self.in_all += 1;
        self.in_a_row = if lived >= LONG { 1 } else { self.in_a_row.saturating_add(1) };
        let pause = Duration::from_millis(250).saturating_mul(1 << (self.in_a_row - 1).min(7));
        // The first one may be chance: it is started again at once.
        let pause = if self.in_a_row == 1 { Duration::ZERO } else { pause.min(restarts.longest_pause) };
        self.not_before = Some(now + pause);
        self.in_a_row >= restarts.most
    }

    /// How long to wait with the next start.
    pub(super) fn pause(&self, now: Instant) -> Duration {
        self.not_before.map(|then| then.saturating_duration_since(now)).unwrap_or_default()
    }

    /// Forgets that it died in a row.
    pub(super) fn forgive(&mut self) {
        self.in_a_row = 0;
        self.not_before = None;
    }

    /// How often it died since the engine began.
    pub(super) fn in_all(&self) -> u64 {
        self.in_all
    }

    /// How often it died in a row.
    pub(super) fn in_a_row(&self) -> u32 {
        self.in_a_row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_the_fifth_death_in_a_row_is_one_too_many() {
        let (mut record, now) = (Record::default(), Instant::now());
        let restarts = Restarts::default();
        let mut pauses = Vec::new();
        let ends: Vec<bool> = (0..5)
            .map(|_| {
                let end = record.died(now, Duration::from_secs(1), &restarts);
                pauses.push(record.pause(now).as_millis());
                end
            })
            .collect();
        assert_eq!(pauses, [0, 500, 1000, 2000, 4000]);
        assert_eq!(ends, [false, false, false, false, true]);
        assert!(!record.died(now, LONG, &restarts), "it had lived long enough");
        assert_eq!((record.pause(now), record.in_all()), (Duration::ZERO, 6));
    }
}
