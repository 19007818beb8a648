//! What is known of a launch at any moment, by whoever asks.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::bot::Bot;
use crate::hook::PlanPatch;
use crate::ids::InstanceId;
use crate::instance::{InstanceProvider, Reservation};
use crate::launch::tally::Tally;
use crate::launch::{Conflict, DraftPlan, LaunchFailure, Plan};

/// How far a launch is with its bots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// None has been started.
    Preparing,
    /// They are being started.
    Launching,
    /// All have been started.
    Running,
    /// All have ended; none will be started.
    Over,
}

pub(crate) struct LaunchState {
    pub(crate) draft: Arc<DraftPlan>,
    pub(crate) plan: Option<Arc<Plan>>,
    pub(crate) life: Life,
    pub(crate) bots: Vec<Arc<Bot>>,
    pub(crate) skipped: Vec<InstanceId>,
    /// Instances that hooks decided to do without: which hook, and why.
    pub(crate) barred: BTreeMap<InstanceId, String>,
    pub(crate) conflicts: Vec<Conflict>,
    pub(crate) errors: Vec<String>,
    pub(crate) warnings: Vec<String>,
    pub(crate) patched_by: Vec<PlanPatch>,
    pub(crate) tally: Tally,
    /// Instances that this launch had to start, and by whom they were.
    pub(crate) started: BTreeMap<InstanceId, Arc<dyn InstanceProvider>>,
    /// Instances whose bots are about to be started.
    pub(crate) unstarted: VecDeque<Reservation>,
    /// Instances that another launch took before their bot was started.
    pub(crate) given_up: BTreeSet<InstanceId>,
    pub(crate) failure: Option<LaunchFailure>,
}

/// How much had been told at a moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    skipped: usize,
    conflicts: usize,
    errors: usize,
}

impl LaunchState {
    pub(crate) fn new(draft: DraftPlan) -> Self {
        Self {
            draft: Arc::new(draft),
            plan: None,
            life: Life::Preparing,
            bots: Vec::new(),
            skipped: Vec::new(),
            barred: BTreeMap::new(),
            conflicts: Vec::new(),
            errors: Vec::new(),
            warnings: Vec::new(),
            patched_by: Vec::new(),
            tally: Tally::default(),
            started: BTreeMap::new(),
            unstarted: VecDeque::new(),
            given_up: BTreeSet::new(),
            failure: None,
        }
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark { skipped: self.skipped.len(), conflicts: self.conflicts.len(), errors: self.errors.len() }
    }

    /// Takes back what was told since; what hooks skipped stays skipped.
    pub(crate) fn back_to(&mut self, mark: Mark) {
        let from = mark.skipped.min(self.skipped.len());
        let since: Vec<InstanceId> = self.skipped.drain(from..).collect();
        self.skipped.extend(since.into_iter().filter(|id| self.barred.contains_key(id)));
        self.conflicts.truncate(mark.conflicts);
        self.errors.truncate(mark.errors);
    }
}
