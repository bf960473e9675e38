//! Chance that falls the same way each time.

use chrono::TimeDelta;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};

/// Dice for one purpose.
#[derive(Debug)]
pub(super) struct Dice(StdRng);

impl Dice {
    /// Dice that depend on the seed, on what they are thrown for and on which of these it is.
    pub(super) fn new(seed: u64, purpose: &str, which: u64) -> Self {
        Self(StdRng::from_seed(Sha256::digest(format!("{seed} {purpose} {which}")).into()))
    }

    /// From 0 up to and without 1.
    pub(super) fn share(&mut self) -> f64 {
        self.0.random()
    }

    /// Whether something of that likelihood happens.
    pub(super) fn happens(&mut self, likelihood: f64) -> bool {
        self.share() < likelihood
    }

    /// A number between two, the first included.
    pub(super) fn between(&mut self, from: f64, to: f64) -> f64 {
        from + self.share() * (to - from)
    }

    /// A number in a range; where that is one number, no dice are thrown.
    pub(super) fn within(&mut self, [from, to]: [f64; 2]) -> f64 {
        if from < to { self.between(from, to) } else { from }
    }

    /// One of several, if there is any.
    pub(super) fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get((self.share() * of.len() as f64) as usize)
    }

    /// A word of a list.
    pub(super) fn word(&mut self, of: &[&'static str]) -> &'static str {
        self.one(of).copied().unwrap_or_default()
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
}

/// Hours as a length of time, to the second.
pub(super) fn hours(hours: f64) -> TimeDelta {
    TimeDelta::seconds((hours * 3600.0) as i64)
}
