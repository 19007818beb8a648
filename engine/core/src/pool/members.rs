//! Where a roster keeps its accounts: one after the other, found by id through a table
//! of their places. Queues name an account by its place, four bytes, so that a pool of
//! a million stays small.

use std::hash::BuildHasher;
use std::num::NonZeroU32;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::roster::Member;

/// The place of an account: one more than its index, so that none takes no more room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Slot(NonZeroU32);

impl Slot {
    fn at(index: usize) -> Self {
        // What has more accounts than this doesn't fit into memory.
        let number = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
        Self(NonZeroU32::new(number).unwrap_or(NonZeroU32::MAX))
    }

    const fn index(self) -> usize {
        self.0.get() as usize - 1
    }

    /// Its number, for whoever comes back to it later.
    pub(super) const fn number(self) -> u32 {
        self.0.get()
    }

    /// The place of that number, if there is one.
    pub(super) fn numbered(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }
}

/// The accounts of a roster.
#[derive(Debug, Default)]
pub(super) struct Members {
    slots: Vec<Option<Member>>,
    vacant: Vec<Slot>,
    places: HashTable<Slot>,
    hasher: DefaultHashBuilder,
    /// Counts what came and went: while it stands still, a place found stays right.
    changes: u64,
}

impl Members {
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) const fn changes(&self) -> u64 {
        self.changes
    }

    /// The place of an account.
    pub(super) fn find(&self, id: &str) -> Option<Slot> {
        let same = |slot: &Slot| self.get(*slot).is_some_and(|member| member.row.id() == id);
        self.places.find(self.hasher.hash_one(id), same).copied()
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&Member> {
        self.slots.get(slot.index())?.as_ref()
    }

    pub(super) fn get_mut(&mut self, slot: Slot) -> Option<&mut Member> {
        self.slots.get_mut(slot.index())?.as_mut()
    }

    /// All accounts with their places.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Slot, &Member)> {
        self.slots
            .iter()
            .enumerate()
            .filter_map(|(index, member)| member.as_ref().map(|member| (Slot::at(index), member)))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (Slot, &mut Member)> {
        let slots = self.slots.iter_mut().enumerate();
        slots.filter_map(|(index, member)| member.as_mut().map(|member| (Slot::at(index), member)))
    }

    /// The accounts behind a place, or all, with their places.
    pub(super) fn iter_after(&self, after: Option<Slot>) -> impl Iterator<Item = (Slot, &Member)> {
        let first = after.map_or(0, |slot| slot.index().saturating_add(1));
        let rest = self.slots.get(first..).unwrap_or_default().iter().enumerate();
        rest.filter_map(move |(index, member)| Some((Slot::at(first + index), member.as_ref()?)))
    }

    /// Makes room for that many more accounts, and not for twice as many.
    pub(super) fn reserve(&mut self, more: usize) {
        let Self { slots, vacant, places, hasher, .. } = self;
        slots.reserve_exact(more.saturating_sub(vacant.len()));
        places.reserve(more, |slot| hash_at(slots, hasher, *slot));
    }

    /// Adds an account that isn't there yet.
    pub(super) fn insert(&mut self, member: Member) -> Slot {
        let Self { slots, vacant, places, hasher, changes } = self;
        *changes += 1;
        let hash = hasher.hash_one(member.row.id());
        let slot = match vacant.pop() {
            Some(slot) => {
                if let Some(place) = slots.get_mut(slot.index()) {
                    *place = Some(member);
                }
                slot
            }
            None => {
                slots.push(Some(member));
                Slot::at(slots.len() - 1)
            }
        };
        places.insert_unique(hash, slot, |slot| hash_at(slots, hasher, *slot));
        slot
    }

    pub(super) fn remove(&mut self, slot: Slot) -> Option<Member> {
        let member = self.slots.get_mut(slot.index())?.take()?;
        self.changes += 1;
        let hash = self.hasher.hash_one(member.row.id());
        if let Ok(place) = self.places.find_entry(hash, |other| *other == slot) {
            place.remove();
        }
        self.vacant.push(slot);
        Some(member)
    }
}

fn hash_at(slots: &[Option<Member>], hasher: &DefaultHashBuilder, slot: Slot) -> u64 {
    let member = slots.get(slot.index()).and_then(Option::as_ref);
    member.map_or(0, |member| hasher.hash_one(member.row.id()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::AccountRow;
    use crate::ids::AccountId;

    fn id(number: u32) -> AccountId {
        AccountId::new(format!("a{number}")).unwrap()
    }

    #[test]
    fn places_are_found_while_accounts_come_and_go() {
        let mut members = Members::default();
        members.reserve(10);
        let slots: Vec<Slot> =
            (0..1000).map(|number| members.insert(Member::ready(AccountRow::bare(id(number))))).collect();
        for (number, slot) in (0..1000).zip(&slots).filter(|(number, _)| number % 3 == 0) {
            assert_eq!(members.remove(*slot).unwrap().row.account_id(), id(number));
            assert!(members.remove(*slot).is_none() && members.get(*slot).is_none());
        }
        let before = members.changes();
        for number in 2000..2500 {
            members.insert(Member::ready(AccountRow::bare(id(number))));
        }
        assert_eq!(members.changes(), before + 500);
        assert_eq!(members.len(), 666 + 500);
        assert_eq!(members.iter().count(), members.len());
        for number in (0..1000).chain(2000..2500) {
            let found = members.find(id(number).as_str());
            assert_eq!(found.is_some(), number >= 2000 || number % 3 != 0, "{number}");
            if let Some(slot) = found {
                assert_eq!(members.get(slot).unwrap().row.account_id(), id(number));
            }
        }
    }
}
