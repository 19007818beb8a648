//! How an account stands in its pool, and the eight bytes in which a roster keeps that.

use std::time::Duration;

use tokio::time::Instant;

use crate::outcome::FinalState;

/// How an account stands in its pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// To be served.
    Ready,
    /// To be served from then on.
    Resting(Instant),
    /// Held through another pool; to be asked for again from then on.
    Elsewhere(Instant),
    /// Refused by an outside authority; to be asked for again after the next refresh.
    Refused,
    /// Being leased, or leased.
    Leased,
    /// Settled for good; to be served again from then on, if ever.
    Done(FinalState, Option<Instant>),
}

impl Standing {
    pub(super) fn due(self) -> Option<Instant> {
        match self {
            Self::Resting(at) | Self::Elsewhere(at) | Self::Done(_, Some(at)) => Some(at),
            _ => None,
        }
    }

    /// Whether it may come back without anybody's doing but a bot's.
    pub(super) fn is_pending(self) -> bool {
        matches!(self, Self::Resting(_) | Self::Elsewhere(_) | Self::Leased)
    }
}

/// A standing in eight bytes: which one in the lowest three bits, and when it is due in the
/// others, in nanoseconds from `MIDDLE` at the epoch; 0 is never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Packed(u64);

const KIND_BITS: u32 = 3;
const MIDDLE: i64 = 1 << 60;
const LATEST: i64 = (1 << 61) - 1;

impl Packed {
    /// To be served.
    pub(super) const READY: Self = Self(0);
}

/// What times are counted from: the first that is packed. Times of 36 years before and
/// after it can be told apart.
#[derive(Debug, Default)]
pub(super) struct Epoch(Option<Instant>);

impl Epoch {
    pub(super) fn pack(&mut self, standing: Standing) -> Packed {
        let kind = match standing {
            Standing::Ready => 0,
            Standing::Resting(_) => 1,
            Standing::Elsewhere(_) => 2,
            Standing::Refused => 3,
            Standing::Leased => 4,
            Standing::Done(FinalState::Completed, _) => 5,
            Standing::Done(FinalState::Failed, _) => 6,
            Standing::Done(FinalState::Skipped, _) => 7,
        };
        let due = standing.due().map_or(0, |at| self.count(at));
        Packed(due << KIND_BITS | kind)
    }

    pub(super) fn unpack(&self, packed: Packed) -> Standing {
        let due = self.time(packed.0 >> KIND_BITS);
        match (packed.0 & ((1 << KIND_BITS) - 1), due) {
            (1, Some(at)) => Standing::Resting(at),
            (2, Some(at)) => Standing::Elsewhere(at),
            (3, _) => Standing::Refused,
            (4, _) => Standing::Leased,
            (5, due) => Standing::Done(FinalState::Completed, due),
            (6, due) => Standing::Done(FinalState::Failed, due),
            (7, due) => Standing::Done(FinalState::Skipped, due),
            _ => Standing::Ready,
        }
    }

    fn count(&mut self, at: Instant) -> u64 {
        let epoch = *self.0.get_or_insert(at);
        let nanos = |span: Duration| i64::try_from(span.as_nanos()).unwrap_or(MIDDLE).min(MIDDLE - 1);
        let after = nanos(at.saturating_duration_since(epoch)) - nanos(epoch.saturating_duration_since(at));
        (MIDDLE + after).clamp(1, LATEST).unsigned_abs()
    }

    fn time(&self, count: u64) -> Option<Instant> {
        let (epoch, middle) = (self.0?, MIDDLE.unsigned_abs());
        if count == 0 {
            return None;
        }
        let span = Duration::from_nanos(count.abs_diff(middle));
        if count < middle { epoch.checked_sub(span) } else { epoch.checked_add(span) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_is_the_same_after_it_was_packed() {
        let mut epoch = Epoch::default();
        let now = Instant::now() + Duration::from_secs(3600);
        let times = [0, 1, 999_999_999, 3_600_000_000_001].map(Duration::from_nanos);
        let states = [FinalState::Completed, FinalState::Failed, FinalState::Skipped];
        for at in times.iter().flat_map(|span| [now + *span, now - *span]) {
            let mut all = vec![Standing::Ready, Standing::Resting(at), Standing::Elsewhere(at)];
            all.extend([Standing::Refused, Standing::Leased]);
            all.extend(states.iter().flat_map(|s| [Standing::Done(*s, None), Standing::Done(*s, Some(at))]));
            for standing in all {
                let packed = epoch.pack(standing);
                assert_eq!(epoch.unpack(packed), standing);
                assert_eq!(packed == Packed::READY, standing == Standing::Ready);
            }
        }
    }

    #[test]
    fn a_time_that_is_too_far_stays_far() {
        let mut epoch = Epoch::default();
        let now = Instant::now();
        epoch.pack(Standing::Resting(now));
        let century = now + Duration::from_secs(100 * 365 * 86_400);
        let kept = epoch.pack(Standing::Resting(century));
        let Standing::Resting(at) = epoch.unpack(kept) else { panic!("it rests") };
        assert!(at > now + Duration::from_secs(30 * 365 * 86_400));
        assert_eq!(epoch.pack(epoch.unpack(kept)), kept);
    }
}
