//! What a pool promises, written from the contract: lists and maps, no queue, no index.

use std::collections::{BTreeMap, BTreeSet};

/// How an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    Ready,
    /// Until so many seconds of the story.
    Resting(u64),
    Leased,
    Done(Final),
}

/// What an account is for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Final {
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
    /// After how many seconds what is settled is served again; 0: never.
    pub repeat: u64,
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
    /// What the last refresh selected.
    selected: BTreeSet<u8>,
    /// That, in the order of serving, and what stayed without having been selected.
    order: Vec<u8>,
    stands: BTreeMap<u8, Stand>,
    /// Failures since the last reset, of members or not.
    failures: BTreeMap<u8, u32>,
    /// What was settled for good, and when: what the ledger knows.
    settled: BTreeMap<u8, (Final, u64)>,
}

impl PoolModel {
    pub fn new(rules: Rules) -> Self {
        let (selected, order) = Default::default();
        let (stands, failures, settled) = Default::default();
        Self { rules, selected, order, stands, failures, settled }
    }

    /// Whether what was settled then may be served again.
    fn is_due(&self, at: u64, now: u64) -> bool {
        self.rules.repeat > 0 && at + self.rules.repeat <= now
    }

    /// Time passed: what is settled, selected and due begins anew.
    pub fn look(&mut self, now: u64) {
        let due: Vec<u8> = self.selected.iter().copied().filter(|id| self.comes_back(*id, now)).collect();
        for id in due {
            self.stands.insert(id, Stand::Ready);
            self.failures.remove(&id);
        }
    }

    fn comes_back(&self, id: u8, now: u64) -> bool {
        let done = matches!(self.stands.get(&id), Some(Stand::Done(_)));
        done && self.settled.get(&id).is_some_and(|(_, at)| self.is_due(*at, now))
    }

    fn is_ready(&self, id: u8, now: u64) -> bool {
        match self.stands[&id] {
            Stand::Ready => true,
            Stand::Resting(until) => until <= now,
            Stand::Leased | Stand::Done(_) => false,
        }
    }

    /// The account that is served next: the first in the order.
    pub fn next(&mut self, now: u64) -> Option<u8> {
        while let Some(id) = self.order.iter().copied().find(|id| self.is_ready(*id, now)) {
            // It came back unsettled by a rule that isn't in force any more.
            match self.settled.get(&id).filter(|(_, at)| !self.is_due(*at, now)) {
                Some((done, _)) => drop(self.stands.insert(id, Stand::Done(*done))),
                None => return Some(id),
            }
        }
        None
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
            End::Completed => (Stand::Done(Final::Completed), "completed"),
            End::Skipped => (Stand::Done(Final::Skipped), "skipped"),
            End::Returned => (Stand::Ready, "returned"),
            End::Failed => {
                let failures = self.failures.entry(id).or_default();
                *failures += 1;
                match self.rules.retry && *failures < self.rules.most {
                    true if self.rules.backoff == 0 => (Stand::Ready, "retried"),
                    true => (Stand::Resting(now + self.rules.backoff), "retried"),
                    false => (Stand::Done(Final::Failed), "failed"),
                }
            }
        };
        if let Stand::Done(done) = stand {
            self.settled.insert(id, (done, now));
        } else if word == "retried" {
            self.settled.remove(&id);
        }
        self.stands.insert(id, stand);
        word
    }

    /// A refresh: what is leased or done stays, all else is as it is selected. What is leased
    /// and not selected has its place behind what it used to follow.
    pub fn refresh(&mut self, selection: &[u8]) {
        self.selected = selection.iter().copied().collect();
        let leaves = |stand: &Stand| matches!(stand, Stand::Ready | Stand::Resting(_));
        self.stands.retain(|id, stand| self.selected.contains(id) || !leaves(stand));
        for id in &self.selected {
            self.stands.entry(*id).or_insert(Stand::Ready);
        }
        let (mut follows, mut behind) = (None, BTreeMap::<Option<u8>, Vec<u8>>::new());
        for id in &self.order {
            if self.selected.contains(id) {
                follows = Some(*id);
            } else if self.stands.get(id) == Some(&Stand::Leased) {
                behind.entry(follows).or_default().push(*id);
            }
        }
        let mut order = behind.remove(&None).unwrap_or_default();
        for id in selection {
            if !order.contains(id) {
                order.push(*id);
                order.extend(behind.remove(&Some(*id)).unwrap_or_default());
            }
        }
        self.order = order;
    }

    /// Other rules: what was settled before is judged by them, too.
    pub fn redefine(&mut self, rules: Rules, now: u64) {
        let repeats = self.rules.repeat != rules.repeat;
        self.rules = rules;
        if repeats {
            let mut rest = self.settled.clone();
            rest.retain(|_, (_, at)| !self.is_due(*at, now));
            for (id, (done, _)) in rest {
                let stand = self.stands.entry(id).or_insert(Stand::Done(done));
                if *stand == Stand::Ready {
                    *stand = Stand::Done(done);
                }
            }
        }
        self.look(now);
    }

    /// A reset, of all or of some: what is done or failed before is as new; leases stay. Those
    /// that aren't selected any more leave.
    pub fn reset(&mut self, only: Option<&[u8]>) {
        let chosen = |id: &u8| only.is_none_or(|only| only.contains(id));
        self.failures.retain(|id, _| !chosen(id));
        self.settled.retain(|id, _| !chosen(id));
        for (id, stand) in &mut self.stands {
            if chosen(id) && *stand != Stand::Leased {
                *stand = Stand::Ready;
            }
        }
    }

    /// The engine died, or the pool was closed when nothing was leased, and is opened again
    /// with what the ledger knows.
    pub fn reopen(&mut self, selection: &[u8], now: u64) {
        self.stands = self.settled.iter().map(|(id, (done, _))| (*id, Stand::Done(*done))).collect();
        self.order.clear();
        self.refresh(selection);
        self.look(now);
    }

    pub fn leased(&self) -> Vec<u8> {
        self.stands.iter().filter(|(_, stand)| **stand == Stand::Leased).map(|(id, _)| *id).collect()
    }

    /// How many the ledger knows to be settled as that.
    pub fn remembered(&self, wanted: Final) -> usize {
        self.settled.values().filter(|(done, _)| *done == wanted).count()
    }

    pub fn counts(&self) -> Counts {
        let mut counts = Counts { total: self.stands.len(), ..Counts::default() };
        for stand in self.stands.values() {
            match stand {
                Stand::Ready | Stand::Resting(_) => counts.available += 1,
                Stand::Leased => counts.in_use += 1,
                Stand::Done(Final::Completed) => counts.completed += 1,
                Stand::Done(Final::Failed) => counts.failed += 1,
                Stand::Done(Final::Skipped) => counts.skipped += 1,
            }
        }
        counts
    }
}
