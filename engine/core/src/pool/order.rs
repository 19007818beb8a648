//! The place of an account in its pool's order.

/// A place: the rank in the last refresh's selection, and below it room for accounts
/// that this refresh didn't see (because they were leased) behind the account that
/// they used to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct OrderKey(u64);

const SUB_BITS: u32 = 16;

impl OrderKey {
    /// The place of the account at `rank` (0 is the first) of a selection.
    pub(crate) fn at_rank(rank: usize) -> Self {
        Self((rank as u64 + 1) << SUB_BITS)
    }

    /// The `nth` place (1 is the first) directly behind this one.
    pub(crate) fn behind(self, nth: usize) -> Self {
        let room = (1 << SUB_BITS) - 1;
        Self(((self.0 >> SUB_BITS) << SUB_BITS) + (nth as u64).min(room))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_behind_an_account_come_before_the_next() {
        let first = OrderKey::at_rank(0);
        assert!(OrderKey::default().behind(1) < first);
        assert!(first < first.behind(1));
        assert!(first.behind(1) < first.behind(2));
        assert!(first.behind(usize::MAX) < OrderKey::at_rank(1));
        assert_eq!(first.behind(2).behind(1), first.behind(1));
    }
}
