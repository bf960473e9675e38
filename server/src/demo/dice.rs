//! Chance that falls the same way each time.

/// SplitMix64: small, and the same on every machine and in every version.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to and without 1.
    pub(super) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Whether something of that likelihood happens.
    pub(super) fn happens(&mut self, likelihood: f64) -> bool {
        self.share() < likelihood
    }

    /// One of several.
    pub(super) fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get((self.share() * of.len() as f64) as usize)
    }

    /// A length of time as work has it: most near the median, a few many times longer.
    pub(super) fn around(&mut self, median: f64) -> f64 {
        let (a, b) = (self.share().max(1e-12), self.share());
        let normal = (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos();
        median * (0.7 * normal).exp()
    }

    /// A whole number that is `mean` on average.
    pub(super) fn about(&mut self, mean: f64) -> usize {
        mean.floor() as usize + usize::from(self.happens(mean.fract()))
    }

    /// An object id.
    pub(super) fn sha(&mut self) -> String {
        let wide = [self.next(), self.next(), self.next()];
        wide.iter().map(|w| format!("{w:016x}")).collect::<String>().chars().take(40).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dice_fall_the_same_way_each_time() {
        let throw = || {
            let mut dice = Dice::new(42);
            (dice.sha(), dice.about(2.5), dice.around(10.0))
        };
        assert_eq!(throw(), throw());
        assert_eq!(throw().0.len(), 40);
    }
}
