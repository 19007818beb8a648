//! A set of small numbers of which the first is found at once: a bit for each number, a bit
//! for each 64 of these that aren't all clear, and so on.

/// A set of numbers.
#[derive(Debug, Default)]
pub(super) struct Bits {
    /// The numbers themselves, then for each level the words that aren't 0.
    levels: Vec<Vec<u64>>,
}

const fn split(number: usize) -> (usize, u64) {
    (number / 64, 1 << (number % 64))
}

impl Bits {
    pub(super) fn insert(&mut self, number: usize) {
        self.make_room(number);
        let mut at = number;
        for level in &mut self.levels {
            let (index, bit) = split(at);
            let Some(word) = level.get_mut(index) else { return };
            let was_empty = *word == 0;
            *word |= bit;
            if !was_empty {
                return;
            }
            at = index;
        }
    }

    pub(super) fn remove(&mut self, number: usize) {
        let mut at = number;
        for level in &mut self.levels {
            let (index, bit) = split(at);
            let Some(word) = level.get_mut(index) else { return };
            *word &= !bit;
            if *word != 0 {
                return;
            }
            at = index;
        }
    }

    /// The first that isn't below `from`.
    fn next(&self, from: usize) -> Option<usize> {
        let mut at = from;
        for (height, level) in self.levels.iter().enumerate() {
            let (index, bit) = split(at);
            // Those from `at` on, of its word.
            let rest = level.get(index)? & !(bit - 1);
            if rest != 0 {
                let found = index * 64 + rest.trailing_zeros() as usize;
                return self
                    .levels
                    .iter()
                    .take(height)
                    .rev()
                    .try_fold(found, |at, below| Some(at * 64 + below.get(at)?.trailing_zeros() as usize));
            }
            at = index + 1;
        }
        None
    }

    /// Those that aren't below `first`, the smallest first.
    pub(super) fn iter_from(&self, first: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.next(first), |number| self.next(number + 1))
    }

    /// Makes the levels large enough for a number.
    fn make_room(&mut self, number: usize) {
        let mut words = number / 64 + 1;
        if self.levels.first().is_some_and(|level| level.len() >= words) {
            return;
        }
        for level in &mut self.levels {
            if level.len() < words {
                level.resize(words, 0);
            }
            words = level.len().div_ceil(64);
        }
        if self.levels.is_empty() {
            self.levels.push(vec![0; words]);
        }
        while let Some(top) = self.levels.last().filter(|top| top.len() > 1) {
            let mut above = vec![0_u64; top.len().div_ceil(64)];
            for (index, _) in top.iter().enumerate().filter(|(_, word)| **word != 0) {
                let (index, bit) = split(index);
                if let Some(word) = above.get_mut(index) {
                    *word |= bit;
                }
            }
            self.levels.push(above);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// As a set that is kept in another way.
        #[test]
        fn numbers_come_and_go_as_in_any_set(
            steps in proptest::collection::vec((any::<bool>(), prop_oneof![0..70usize, 0..5_000usize, 0..300_000usize]), 0..200),
            from in 0..300_000usize,
        ) {
            let (mut bits, mut set) = (Bits::default(), BTreeSet::new());
            for (add, number) in steps {
                if add {
                    bits.insert(number);
                    set.insert(number);
                } else {
                    bits.remove(number);
                    set.remove(&number);
                }
                prop_assert_eq!(bits.next(0), set.first().copied());
            }
            prop_assert_eq!(bits.next(from), set.range(from..).next().copied());
            prop_assert_eq!(bits.iter_from(0).collect::<Vec<_>>(), set.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn neighbours_of_words_are_found() {
        let mut bits = Bits::default();
        assert_eq!(bits.next(0), None);
        for number in [63, 64, 4095, 4096, 262_143, 262_144] {
            bits.insert(number);
        }
        bits.remove(1_000_000);
        assert_eq!(bits.iter_from(0).collect::<Vec<_>>(), [63, 64, 4095, 4096, 262_143, 262_144]);
        assert_eq!(bits.next(262_145), None);
    }
}
