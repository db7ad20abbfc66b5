//! Chance that comes from a seed alone: the same seed gives the same rows, on every machine.

/// A stream of numbers (SplitMix64, Steele, Lea and Flood 2014: every seed is as good as another).
#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    /// The stream for a seed and what it is for. Streams for different purposes have nothing to do with each other, so that
    /// a table more in the schema does not change the rows of the others.
    pub(crate) fn of(seed: u64, purpose: &str, numbers: &[u64]) -> Self {
        // FNV-1a
        let mut state = 0xcbf2_9ce4_8422_2325_u64 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let numbers = numbers.iter().flat_map(|number| number.to_le_bytes());
        for byte in purpose.bytes().chain(numbers) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let mut chance = Self(state);
        chance.next();
        chance
    }

    /// Any number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below another; 0 below 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or(0)
    }

    /// A place in a list of so many; 0 in an empty one.
    pub(crate) fn place(&mut self, of: usize) -> usize {
        usize::try_from(self.below(of as u64)).unwrap_or(0)
    }

    /// A whole number from the first to the last, both included.
    pub(crate) fn between(&mut self, first: i64, last: i64) -> i64 {
        if last <= first {
            return first;
        }
        match last.wrapping_sub(first).cast_unsigned().checked_add(1) {
            Some(many) => first.wrapping_add_unsigned(self.below(many)),
            None => self.next().cast_signed(),
        }
    }

    /// Whether something happens that does once in so many times.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of several.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.place(from.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_another_gives_others() {
        let numbers = |seed, purpose| {
            let mut chance = Chance::of(seed, purpose, &[1]);
            [chance.next(), chance.next()]
        };
        assert_eq!(numbers(1, "a"), numbers(1, "a"));
        assert_ne!(numbers(1, "a"), numbers(2, "a"));
        assert_ne!(numbers(1, "a"), numbers(1, "b"));
    }

    #[test]
    fn numbers_stay_between_their_bounds() {
        let mut chance = Chance::of(7, "bounds", &[]);
        for _ in 0..1000 {
            assert!((-3..=3).contains(&chance.between(-3, 3)));
        }
        assert_eq!(chance.between(5, 5), 5);
        assert_eq!(chance.between(5, 4), 5);
        chance.between(i64::MIN, i64::MAX);
        assert_eq!(chance.below(0), 0);
    }
}
