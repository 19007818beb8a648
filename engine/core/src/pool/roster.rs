//! The accounts of a pool and their states, as a plain state machine: it knows no
//! clock, no ledger and no task, so that its rules can be tested one by one.

use std::collections::{BTreeSet, HashMap, HashSet};

use tokio::time::Instant;

use super::members::{Members, Slot};
use super::queue::{Queue, Turn};
use super::standing::{Epoch, Packed, Standing};
use super::stats::Counts;
use crate::account::AccountRow;
use crate::ids::AccountId;
use crate::outcome::FinalState;

#[derive(Debug)]
pub(super) struct Member {
    pub(super) row: AccountRow,
    pub(super) standing: Packed,
    /// Where in the queue it is.
    pub(super) turn: Turn,
    pub(super) failures: u32,
    /// The refresh that last selected it.
    pub(super) selected_in: u32,
    /// The refresh that was the latest to begin when the account last came back.
    pub(super) came_back_in: u32,
}

impl Member {
    /// An account that is to be served, and that no refresh has selected yet.
    pub(super) fn ready(row: AccountRow) -> Self {
        let (turn, standing) = (Turn::NONE, Packed::READY);
        Self { row, standing, turn, failures: 0, selected_in: 0, came_back_in: 0 }
    }
}

/// The accounts of one pool.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    pub(super) members: Members,
    pub(super) queue: Queue,
    pub(super) epoch: Epoch,
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
        let slot = self.queue.ready().find(wanted)?;
        self.take_at(slot)
    }

    /// The ready accounts in their order.
    pub(crate) fn ready(&self) -> impl Iterator<Item = &str> {
        self.queue.ready().filter_map(|slot| self.id(slot))
    }

    fn id(&self, slot: Slot) -> Option<&str> {
        self.members.get(slot).map(|member| member.row.id())
    }

    /// Takes one account, if it is ready.
    pub(crate) fn take_this(&mut self, id: &AccountId) -> Option<AccountRow> {
        self.take_at(self.members.find(id.as_str())?)
    }

    fn take_at(&mut self, slot: Slot) -> Option<AccountRow> {
        let member = self.members.get(slot).filter(|member| member.standing == Packed::READY)?;
        let taken = member.row.clone();
        self.set(slot, Standing::Leased);
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
            match self.epoch.unpack(member.standing) {
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

    /// Notes how an account stands from now on.
    pub(crate) fn settle(&mut self, id: &AccountId, standing: Standing, failures: u32) {
        let Some(slot) = self.members.find(id.as_str()) else { return };
        if let Some(member) = self.members.get_mut(slot) {
            member.failures = failures;
            member.came_back_in = self.begun;
        }
        self.set(slot, standing);
    }

    /// Lets the account's own fields tell of a failure, as its row in a table does.
    pub(crate) fn note_failure(&mut self, id: &AccountId, reason: &str) {
        if let Some(slot) = self.members.find(id.as_str())
            && let Some(member) = self.members.get_mut(slot)
        {
            member.row = member.row.after_failure(reason);
        }
    }

    fn member(&self, id: &AccountId) -> Option<&Member> {
        self.members.get(self.members.find(id.as_str())?)
    }

    /// How often an account has failed in this pool since its reset.
    pub(crate) fn failures(&self, id: &AccountId) -> u32 {
        self.member(id).map_or(0, |member| member.failures)
    }

    /// Corrects how often an account has failed.
    pub(crate) fn set_failures(&mut self, id: &AccountId, failures: u32) {
        if let Some(slot) = self.members.find(id.as_str())
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
            Some(only) => only.iter().filter_map(|id| self.members.find(id.as_str())).collect(),
            None => self.members.iter().map(|(slot, _)| slot).collect(),
        };
        for slot in settled {
            let selected = self.selected;
            let Some(member) = self.members.get_mut(slot) else { continue };
            match self.epoch.unpack(member.standing) {
                // Whoever holds it goes on; what comes of it counts from nought.
                Standing::Leased | Standing::Elsewhere(_) => member.failures = 0,
                Standing::Done(..) if member.selected_in != selected => self.remove(slot),
                _ => {
                    member.failures = 0;
                    self.set(slot, Standing::Ready);
                }
            }
        }
    }

    /// Adds an account that isn't there yet.
    pub(super) fn insert(&mut self, row: AccountRow, standing: Standing, failures: u32) {
        let standing = self.epoch.pack(standing);
        let slot = self.members.insert(Member { standing, failures, ..Member::ready(row) });
        self.note(slot, standing, true);
    }

    fn remove(&mut self, slot: Slot) {
        let Some(standing) = self.members.get(slot).map(|member| member.standing) else { return };
        self.note(slot, standing, false);
        self.members.remove(slot);
    }

    /// The one place where an account's standing changes: the queue, the due list and
    /// the counts follow it.
    pub(super) fn set(&mut self, slot: Slot, standing: Standing) {
        let standing = self.epoch.pack(standing);
        let Some(member) = self.members.get_mut(slot) else { return };
        let old = std::mem::replace(&mut member.standing, standing);
        self.note(slot, old, false);
        self.note(slot, standing, true);
    }

    /// Adds an account's standing to the queue, the due list and the counts, or takes it away.
    pub(super) fn note(&mut self, slot: Slot, standing: Packed, add: bool) {
        if standing == Packed::READY {
            self.enqueue(slot, add);
        }
        let standing = self.epoch.unpack(standing);
        self.count(standing, add);
        if let Some(at) = standing.due() {
            if add {
                self.due.insert((at, slot));
            } else {
                self.due.remove(&(at, slot));
            }
        }
    }

    fn enqueue(&mut self, slot: Slot, ready: bool) {
        let Some(member) = self.members.get_mut(slot) else { return };
        if ready && member.turn == Turn::NONE {
            member.turn = self.queue.push(slot);
        }
        self.queue.set(member.turn, ready);
    }

    pub(super) fn count(&mut self, standing: Standing, add: bool) {
        let counts = &mut self.counts;
        let slot = match standing {
            Standing::Ready | Standing::Resting(_) | Standing::Refused => &mut counts.available,
            Standing::Leased | Standing::Elsewhere(_) => &mut counts.in_use,
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
