//! How many accounts were settled, second by second, for a quarter of an hour.

use std::collections::VecDeque;

use jiff::Timestamp;
use lariat_core::outcome::Disposition;

/// Seconds that are kept.
const SECONDS: i64 = 900;

/// Settlements within a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::pages) struct Beat {
    pub(in crate::pages) completed: u64,
    pub(in crate::pages) failed: u64,
    pub(in crate::pages) skipped: u64,
    /// Given back, tried again, or lost to somebody else.
    pub(in crate::pages) back: u64,
}

impl Beat {
    fn add(&mut self, other: Self) {
        self.completed += other.completed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.back += other.back;
    }

    pub(in crate::pages) fn all(self) -> u64 {
        self.completed + self.failed + self.skipped + self.back
    }
}

/// The settlements of the last quarter of an hour.
#[derive(Debug, Clone, Default)]
pub(in crate::pages) struct Pulse(VecDeque<(i64, Beat)>);

impl Pulse {
    pub(super) fn count(&mut self, at: Timestamp, outcome: Disposition) {
        let second = at.as_second();
        if self.0.back().is_none_or(|(last, _)| *last < second) {
            self.0.push_back((second, Beat::default()));
            while self.0.front().is_some_and(|(first, _)| *first <= second - SECONDS) {
                self.0.pop_front();
            }
        }
        if let Some((_, beat)) = self.0.back_mut() {
            *match outcome {
                Disposition::Completed => &mut beat.completed,
                Disposition::Failed => &mut beat.failed,
                Disposition::Skipped => &mut beat.skipped,
                Disposition::Returned | Disposition::Retried | Disposition::Fenced => &mut beat.back,
            } += 1;
        }
    }

    /// The last `count` spans of `width` seconds, oldest first. They begin at multiples of
    /// the width, so that they don't change their borders as time goes on.
    pub(in crate::pages) fn spans(&self, now: Timestamp, width: i64, count: usize) -> Vec<Beat> {
        let last = now.as_second().div_euclid(width);
        let mut spans = vec![Beat::default(); count];
        for (second, beat) in &self.0 {
            let back = usize::try_from(last - second.div_euclid(width)).unwrap_or(0);
            if let Some(span) = count.checked_sub(back + 1).and_then(|at| spans.get_mut(at)) {
                span.add(*beat);
            }
        }
        spans
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_add_up_to_spans_and_old_ones_go() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut pulse = Pulse::default();
        for second in [100, 109, 110, 119] {
            pulse.count(at(second), Disposition::Completed);
        }
        pulse.count(at(119), Disposition::Retried);
        let spans = pulse.spans(at(125), 10, 4);
        assert_eq!(spans.iter().map(|beat| beat.all()).collect::<Vec<_>>(), [0, 2, 3, 0]);
        pulse.count(at(2_000), Disposition::Failed);
        assert_eq!(pulse.0.len(), 1);
    }
}
