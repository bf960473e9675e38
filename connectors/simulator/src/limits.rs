//! How much a token has used of its hour.

use crate::world::Time;
use chrono::TimeDelta;
use std::collections::BTreeMap;

/// What is counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Resource {
    Core,
    Graphql,
}

impl Resource {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Graphql => "graphql",
        }
    }
}

/// Where a token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) limit: u32,
    pub(crate) used: u32,
    pub(crate) resets_at: Time,
}

impl Standing {
    pub(crate) fn remaining(self) -> u32 {
        self.limit.saturating_sub(self.used)
    }
}

/// The hours that have begun, by token and resource: how much is used, and when they end.
#[derive(Debug, Default)]
pub(crate) struct Limits(BTreeMap<(String, Resource), (u32, Time)>);

impl Limits {
    /// Counts a cost, which may be nothing, and tells where the token stands then. An hour begins with its first request.
    pub(crate) fn charge(&mut self, token: &str, resource: Resource, cost: u32, limit: u32, now: Time) -> Standing {
        let hour = self.0.entry((token.to_owned(), resource)).or_insert((0, now + TimeDelta::hours(1)));
        if hour.1 <= now {
            *hour = (0, now + TimeDelta::hours(1));
        }
        hour.0 = hour.0.saturating_add(cost).min(limit);
        Standing { limit, used: hour.0, resets_at: hour.1 }
    }

    /// Uses up all that is left until an instant.
    pub(crate) fn exhaust(&mut self, token: &str, resource: Resource, limit: u32, until: Time) {
        self.0.insert((token.to_owned(), resource), (limit, until));
    }
}
