//! The accounts of a pool and their states, as a plain state machine: it knows no
//! clock, no ledger and no task, so that its rules can be tested one by one.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use tokio::time::Instant;

use super::members::{Members, Slot};
use super::order::OrderKey;
use super::stats::Counts;
use crate::account::AccountRow;
use crate::ids::{AccountId, LeaseToken};
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
    Leased(Option<LeaseToken>),
    /// Settled for good; to be served again from then on, if ever.
    Done(FinalState, Option<Instant>),
}

impl Standing {
    fn due(self) -> Option<Instant> {
        match self {
            Self::Resting(at) | Self::Elsewhere(at) | Self::Done(_, Some(at)) => Some(at),
            _ => None,
        }
    }

    /// Whether it may come back without anybody's doing but a bot's.
    fn is_pending(self) -> bool {
        matches!(self, Self::Resting(_) | Self::Elsewhere(_) | Self::Leased(_))
    }
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) row: AccountRow,
    pub(super) key: OrderKey,
    pub(super) standing: Standing,
    pub(super) failures: u32,
    /// The refresh that last selected it.
    pub(super) selected_in: u32,
    /// The refresh that was the latest to begin when the account last came back.
    pub(super) came_back_in: u32,
}

impl Member {
    /// An account that is to be served, in front of all others, and that no refresh has
    /// selected yet.
    pub(super) fn ready(row: AccountRow) -> Self {
        let (key, standing) = (OrderKey::default(), Standing::Ready);
        Self { row, key, standing, failures: 0, selected_in: 0, came_back_in: 0 }
    }
}

/// The accounts of one pool.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    pub(super) members: Members,
    pub(super) ready: BTreeMap<OrderKey, Slot>,
    pub(super) due: BTreeSet<(Instant, Slot)>,
    pub(super) counts: Counts,
    pub(super) pending: usize,
    /// Failures of accounts that aren't members now.
    pub(super) remembered: HashMap<AccountId, u32>,
    /// Numbers the refreshes that began; the merged one is `selected`.
    pub(super) begun: u32,
    pub(super) selected: u32,
}

impl Roster {
    /// How many accounts are in which state.
    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// Whether an account that isn't ready may become so by itself.
    pub(crate) fn is_pending(&self) -> bool {
        self.pending > 0
    }

    /// When the next resting account is due.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Takes the first ready account, to be leased, that isn't among `except`.
    pub(crate) fn take(&mut self, except: &HashSet<AccountId>) -> Option<AccountRow> {
        let wanted = |slot: &Slot| self.id(*slot).is_some_and(|id| !except.contains(id));
        let slot = self.ready.values().copied().find(wanted)?;
        self.take_at(slot)
    }

    /// The ready accounts in their order.
    pub(crate) fn ready(&self) -> impl Iterator<Item = &AccountId> {
        self.ready.values().filter_map(|slot| self.id(*slot))
    }

    fn id(&self, slot: Slot) -> Option<&AccountId> {
        self.members.get(slot).map(|member| &member.row.id)
    }

    /// Takes one account, if it is ready.
    pub(crate) fn take_this(&mut self, id: &AccountId) -> Option<AccountRow> {
        self.take_at(self.members.find(id)?)
    }

    fn take_at(&mut self, slot: Slot) -> Option<AccountRow> {
        let member = self.members.get(slot).filter(|member| member.standing == Standing::Ready)?;
        let taken = member.row.clone();
        self.set(slot, Standing::Leased(None));
        Some(taken)
    }

    /// Makes what is due ready; whether there was anything.
    pub(crate) fn promote(&mut self, now: Instant) -> bool {
        let mut any = false;
        while let Some((at, slot)) = self.due.first().copied() {
            if at > now {
                break;
            }
            any = true;
            self.due.pop_first();
            let selected = self.selected;
            let Some(member) = self.members.get_mut(slot) else { continue };
            match member.standing {
                // It isn't selected now: the next refresh that selects it makes it due again.
                Standing::Done(..) if member.selected_in != selected => {}
                Standing::Done(..) => {
                    member.failures = 0;
                    self.set(slot, Standing::Ready);
                }
                _ => self.set(slot, Standing::Ready),
            }
        }
        any
    }

    /// Notes that the ledger granted the lease.
    pub(crate) fn granted(&mut self, id: &AccountId, token: LeaseToken) {
        if let Some(slot) = self.members.find(id) {
            self.set(slot, Standing::Leased(Some(token)));
        }
    }

