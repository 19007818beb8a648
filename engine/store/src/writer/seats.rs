//! Numbers for those who lease: a bot leases and settles again and again through one
//! pool, so that its rows name it by a number. The numbers and the table behind them
//! live as long as the connection.

use std::collections::HashMap;

use lariat_core::ids::{GroupName, InstanceId, LaunchId, PoolName};
use lariat_core::ledger::Holder;

/// How many are remembered before the numbers start anew.
const MOST: usize = 4096;

/// A bot at a pool.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Seat {
    pub(super) pool: PoolName,
    pub(super) launch: LaunchId,
    pub(super) group: GroupName,
    pub(super) instance: InstanceId,
    pub(super) routine: String,
    pub(super) generation: u64,
}

impl Seat {
    pub(super) fn new(pool: PoolName, holder: Holder) -> Self {
        let Holder { launch, group, instance, routine, generation } = holder;
        Self { pool, launch, group, instance, routine, generation }
    }
}

/// The seats that the connection knows, or will when the batch is committed.
#[derive(Debug, Default)]
pub(crate) struct Seats {
    numbers: HashMap<Seat, i64>,
    last: i64,
}

impl Seats {
    /// A seat's number, and whether it was given just now.
    pub(super) fn number(&mut self, seat: &Seat) -> (i64, bool) {
        if let Some(number) = self.numbers.get(seat) {
            return (*number, false);
        }
        self.last += 1;
        self.numbers.insert(seat.clone(), self.last);
        (self.last, true)
    }

    /// To be called between two batches: forgets all when there are many. A number may
    /// then mean somebody else, since rows name their seat within their batch only.
    pub(super) fn trim(&mut self) {
        if self.numbers.len() >= MOST {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(instance: u32) -> Seat {
        let holder = Holder {
            launch: LaunchId::random(),
            group: GroupName::new("g").unwrap(),
            instance: InstanceId(instance),
            routine: "r".into(),
            generation: 1,
        };
        Seat::new(PoolName::new("p").unwrap(), holder)
    }

    #[test]
    fn a_seat_keeps_its_number_until_all_are_forgotten() {
        let mut seats = Seats::default();
        let first = seat(0);
        assert_eq!(seats.number(&first), (1, true));
        assert_eq!(seats.number(&seat(1)), (2, true));
        assert_eq!(seats.number(&first), (1, false));
        seats.trim();
        assert_eq!(seats.number(&first), (1, false));
        (0..4096).for_each(|instance| _ = seats.number(&seat(instance)));
        seats.trim();
        assert_eq!(seats.number(&seat(7)), (1, true));
    }
}
