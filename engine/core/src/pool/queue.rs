//! The order of a pool's accounts, and which of them are ready: four bytes and a bit for
//! each.

use super::bits::Bits;
use super::members::Slot;

/// A place in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(u32);

impl Place {
    /// Of an account that isn't in the order.
    pub(super) const NOWHERE: Self = Self(u32::MAX);

    /// The one behind it.
    pub(super) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The accounts in the order to serve. An account that goes leaves its place behind until
/// the order is made anew, so that the others keep theirs.
#[derive(Debug, Default)]
pub(super) struct Queue {
    order: Vec<Slot>,
    ready: Bits,
}

impl Queue {
    /// An empty one, with room for that many.
    pub(super) fn with_capacity(accounts: usize) -> Self {
        Self { order: Vec::with_capacity(accounts), ready: Bits::default() }
    }

    /// Adds an account, which isn't ready, behind all others.
    pub(super) fn push(&mut self, slot: Slot) -> Place {
        let place = u32::try_from(self.order.len()).map_or(Place::NOWHERE, Place);
        self.order.push(slot);
        place
    }

    /// Notes whether the account at a place is ready.
    pub(super) fn set(&mut self, place: Place, ready: bool) {
        if ready {
            self.ready.insert(place.index());
        } else {
            self.ready.remove(place.index());
        }
    }

    /// Which account is, or was, at a place.
    pub(super) fn at(&self, place: Place) -> Option<Slot> {
        self.order.get(place.index()).copied()
    }

    /// All of them, with those that have gone.
    pub(super) fn order(&self) -> impl Iterator<Item = (Place, Slot)> {
        self.order.iter().zip(0..).map(|(slot, place)| (Place(place), *slot))
    }

    /// Those that are ready.
    pub(super) fn ready(&self) -> impl Iterator<Item = Slot> {
        self.ready_after(None)
    }

    /// Those that are ready, behind a place.
    pub(super) fn ready_after(&self, place: Option<Place>) -> impl Iterator<Item = Slot> {
        let first = place.map_or(0, |place| place.next().index());
        self.ready.iter_from(first).filter_map(|place| self.order.get(place).copied())
    }
}
