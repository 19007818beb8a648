//! The order of a pool's accounts, and which of them are ready: four bytes and a bit for
//! each.

use super::bits::Bits;
use super::members::Slot;

/// When an account is served: its place in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn(u32);

impl Turn {
    /// Of an account that isn't in the order.
    pub(super) const NONE: Self = Self(u32::MAX);

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
    pub(super) fn push(&mut self, slot: Slot) -> Turn {
        let turn = u32::try_from(self.order.len()).map_or(Turn::NONE, Turn);
        self.order.push(slot);
        turn
    }

    /// Notes whether the account at a place is ready.
    pub(super) fn set(&mut self, turn: Turn, ready: bool) {
        if ready {
            self.ready.insert(turn.index());
        } else {
            self.ready.remove(turn.index());
        }
    }

    /// Which account is, or was, at a place.
    pub(super) fn at(&self, turn: Turn) -> Option<Slot> {
        self.order.get(turn.index()).copied()
    }

    /// All of them, with those that have gone.
    pub(super) fn order(&self) -> impl Iterator<Item = (Turn, Slot)> {
        self.order.iter().zip(0..).map(|(slot, turn)| (Turn(turn), *slot))
    }

    /// Those that are ready.
    pub(super) fn ready(&self) -> impl Iterator<Item = Slot> {
        self.ready_from(0)
    }

    /// Those that are ready and come behind a turn.
    pub(super) fn ready_behind(&self, turn: Turn) -> impl Iterator<Item = Slot> {
        self.ready_from(turn.next().index())
    }

    fn ready_from(&self, first: usize) -> impl Iterator<Item = Slot> {
        self.ready.iter_from(first).filter_map(|turn| self.order.get(turn).copied())
    }
}
