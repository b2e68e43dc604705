//! Chance from one printed seed: the same seed makes the same choices on every
//! machine and in every version, which no library promises.

/// A stream of choices (SplitMix64, Steele and others, OOPSLA 2014).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The stream of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A stream of its own for the `n`-th who draws: what one draws does not move another's choices.
    #[must_use]
    pub fn of(seed: u64, n: u64) -> Self {
        let mut own = Self(seed ^ n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17));
        own.next();
        own
    }

    /// 64 random bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below `bound`; 0 where that is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The bias is below 2^-40 for every bound used here.
        if bound == 0 { 0 } else { self.next() % bound }
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True `percent` times in a hundred.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of these; `None` where there are none.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let at = self.below(of.len() as u64);
        of.get(usize::try_from(at).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_choices_for_ever() {
        let mut chance = Chance::new(1);
        assert_eq!(chance.next(), 0x910a_2dec_8902_5cc1);
        assert_ne!(Chance::of(7, 1).next(), Chance::of(7, 2).next());
        let mut other = Chance::new(3);
        assert!((0..1000).all(|_| (5..=9).contains(&other.between(5, 9))));
        assert_eq!(other.pick::<u8>(&[]), None);
        assert_eq!(other.between(4, 4), 4);
    }
}
