//! What is left of a vendor's budgets, as its answers tell.

use crate::net::WAITS;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What is left of one of a vendor's budgets. Times are in microseconds since 1970, by the vendor's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// What the vendor calls it.
    pub name: String,
    /// How much there is of it each time.
    pub limit: i64,
    /// How much is left.
    pub remaining: i64,
    /// When it is full again.
    pub resets_at: i64,
    /// When the vendor told this.
    pub at: i64,
}

impl Budget {
    /// How long it is, at a time of our clock, until it is full again; `None` once it is. Our clock may be behind the vendor's: it is never
    /// longer than it was when the vendor told it.
    pub(crate) fn until_full(&self, now: i64) -> Option<Duration> {
        let left = self.resets_at.saturating_sub(now.max(self.at));
        let left = u64::try_from(left).ok().filter(|left| *left > 0)?;
        Some(Duration::from_micros(left).min(WAITS))
    }
}

/// What a vendor told of its budgets so far. Whoever has it sees what is told later, too.
#[derive(Clone, Debug, Default)]
pub struct Budgets(Arc<Mutex<BTreeMap<String, Budget>>>);

impl Budgets {
    /// Notes what an answer told.
    pub(crate) fn note(&self, budget: Budget) {
        self.0.lock().insert(budget.name.clone(), budget);
    }

    /// All that was told, by name.
    pub fn told(&self) -> Vec<Budget> {
        self.0.lock().values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_waited_for_until_it_is_full_and_never_for_longer_than_the_vendor_said() {
        let second = 1_000_000;
        let left = |resets_at: i64, now: i64| {
            Budget { name: "core".to_owned(), limit: 9, remaining: 0, resets_at, at: 100 * second }.until_full(now)
        };
        assert_eq!(left(160 * second, 130 * second), Some(Duration::from_secs(30)));
        assert_eq!(left(160 * second, 0), Some(Duration::from_secs(60)), "our clock is behind");
        assert_eq!(left(160 * second, 160 * second), None);
        assert_eq!(left(90 * second, 0), None, "it was over when it was told");
        assert_eq!(left(i64::MAX, 0), Some(WAITS));
        assert_eq!(left(i64::MIN, 0), None);
    }
}
