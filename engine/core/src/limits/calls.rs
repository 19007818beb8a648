//! How often an extension is asked, how often it fails, and how long its answers take.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

/// Spans of time that are told apart, each twice as long as the one before; the first is a
/// microsecond, the last half an hour.
const SPANS: usize = 32;

/// Counts the calls of one extension. Costs a few additions a call.
#[derive(Debug, Default)]
pub(super) struct Tally {
    begun: AtomicU64,
    failed: AtomicU64,
    slowest: AtomicU64,
    spans: [AtomicU64; SPANS],
}

/// An extension's calls since its generation was loaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Calls {
    /// Calls that ended.
    pub calls: u64,
    /// Those of them that failed.
    pub errors: u64,
    /// Calls that are inside of it now.
    pub running: u64,
    /// Half of the calls took at most this long, as a power of two, in microseconds.
    pub p50_us: u64,
    /// All but one of a hundred took at most this long, as a power of two, in microseconds.
    pub p99_us: u64,
    /// The longest, in microseconds.
    pub max_us: u64,
}

impl Tally {
    pub(super) fn begin(&self) {
        self.begun.fetch_add(1, Ordering::Relaxed);
    }

    /// A call that was given up counts as one that failed.
    pub(super) fn end(&self, took: Duration, failed: bool) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        // Looked at first, since writing costs more and few are the slowest.
        if micros > self.slowest.load(Ordering::Relaxed) {
            self.slowest.fetch_max(micros, Ordering::Relaxed);
        }
        if failed {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(span) = self.spans.get(span_of(micros)).or(self.spans.last()) {
            span.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn calls(&self) -> Calls {
        let spans: Vec<u64> = self.spans.iter().map(|span| span.load(Ordering::Relaxed)).collect();
        let calls: u64 = spans.iter().sum();
        let max_us = self.slowest.load(Ordering::Relaxed);
        let within = |part: u64| {
            // The rank is rounded up: of three calls the second is the middle one.
            let wanted = calls.saturating_mul(part).div_ceil(100);
            let mut seen = 0;
            let span = spans.iter().position(|count| {
                seen += count;
                seen >= wanted
            });
            span.and_then(|span| 1_u64.checked_shl(u32::try_from(span).ok()?)).unwrap_or(max_us).min(max_us)
        };
        Calls {
            calls,
            errors: self.failed.load(Ordering::Relaxed),
            running: self.begun.load(Ordering::Relaxed).saturating_sub(calls),
            p50_us: within(50),
            p99_us: within(99),
            max_us,
        }
    }
}

/// The first span that is at least so long.
fn span_of(micros: u64) -> usize {
    let bits = micros.saturating_sub(1).checked_ilog2().map_or(0, |bits| bits + 1);
    (if micros <= 1 { 0 } else { bits } as usize).min(SPANS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_bounds_what_was_measured() {
        for (micros, span) in
            [(0, 0), (1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (1_024, 10), (1_025, 11), (u64::MAX, SPANS - 1)]
        {
            assert_eq!(span_of(micros), span, "{micros}");
        }
        let tally = Tally::default();
        assert_eq!(tally.calls(), Calls::default());
        for _ in 0..98 {
            tally.begin();
            tally.end(Duration::from_micros(100), false);
        }
        for micros in [5_000, 70_000] {
            tally.begin();
            tally.end(Duration::from_micros(micros), true);
        }
        tally.begin();
        let told = Calls { calls: 100, errors: 2, running: 1, p50_us: 128, p99_us: 8_192, max_us: 70_000 };
        assert_eq!(tally.calls(), told);
    }
}
