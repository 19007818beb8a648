//! How often extensions were asked, how often that failed, and how long it took.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;

use super::{ExtensionInfo, ExtensionKind};

/// What one extension was asked since its generation was loaded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExtensionUsage {
    /// Its kind.
    pub kind: ExtensionKind,
    /// Its name.
    pub name: String,
    /// How many questions it was put.
    pub calls: u64,
    /// How many of them it didn't answer, or with an error.
    pub errors: u64,
    /// How long an answer took on average, in milliseconds.
    pub mean_ms: f64,
    /// How long the slowest took, in milliseconds.
    pub slowest_ms: f64,
}

/// What is counted of one extension.
#[derive(Default)]
struct Tally {
    calls: AtomicU64,
    errors: AtomicU64,
    micros: AtomicU64,
    slowest: AtomicU64,
}

/// Of all extensions of a plugin, by kind and name.
pub(crate) struct Tallies(BTreeMap<ExtensionKind, BTreeMap<String, Tally>>);

impl Tallies {
    pub(crate) fn of(extensions: &[ExtensionInfo]) -> Self {
        let mut all: BTreeMap<ExtensionKind, BTreeMap<String, Tally>> = BTreeMap::new();
        for info in extensions {
            all.entry(info.kind).or_default().insert(info.name.clone(), Tally::default());
        }
        Self(all)
    }

    /// Counts a question that took so long.
    pub(crate) fn count(&self, kind: ExtensionKind, name: &str, took: Duration, failed: bool) {
        let Some(tally) = self.0.get(&kind).and_then(|names| names.get(name)) else { return };
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        tally.calls.fetch_add(1, Ordering::Relaxed);
        tally.errors.fetch_add(u64::from(failed), Ordering::Relaxed);
        tally.micros.fetch_add(micros, Ordering::Relaxed);
        tally.slowest.fetch_max(micros, Ordering::Relaxed);
    }

    pub(crate) fn told(&self) -> Vec<ExtensionUsage> {
        // Precise enough for what people look at.
        #[allow(clippy::cast_precision_loss)]
        let ms = |micros: u64| micros as f64 / 1_000.0;
        let all = self.0.iter().flat_map(|(kind, names)| names.iter().map(move |it| (*kind, it)));
        let told = |(kind, (name, tally)): (ExtensionKind, (&String, &Tally))| {
            let calls = tally.calls.load(Ordering::Relaxed);
            ExtensionUsage {
                kind,
                name: name.clone(),
                calls,
                errors: tally.errors.load(Ordering::Relaxed),
                mean_ms: ms(tally.micros.load(Ordering::Relaxed).checked_div(calls).unwrap_or(0)),
                slowest_ms: ms(tally.slowest.load(Ordering::Relaxed)),
            }
        };
        all.map(told).collect()
    }
}
