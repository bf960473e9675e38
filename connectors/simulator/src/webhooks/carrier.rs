//! How calls of hooks come from a vendor to whoever listens.

use sha2::{Digest as _, Sha256};

/// What befalls calls on their way, the same each time for a seed; by default nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Carrier {
    /// Which of all ways it falls.
    pub seed: u64,
    /// Which share of the calls never comes.
    pub lost: f64,
    /// Which share of those that come does so twice.
    pub twice: f64,
    /// Whether those that are sent at one time come in any order.
    pub mixed: bool,
}

impl Carrier {
    /// What comes of calls that are sent at one time, and in which order. A call is known by its id.
    pub fn carry<T: Clone>(&self, calls: Vec<T>, id: impl Fn(&T) -> &str) -> Vec<T> {
        let mut come: Vec<(f64, T)> = Vec::with_capacity(calls.len());
        for call in calls {
            if self.share("lost", id(&call)) < self.lost {
                continue;
            }
            let is_twice = self.share("twice", id(&call)) < self.twice;
            for time in ["first", "second"].into_iter().take(1 + usize::from(is_twice)) {
                let place = if self.mixed { self.share(time, id(&call)) } else { 0.0 };
                come.push((place, call.clone()));
            }
        }
        // Those of one place stay in the order in which they were sent.
        come.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        come.into_iter().map(|(_, call)| call).collect()
    }

    /// From 0 up to and without 1.
    fn share(&self, purpose: &str, id: &str) -> f64 {
        let sum = Sha256::digest(format!("{} {purpose} {id}", self.seed));
        let bits = sum.iter().take(8).fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn carried(carrier: Carrier) -> Vec<String> {
        let sent: Vec<String> = (0..1_000).map(|n| n.to_string()).collect();
        carrier.carry(sent, |call| call)
    }

    #[test]
    fn by_itself_nothing_befalls_them_and_they_come_in_their_order() {
        assert!(carried(Carrier::default()).into_iter().eq((0..1_000).map(|n| n.to_string())));
    }

    #[test]
    fn some_are_lost_some_come_twice_and_all_in_another_order_the_same_each_time() {
        let carrier = Carrier { seed: 3, lost: 0.2, twice: 0.1, mixed: true };
        let come = carried(carrier);
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        come.iter().for_each(|call| *times.entry(call).or_default() += 1);
        let twice = times.values().filter(|times| **times == 2).count();
        // Of 1,000 about 800 come, of which about 80 twice.
        assert!((750..850).contains(&times.len()) && (50..110).contains(&twice), "{} {twice}", times.len());
        assert_eq!(come.len(), times.len() + twice);
        assert!(!come.is_sorted_by_key(|call| call.parse::<u32>().unwrap()));
        assert_eq!(come, carried(carrier));
        assert_ne!(come, carried(Carrier { seed: 4, ..carrier }));
    }

    #[test]
    fn all_or_none_may_be_lost_and_in_their_order_the_second_comes_after_the_first() {
        assert!(carried(Carrier { lost: 1.0, ..Carrier::default() }).is_empty());
        let all_twice = carried(Carrier { twice: 1.0, ..Carrier::default() });
        assert!(all_twice.into_iter().eq((0..2_000).map(|n| (n / 2).to_string())));
    }
}
