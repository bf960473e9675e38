//! What is to go wrong, and when: by a plan, by chance, or as a rule.

mod answers;
mod fault;

pub(crate) use answers::{
    NOTHING, Situation, answer, bad_credentials, graphql_timeout, nameless, no_permission, primary_limit,
};
pub use fault::Fault;

use chrono::TimeDelta;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value;
use std::collections::VecDeque;

/// Which request a planned fault waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum On {
    /// The next request, whatever it is.
    Next,
    /// The next GraphQL operation of that name.
    Operation(String),
    /// The next request whose path contains these words.
    Path(String),
    /// The next GraphQL operation of that name whose variables, as JSON, contain these words.
    Asking(String, String),
    /// The next request whose address contains these words, from its path on: `path?query`.
    Address(String),
}

/// A fault that waits for its request.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Which request.
    pub on: On,
    /// How many requests like that go well before.
    pub after: u32,
    /// What goes wrong.
    pub fault: Fault,
}

/// What holds for every request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Requests, and apart from them GraphQL points, that a token has in an hour: at first 5000 on GitHub and 65000 in Jira.
    pub hourly_limit: u32,
    /// How far the vendor's clock, as the `Date` header tells it, is ahead of the world's.
    pub clock_skew: TimeDelta,
    /// A GraphQL query that asks for more than this as its `first` runs into GitHub's timeout.
    pub largest_first: Option<u64>,
    /// A GraphQL field that is not known yet, as on an Enterprise Server that is older.
    pub unknown_field: Option<String>,
    /// How long it takes until Jira's search knows of a change. It finds what was created since not at all, and what was changed
    /// since not by when it was updated.
    pub search_lag: TimeDelta,
    /// An issue of Jira by which each page of a search fails that finds it, whatever is asked to be shown of it.
    pub unsearchable: Option<i64>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            hourly_limit: 5000,
            clock_skew: TimeDelta::zero(),
            largest_first: None,
            unknown_field: None,
            search_lag: TimeDelta::zero(),
            unsearchable: None,
        }
    }
}

/// Faults to come. It may be changed while the server runs.
#[derive(Debug, Default)]
pub struct Faults {
    /// Faults that wait for their request. The first that fits a request happens to it and is gone.
    pub plan: Mutex<VecDeque<Planned>>,
    /// What holds for every request.
    pub rules: Mutex<Rules>,
    random: Mutex<Option<(StdRng, f64)>>,
}

impl Faults {
    /// Plans a fault for the next request.
    pub fn next(&self, fault: Fault) {
        self.plan(On::Next, fault);
    }

    /// Plans a fault for the next request of a kind.
    pub fn plan(&self, on: On, fault: Fault) {
        self.plan.lock().push_back(Planned { on, after: 0, fault });
    }

    /// From now on a share of the requests fails in a way that goes away by trying again.
    pub fn at_random(&self, seed: u64, rate: f64) {
        *self.random.lock() = Some((StdRng::seed_from_u64(seed), rate));
    }

    /// Ends the plan and the chance. Rules stay.
    pub fn clear(&self) {
        self.plan.lock().clear();
        *self.random.lock() = None;
    }

    /// What happens to a request.
    pub(crate) fn strike(&self, path: &str, query: &str, operation: Option<(&str, &Value)>) -> Option<Fault> {
        let address = format!("{path}?{query}");
        let mut plan = self.plan.lock();
        let mut struck = None;
        for (i, planned) in plan.iter_mut().enumerate() {
            let fits = match &planned.on {
                On::Next => true,
                On::Operation(name) => operation.is_some_and(|(asked, _)| asked == name),
                On::Asking(name, part) => {
                    operation.is_some_and(|(asked, of)| asked == name && of.to_string().contains(part.as_str()))
                }
                On::Path(part) => path.contains(part.as_str()),
                On::Address(part) => address.contains(part.as_str()),
            };
            if fits && planned.after > 0 {
                planned.after -= 1;
            } else if fits {
                struck = Some(i);
                break;
            }
        }
        struck.and_then(|i| plan.remove(i)).map(|p| p.fault).or_else(|| self.chance())
    }

    fn chance(&self) -> Option<Fault> {
        let mut random = self.random.lock();
        let (dice, rate) = random.as_mut()?;
        if dice.random::<f64>() >= *rate {
            return None;
        }
        let passing = Fault::passing();
        passing.get(dice.random_range(0..passing.len())).cloned()
    }
}
