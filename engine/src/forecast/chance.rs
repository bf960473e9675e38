//! Chance that falls the same way each time.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

/// The random numbers of one run. ChaCha8 gives the same ones on every machine and in every version, and each run has a
/// stream of its own: it does not matter on how many threads, or in which order, runs are made.
pub(super) struct Chance(ChaCha8Rng);

impl Chance {
    pub(super) fn new(seed: u64, run: u32) -> Self {
        let mut numbers = ChaCha8Rng::seed_from_u64(seed);
        numbers.set_stream(run.into());
        Self(numbers)
    }

    /// A whole number below `end`, each as likely as another up to one in 2³² ÷ `end`; 0 when `end` is.
    pub(super) fn below(&mut self, end: usize) -> usize {
        ((u64::from(self.0.next_u32()) * end as u64) >> 32) as usize
    }
}

/// A seed that is made of numbers, the same in every version: FNV-1a over their bytes (Fowler, Noll and Vo).
pub(super) fn seed(of: impl IntoIterator<Item = i64>) -> u64 {
    let bytes = of.into_iter().flat_map(i64::to_le_bytes);
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_falls_the_same_way_each_time_and_otherwise_in_each_run() {
        let throw = |run| {
            let mut chance = Chance::new(7, run);
            [0; 8].map(|_: i32| chance.below(1000))
        };
        assert_eq!(throw(3), throw(3));
        assert_ne!(throw(3), throw(4));
        // Kept in numbers: what was frozen must come out again in later versions.
        assert_eq!(throw(0), [140, 157, 182, 167, 270, 704, 36, 726]);
        assert_eq!(seed([1, 2]), 0x7717_9803_63c8_e066);
    }

    #[test]
    fn each_number_is_about_as_likely_as_another() {
        let mut counts = [0_u32; 7];
        let mut chance = Chance::new(1, 0);
        (0..70_000).for_each(|_| counts[chance.below(7)] += 1);
        // Four standard deviations of a binomial count around 10,000 are 370.
        assert!(counts.iter().all(|count| count.abs_diff(10_000) < 370), "{counts:?}");
        assert_eq!(chance.below(0), 0);
    }
}
