//! Which accounts a pool serves, and in which order.

use std::cmp::Ordering;

use lariat_core::account::AccountRow;
use lariat_core::definition::{PoolConfig, SortMethod};

use super::content::Candidate;

/// The part of a `pool_config` that selects.
#[derive(Debug, Clone, Copy)]
pub(super) struct Select {
    sort: Option<SortMethod>,
    min_packs: i64,
    max_packs: i64,
}

impl Select {
    pub(super) fn new(config: &PoolConfig) -> Self {
        Self { sort: config.sort_method, min_packs: config.min_packs, max_packs: config.max_packs }
    }

    /// The rows to serve; those with equal keys go by id.
    pub(super) fn rows(&self, mut candidates: Vec<&Candidate>) -> Vec<AccountRow> {
        candidates.retain(|candidate| self.fits(candidate.packs));
        candidates.sort_unstable_by(|a, b| self.order(a, b).then_with(|| a.row.id().cmp(b.row.id())));
        candidates.into_iter().map(|candidate| candidate.row.clone()).collect()
    }

    fn fits(&self, packs: i64) -> bool {
        (self.min_packs <= 0 || packs >= self.min_packs) && (self.max_packs <= 0 || packs <= self.max_packs)
    }

    fn order(&self, a: &Candidate, b: &Candidate) -> Ordering {
        match self.sort {
            None => Ordering::Equal,
            Some(SortMethod::PacksAsc) => a.packs.cmp(&b.packs),
            Some(SortMethod::PacksDesc) => b.packs.cmp(&a.packs),
            Some(SortMethod::ModifiedAsc) => a.modified.cmp(&b.modified),
            Some(SortMethod::ModifiedDesc) => b.modified.cmp(&a.modified),
        }
    }
}
