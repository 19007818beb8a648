//! What a pool promises, written from the contract: lists and maps, no queue, no index.

use std::collections::BTreeMap;

/// How an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    Ready,
    /// Until so many seconds of the story.
    Resting(u64),
    Leased,
    Completed,
    Failed,
    Skipped,
}

/// The rules in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    pub retry: bool,
    pub most: u32,
    pub backoff: u64,
}

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Completed,
    Failed,
    Skipped,
    Returned,
}

/// Accounts by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub total: usize,
    pub available: usize,
    pub in_use: usize,
    pub completed: usize,
    pub failed: usize,
    pub skipped: usize,
}

#[derive(Debug, Clone)]
pub struct PoolModel {
    pub rules: Rules,
    /// What the last refresh selected, in the order of serving.
    order: Vec<u8>,
    stands: BTreeMap<u8, Stand>,
    /// Failures since the last reset, of members or not.
    failures: BTreeMap<u8, u32>,
}

impl PoolModel {
    pub fn new(rules: Rules) -> Self {
        Self { rules, order: Vec::new(), stands: BTreeMap::new(), failures: BTreeMap::new() }
    }

    fn is_ready(&self, id: u8, now: u64) -> bool {
        match self.stands[&id] {
            Stand::Ready => true,
            Stand::Resting(until) => until <= now,
            _ => false,
        }
    }

    /// The accounts of which one is served next: the first in the selection's order, or one
    /// that came back and isn't selected any more, for which the selection has no place.
    pub fn next(&self, now: u64) -> Vec<u8> {
        let first = self.order.iter().find(|id| self.is_ready(**id, now));
        let unselected = self.stands.keys().filter(|id| !self.order.contains(id) && self.is_ready(**id, now));
        first.into_iter().chain(unselected).copied().collect()
    }

    /// Whether somebody waits for an account that may come back.
    pub fn is_pending(&self) -> bool {
        self.stands.values().any(|stand| matches!(stand, Stand::Leased | Stand::Resting(_)))
    }

    pub fn lease(&mut self, id: u8) {
        self.stands.insert(id, Stand::Leased);
    }

    /// What becomes of a leased account, in the words of events.
    pub fn settle(&mut self, id: u8, end: End, now: u64) -> &'static str {
        let (stand, word) = match end {
            End::Completed => (Stand::Completed, "completed"),
            End::Skipped => (Stand::Skipped, "skipped"),
            End::Returned => (Stand::Ready, "returned"),
            End::Failed => {
                let failures = self.failures.entry(id).or_default();
                *failures += 1;
                match self.rules.retry && *failures < self.rules.most {
                    true if self.rules.backoff == 0 => (Stand::Ready, "retried"),
                    true => (Stand::Resting(now + self.rules.backoff), "retried"),
                    false => (Stand::Failed, "failed"),
                }
            }
        };
        self.stands.insert(id, stand);
        word
    }

    /// A refresh: what is leased or done stays, all else is as it is selected.
    pub fn refresh(&mut self, selection: &[u8]) {
        self.order.clear();
        for id in selection {
            if !self.order.contains(id) {
                self.order.push(*id);
            }
        }
        let stays = |stand: &Stand| !matches!(stand, Stand::Ready | Stand::Resting(_));
        self.stands.retain(|id, stand| self.order.contains(id) || stays(stand));
        for id in &self.order {
            self.stands.entry(*id).or_insert(Stand::Ready);
        }
    }

    /// A reset, of all or of some: what is done or failed before is as new; leases stay. Those
    /// that aren't selected any more leave.
    pub fn reset(&mut self, only: Option<&[u8]>) {
        let chosen = |id: &u8| only.is_none_or(|only| only.contains(id));
        self.failures.retain(|id, _| !chosen(id));
        for (id, stand) in &mut self.stands {
            if chosen(id) && *stand != Stand::Leased {
                *stand = Stand::Ready;
            }
        }
    }

    /// The engine died, or the pool was closed when nothing was leased, and is opened again.
    pub fn reopen(&mut self, selection: &[u8]) {
        for stand in self.stands.values_mut() {
            if matches!(stand, Stand::Leased | Stand::Resting(_)) {
                *stand = Stand::Ready;
            }
        }
        self.refresh(selection);
    }

    pub fn leased(&self) -> Vec<u8> {
        self.stands.iter().filter(|(_, stand)| **stand == Stand::Leased).map(|(id, _)| *id).collect()
    }

    pub fn counts(&self) -> Counts {
        let mut counts = Counts { total: self.stands.len(), ..Counts::default() };
        for stand in self.stands.values() {
            match stand {
                Stand::Ready | Stand::Resting(_) => counts.available += 1,
                Stand::Leased => counts.in_use += 1,
                Stand::Completed => counts.completed += 1,
                Stand::Failed => counts.failed += 1,
                Stand::Skipped => counts.skipped += 1,
            }
        }
        counts
    }
}