    /// Notes how an account stands from now on.
    pub(crate) fn settle(&mut self, id: &AccountId, standing: Standing, failures: u32) {
        let Some(slot) = self.members.find(id) else { return };
        if let Some(member) = self.members.get_mut(slot) {
            member.failures = failures;
            member.came_back_in = self.begun;
        }
        self.set(slot, standing);
    }

    /// Lets the account's own fields tell of a failure, as its row in a table does.
    pub(crate) fn note_failure(&mut self, id: &AccountId, reason: &str) {
        if let Some(slot) = self.members.find(id)
            && let Some(member) = self.members.get_mut(slot)
        {
            member.row = member.row.after_failure(reason);
        }
    }

    fn member(&self, id: &AccountId) -> Option<&Member> {
        self.members.get(self.members.find(id)?)
    }

    /// How often an account has failed in this pool since its reset.
    pub(crate) fn failures(&self, id: &AccountId) -> u32 {
        self.member(id).map_or(0, |member| member.failures)
    }

    /// Corrects how often an account has failed.
    pub(crate) fn set_failures(&mut self, id: &AccountId, failures: u32) {
        if let Some(slot) = self.members.find(id)
            && let Some(member) = self.members.get_mut(slot)
        {
            member.failures = failures;
        }
    }

    /// Puts an account back that was taken and not leased after all.
    pub(crate) fn put_back(&mut self, id: &AccountId, standing: Standing) {
        let Some(failures) = self.member(id).map(|member| member.failures) else { return };
        self.settle(id, standing, failures);
    }

    /// Makes settled accounts ready again; all of them, or `only` these.
    pub(crate) fn reset(&mut self, only: Option<&[AccountId]>) {
        self.remembered.retain(|id, _| only.is_some_and(|only| !only.contains(id)));
        let settled: Vec<Slot> = match only {
            Some(only) => only.iter().filter_map(|id| self.members.find(id)).collect(),
            None => self.members.iter().map(|(slot, _)| slot).collect(),
        };
        for slot in settled {
            let selected = self.selected;
            let Some(member) = self.members.get_mut(slot) else { continue };
            match member.standing {
                // Whoever holds it goes on; what comes of it counts from nought.
                Standing::Leased(_) | Standing::Elsewhere(_) => member.failures = 0,
                Standing::Done(..) if member.selected_in != selected => self.remove(slot),
                _ => {
                    member.failures = 0;
                    self.set(slot, Standing::Ready);
                }
            }
        }
    }

    /// Adds an account that isn't there yet.
    pub(super) fn insert(&mut self, member: Member) {
        let (key, standing) = (member.key, member.standing);
        let slot = self.members.insert(member);
        self.count(standing, true);
        self.index(slot, key, standing, true);
    }

    fn remove(&mut self, slot: Slot) {
        if let Some(member) = self.members.remove(slot) {
            self.count(member.standing, false);
            self.index(slot, member.key, member.standing, false);
        }
    }

    /// The one place where an account's standing changes: the queue, the due list and
    /// the counts follow it.
    fn set(&mut self, slot: Slot, standing: Standing) {
        let Some(member) = self.members.get_mut(slot) else { return };
        let (old, key) = (member.standing, member.key);
        member.standing = standing;
        self.count(old, false);
        self.index(slot, key, old, false);
        self.count(standing, true);
        self.index(slot, key, standing, true);
    }

    pub(super) fn index(&mut self, slot: Slot, key: OrderKey, standing: Standing, add: bool) {
        if standing == Standing::Ready {
            if add {
                self.ready.insert(key, slot);
            } else {
                self.ready.remove(&key);
            }
        }
        if let Some(at) = standing.due() {
            if add {
                self.due.insert((at, slot));
            } else {
                self.due.remove(&(at, slot));
            }
        }
    }

    pub(super) fn count(&mut self, standing: Standing, add: bool) {
        let counts = &mut self.counts;
        let slot = match standing {
            Standing::Ready | Standing::Resting(_) | Standing::Refused => &mut counts.available,
            Standing::Leased(_) | Standing::Elsewhere(_) => &mut counts.in_use,
            Standing::Done(FinalState::Completed, _) => &mut counts.completed,
            Standing::Done(FinalState::Failed, _) => &mut counts.failed,
            Standing::Done(FinalState::Skipped, _) => &mut counts.skipped,
        };
        let slots = [slot, &mut counts.total];
        for slot in slots {
            *slot = if add { *slot + 1 } else { slot.saturating_sub(1) };
        }
        if standing.is_pending() {
            self.pending = if add { self.pending + 1 } else { self.pending.saturating_sub(1) };
        }
    }
}
