//! A percentile that is kept up to date while values come and go, for window frames.

use super::value::{Fraction, Numbers};
use datafusion::common::{Result, internal_err};
use std::collections::BTreeMap;

/// The values at and below the rank, and those above it. Adding or removing one moves the border by at most one value, so
/// each step costs the logarithm of the frame's length: a frame of a million rows stays a second's work.
#[derive(Debug)]
pub(super) struct Running {
    fraction: Fraction,
    low: Side,
    high: Side,
}

#[derive(Debug, Default)]
struct Side {
    counts: BTreeMap<u64, usize>,
    len: usize,
}

impl Side {
    fn add(&mut self, key: u64) {
        *self.counts.entry(key).or_default() += 1;
        self.len += 1;
    }

    fn remove(&mut self, key: u64) -> bool {
        let Some(count) = self.counts.get_mut(&key) else { return false };
        *count -= 1;
        if *count == 0 {
            self.counts.remove(&key);
        }
        self.len -= 1;
        true
    }

    fn first(&self) -> Option<u64> {
        self.counts.first_key_value().map(|(key, _)| *key)
    }

    fn last(&self) -> Option<u64> {
        self.counts.last_key_value().map(|(key, _)| *key)
    }
}

impl Running {
    /// Bytes that one distinct value takes in a B-tree of half-full nodes, with its share of the inner ones.
    const ENTRY: usize = 40;

    pub(super) fn new(fraction: Fraction, keys: &[u64]) -> Self {
        let mut running = Self { fraction, low: Side::default(), high: Side::default() };
        for key in keys {
            running.add(*key);
        }
        running
    }

    pub(super) fn add(&mut self, key: u64) {
        if self.low.last().is_some_and(|border| key < border) {
            self.low.add(key);
        } else {
            self.high.add(key);
        }
        self.settle();
    }

    pub(super) fn remove(&mut self, key: u64) -> Result<()> {
        if !self.low.remove(key) && !self.high.remove(key) {
            return internal_err!("a value left a window frame that it had not entered");
        }
        self.settle();
        Ok(())
    }

    pub(super) fn value(&self, numbers: Numbers) -> Option<f64> {
        let low = self.low.last()?;
        let (_, weight, of) = self.fraction.rank(self.len());
        Some(numbers.between(low, self.high.first().unwrap_or(low), weight, of))
    }

    pub(super) fn keys(&self) -> Vec<u64> {
        let both = self.low.counts.iter().chain(&self.high.counts);
        both.flat_map(|(key, count)| std::iter::repeat_n(*key, *count)).collect()
    }

    pub(super) fn size(&self) -> usize {
        (self.low.counts.len() + self.high.counts.len()) * Self::ENTRY
    }

    fn len(&self) -> usize {
        self.low.len + self.high.len
    }

    /// Moves the border to where the rank is.
    fn settle(&mut self) {
        let wanted = if self.len() == 0 { 0 } else { self.fraction.rank(self.len()).0 + 1 };
        while self.low.len < wanted {
            let Some(key) = self.high.first() else { return };
            self.high.remove(key);
            self.low.add(key);
        }
        while self.low.len > wanted {
            let Some(key) = self.low.last() else { return };
            self.low.remove(key);
            self.high.add(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_running_percentile_is_the_selected_one_at_every_step(
            steps in prop::collection::vec((0_u64..20, any::<bool>()), 1..80), percent in 0_u32..=100
        ) {
            let fraction = Fraction::new(f64::from(percent) / 100.0).unwrap();
            let (mut running, mut held) = (Running::new(fraction, &[]), Vec::new());
            for (key, leave) in steps {
                if leave && !held.is_empty() {
                    let gone = held.remove(key as usize % held.len());
                    running.remove(gone).unwrap();
                } else {
                    held.push(key);
                    running.add(key);
                }
                prop_assert_eq!(running.value(Numbers::UInt), fraction.select(Numbers::UInt, &mut held.clone()));
                let (mut keys, mut sorted) = (running.keys(), held.clone());
                keys.sort_unstable();
                sorted.sort_unstable();
                prop_assert_eq!(keys, sorted);
            }
        }
    }

    #[test]
    fn removing_what_never_entered_is_an_error() {
        assert!(Running::new(Fraction::HALF, &[1]).remove(2).is_err());
    }
}
