//! How much may still be asked, as GitHub's answers tell.

use crate::net::{Answer, WAITS};
use crate::{Budget, Budgets};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What is left to others: people and tools that share the credential.
const RESERVE: i64 = 50;

/// What is left of each of GitHub's budgets (`core` for REST, `graphql`).
#[derive(Debug, Default)]
pub(super) struct Limits {
    known: Mutex<BTreeMap<String, Left>>,
    /// The same in GitHub's own numbers, for people.
    pub(super) budgets: Budgets,
}

#[derive(Clone, Copy, Debug)]
struct Left {
    remaining: i64,
    /// When the budget is full again.
    again: Instant,
}

impl Limits {
    /// Notes what an answer tells. How long it is until the budget is full again is reckoned by GitHub's own clock, since
    /// ours may differ.
    pub(super) fn note(&self, answer: &Answer) {
        let told = answer.number("x-ratelimit-remaining").zip(answer.header("x-ratelimit-resource"));
        if let Some(((remaining, resource), wait)) = told.zip(until_reset(answer)) {
            let numbers = answer.number("x-ratelimit-limit").zip(answer.number("x-ratelimit-reset"));
            if let Some(((limit, reset), at)) = numbers.zip(answer.date()) {
                let (name, resets_at) = (resource.to_owned(), reset.saturating_mul(1_000_000));
                self.budgets.note(Budget { name, limit, remaining, resets_at, at });
            }
            let limit = answer.number("x-ratelimit-limit").unwrap_or(i64::MAX);
            self.leaves(resource, remaining, limit, wait);
        }
    }

    /// Knows what another reading was told, and for how long that holds: so that this one need not ask to learn it.
    pub(super) fn know(&self, told: &[(Budget, Duration)]) {
        for (budget, wait) in told {
            self.leaves(&budget.name, budget.remaining, budget.limit, (*wait).min(WAITS));
        }
    }

    fn leaves(&self, resource: &str, remaining: i64, limit: i64, wait: Duration) {
        // A budget of a few has no room for a reserve.
        let remaining = remaining.saturating_sub(RESERVE.min(limit / 10));
        self.known.lock().insert(resource.to_owned(), Left { remaining, again: Instant::now() + wait });
    }

    /// For how long nothing more may be asked of a budget.
    pub(super) fn spent(&self, resource: &str) -> Option<Duration> {
        let left = self.known.lock().get(resource).copied()?;
        let wait = left.again.checked_duration_since(Instant::now())?;
        (left.remaining <= 0).then_some(wait)
    }
}

/// How long it is until the budget that an answer tells of is full again.
pub(super) fn until_reset(answer: &Answer) -> Option<Duration> {
    let reset = answer.number("x-ratelimit-reset")?;
    let seconds = reset - answer.date()? / 1_000_000;
    // A second more: both are cut to whole seconds.
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or_default().min(24 * 3600) + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(remaining: &str, limit: &str, reset: &str) -> Answer {
        let headers = [
            ("date", "Tue, 24 Nov 2026 10:00:00 GMT"),
            ("x-ratelimit-remaining", remaining),
            ("x-ratelimit-limit", limit),
            ("x-ratelimit-reset", reset),
            ("x-ratelimit-resource", "core"),
        ];
        let headers = headers.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        Answer { status: reqwest::StatusCode::OK, headers: headers.collect(), body: Default::default() }
    }

    #[test]
    fn a_budget_is_spent_before_it_is_empty_and_until_it_is_full_again() {
        let limits = Limits::default();
        assert_eq!(limits.spent("core"), None, "nothing is known");
        limits.note(&answer("51", "5000", "1795514460"));
        assert_eq!(limits.spent("core"), None);
        limits.note(&answer("50", "5000", "1795514460"));
        let wait = limits.spent("core").unwrap();
        assert!((Duration::from_secs(50)..=Duration::from_secs(61)).contains(&wait), "{wait:?}");
        assert_eq!(limits.spent("graphql"), None, "each budget by itself");
        let at = 1_795_514_400_000_000;
        let told = Budget { name: "core".into(), limit: 5000, remaining: 50, resets_at: at + 60_000_000, at };
        assert_eq!(limits.budgets.told(), [told], "what GitHub says, with nothing put by");
        limits.note(&answer("2", "10", "1795514460"));
        assert_eq!(limits.spent("core"), None, "a small budget keeps a tenth");
    }

    #[test]
    fn what_another_reading_was_told_is_known_until_the_budget_is_full_again() {
        let told = |name: &str, remaining: i64, seconds: u64| {
            let budget = Budget { name: name.to_owned(), limit: 5000, remaining, resets_at: 60_000_000, at: 0 };
            (budget, Duration::from_secs(seconds))
        };
        let limits = Limits::default();
        limits.know(&[told("core", 51, 40), told("graphql", 50, 40)]);
        assert_eq!(limits.spent("core"), None);
        let wait = limits.spent("graphql").unwrap();
        assert!((Duration::from_secs(30)..=Duration::from_secs(40)).contains(&wait), "{wait:?}");
        assert_eq!(limits.budgets.told(), [], "what GitHub tells this reading is told by its answers");
        // What GitHub says now counts.
        limits.note(&answer("49", "5000", "1795514460"));
        assert!(limits.spent("core").is_some());
        let later = Limits::default();
        later.know(&[told("core", 0, u64::MAX)]);
        assert!(later.spent("core").is_some_and(|wait| wait <= WAITS), "no longer wait is believed");
    }

    #[test]
    fn a_reset_that_is_over_or_absurd_is_no_long_wait() {
        assert_eq!(until_reset(&answer("0", "1", "1795514400")), Some(Duration::from_secs(1)));
        assert_eq!(until_reset(&answer("0", "1", "1")), Some(Duration::from_secs(1)));
        assert_eq!(until_reset(&answer("0", "1", "99999999999")), Some(Duration::from_secs(24 * 3600 + 1)));
    }
}
