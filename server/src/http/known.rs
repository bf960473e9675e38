//! Which calls of hooks came to their end: one that its sender repeats is told so, and nothing is done twice.

use parking_lot::Mutex;
use pulse_engine::land::Payload;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

/// How many calls of a hook are known at most, the latest.
const MOST: usize = 1000;
/// For how long, in microseconds: GitHub repeats what is up to three days old.
const AGE: i64 = 3 * 24 * 3600 * 1_000_000;

/// What tells a call from every other, and when it was answered.
type Call = (u64, i64);

/// The calls that this process answered, by hook: known is one only once it is landed and its job is asked for. A process of its own knows
/// its own: what another one answered is landed once more, under the same key, and changes nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    sums: RandomState,
    calls: Arc<Mutex<HashMap<String, VecDeque<Call>>>>,
}

impl Known {
    /// What tells a call from every other: its number does not alone, as Jira Data Center numbers none.
    pub(super) fn mark(&self, payload: &Payload) -> u64 {
        self.sums.hash_one((&payload.key, &payload.body))
    }

    /// Whether a hook was called so.
    pub(super) fn has(&self, hook: &str, mark: u64) -> bool {
        self.calls.lock().get(hook).is_some_and(|calls| calls.iter().any(|(known, _)| *known == mark))
    }

    /// Notes a call that came to its end.
    pub(super) fn add(&self, hook: &str, mark: u64, now: i64) {
        let since = now.saturating_sub(AGE);
        let mut hooks = self.calls.lock();
        if !hooks.contains_key(hook) {
            // What is left of hooks that nobody calls any more goes with the first call of another.
            hooks.retain(|_, calls| calls.back().is_some_and(|(_, at)| *at >= since));
        }
        let calls = hooks.entry(hook.to_owned()).or_default();
        calls.push_back((mark, now));
        while calls.len() > MOST || calls.front().is_some_and(|(_, at)| *at < since) {
            calls.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(key: &str, body: &str) -> Payload {
        Payload { stream: "webhooks".to_owned(), key: key.to_owned(), observed_at: 7, body: body.to_owned() }
    }

    #[test]
    fn a_call_is_known_by_its_number_and_what_it_says_to_the_hook_that_answered_it() {
        let known = Known::default();
        let mark = known.mark(&payload("1", "{}"));
        assert!(!known.has("a", mark));
        known.add("a", mark, 0);
        let later = Payload { observed_at: 9, ..payload("1", "{}") };
        assert!(known.has("a", known.mark(&later)), "whenever it comes");
        assert!(!known.has("b", mark));
        for other in [payload("2", "{}"), payload("1", "[]")] {
            assert!(!known.has("a", known.mark(&other)), "{other:?}");
        }
    }

    #[test]
    fn the_latest_thousand_of_three_days_are_known() {
        let known = Known::default();
        for mark in 0..=1000 {
            known.add("a", mark, 0);
        }
        assert!(!known.has("a", 0) && known.has("a", 1) && known.has("a", 1000));
        known.add("a", 1001, AGE);
        assert!(known.has("a", 1000));
        known.add("a", 1002, AGE + 1);
        assert!(!known.has("a", 1000) && known.has("a", 1001));
        known.add("b", 0, 3 * AGE);
        assert!(!known.has("a", 1002), "nobody calls it any more");
    }
}
