//! The queries that are under way, and the last that were.

use super::live::Live;
use super::query::{Door, Query};
use parking_lot::Mutex;
use pulse_engine::TenantId;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// How many queries of one asker are remembered when they are over, and of a tenant.
const OF_AN_ASKER: usize = 100;
const OF_A_TENANT: usize = 1_000;

/// The queries of all tenants.
#[derive(Default)]
pub(super) struct Known(Mutex<HashMap<TenantId, OfTenant>>);

#[derive(Default)]
struct OfTenant {
    live: HashMap<String, Arc<Live>>,
    /// By who asked, the oldest first.
    over: HashMap<String, VecDeque<Query>>,
    /// Whether nothing of it is remembered, since it is erased.
    is_forgotten: bool,
}

impl Known {
    pub(super) fn add(&self, tenant: &TenantId, id: &str, live: Arc<Live>) {
        self.0.lock().entry(tenant.clone()).or_default().live.insert(id.to_owned(), live);
    }

    /// A query is over: this is what came of it. A page that was kept is not remembered: it cost nothing, and is asked for often.
    pub(super) fn ends(&self, tenant: &TenantId, query: Query) {
        let mut known = self.0.lock();
        let known = known.entry(tenant.clone()).or_default();
        known.live.remove(&query.id);
        if !known.is_forgotten && (query.door != Door::Page || query.cached != Some(true)) {
            known.remember(query);
        }
    }

    /// Remembers nothing of a tenant, from now on either.
    pub(super) fn forget(&self, tenant: &TenantId) {
        let mut known = self.0.lock();
        let known = known.entry(tenant.clone()).or_default();
        known.over.clear();
        known.is_forgotten = true;
    }

    /// What is under way of a tenant.
    pub(super) fn under_way(&self, tenant: &TenantId) -> Vec<Arc<Live>> {
        self.0.lock().get(tenant).map(|known| known.live.values().map(Arc::clone).collect()).unwrap_or_default()
    }

    /// One is under way no more, and nothing came of it that is remembered.
    pub(super) fn leaves(&self, tenant: &TenantId, id: &str) {
        if let Some(known) = self.0.lock().get_mut(tenant) {
            known.live.remove(id);
        }
    }

    /// All of a tenant's, or those of one asker, the newest first.
    pub(super) fn of(&self, tenant: &TenantId, asker: Option<&str>) -> Vec<Query> {
        let known = self.0.lock();
        let Some(known) = known.get(tenant) else { return Vec::new() };
        let is_whose = |whose: &str| asker.is_none_or(|asker| whose == asker);
        let live = known.live.values().map(|live| live.told()).filter(|query| is_whose(&query.asker));
        let over = known.over.iter().filter(|(whose, _)| is_whose(whose)).flat_map(|(_, over)| over.iter().cloned());
        let mut queries: Vec<Query> = live.chain(over).collect();
        queries.sort_by(|a, b| (b.asked_at, &a.id).cmp(&(a.asked_at, &b.id)));
        queries
    }

    /// The queries that are under way for so long by now.
    pub(super) fn longer_than(&self, time: Duration) -> Vec<(TenantId, Query)> {
        let known = self.0.lock();
        let long = |(tenant, known): (&TenantId, &OfTenant)| {
            let long = known.live.values().filter(|live| live.since() >= time);
            long.map(|live| (tenant.clone(), live.told())).collect::<Vec<_>>()
        };
        known.iter().flat_map(long).collect()
    }

    /// What those are known by who asked queries that are under way for so long by now, in which tenant, each once.
    pub(super) fn known_by(&self, time: Duration) -> HashSet<(TenantId, String)> {
        let known = self.0.lock();
        let live = known.iter().flat_map(|(tenant, known)| known.live.values().map(move |live| (tenant, live)));
        let long = live.filter(|(_, live)| live.since() >= time);
        long.map(|(tenant, live)| (tenant.clone(), live.known_by.clone())).collect()
    }

    /// The queries under way of whoever is known by this.
    pub(super) fn of_whoever_is(&self, tenant: &TenantId, known_by: &str) -> Vec<Arc<Live>> {
        let live = self.under_way(tenant).into_iter();
        live.filter(|live| live.known_by == known_by).collect()
    }

    /// The one, of a tenant or of all, in whose rows nobody has read on for the longest, and for so long.
    pub(super) fn unread(&self, tenant: Option<&TenantId>, time: Duration) -> Option<Arc<Live>> {
        let known = self.0.lock();
        let meant = known.iter().filter(|(of, _)| tenant.is_none_or(|tenant| tenant == *of));
        let unread = meant.flat_map(|(_, known)| known.live.values()).filter_map(|live| Some((live.unread()?, live)));
        let longest = unread.filter(|(since, _)| *since >= time).max_by_key(|(since, _)| *since);
        longest.map(|(_, live)| Arc::clone(live))
    }

    /// Those of an asker that are under way, and were asked by this ticket.
    pub(super) fn of_ticket(&self, tenant: &TenantId, ticket: &str, asker: &str) -> Vec<Arc<Live>> {
        let known = self.0.lock();
        let Some(known) = known.get(tenant) else { return Vec::new() };
        let asked = |live: &&Arc<Live>| {
            let query = live.query();
            query.ticket.as_deref() == Some(ticket) && query.asker == asker
        };
        known.live.values().filter(asked).map(Arc::clone).collect()
    }

    /// One that is under way.
    pub(super) fn live(&self, tenant: &TenantId, id: &str, asker: Option<&str>) -> Option<Arc<Live>> {
        let known = self.0.lock();
        let live = known.get(tenant)?.live.get(id)?;
        asker.is_none_or(|asker| live.query().asker == asker).then(|| Arc::clone(live))
    }
}

impl OfTenant {
    /// Where there are too many of a tenant, the oldest of whoever has most goes: so who asks much takes nothing from others.
    fn remember(&mut self, query: Query) {
        let own = self.over.entry(query.asker.clone()).or_default();
        own.push_back(query);
        if own.len() > OF_AN_ASKER {
            own.pop_front();
        }
        if self.over.values().map(VecDeque::len).sum::<usize>() > OF_A_TENANT {
            let age = |own: &VecDeque<Query>| Reverse(own.front().and_then(|query| query.ended_at));
            if let Some(most) = self.over.values_mut().max_by_key(|own| (own.len(), age(own))) {
                most.pop_front();
            }
            self.over.retain(|_, own| !own.is_empty());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queries::State;

    fn query(asker: &str, n: i64) -> Query {
        Query {
            id: format!("{asker}-{n}"),
            asker: asker.to_owned(),
            door: Door::Sql,
            ticket: None,
            sees_all: true,
            statement: None,
            state: State::Finished,
            position: None,
            asked_at: n,
            ended_at: Some(n),
            milliseconds: 0,
            rows: 0,
            bytes: 0,
            memory_bytes: None,
            cached: Some(false),
            plan: None,
        }
    }

    fn ids(known: &Known, tenant: &TenantId, asker: Option<&str>) -> Vec<String> {
        known.of(tenant, asker).into_iter().map(|query| query.id).collect()
    }

    #[test]
    fn whoever_asks_little_has_their_last_queries_however_much_others_ask() {
        let (known, acme) = (Known::default(), TenantId::new("acme").unwrap());
        known.ends(&acme, query("ada", 0));
        for n in 1..=300 {
            known.ends(&acme, query("grace", n));
        }
        assert_eq!(ids(&known, &acme, Some("ada")), ["ada-0"]);
        let theirs = ids(&known, &acme, Some("grace"));
        assert_eq!((theirs.len(), theirs[0].as_str(), theirs[99].as_str()), (100, "grace-300", "grace-201"));
        assert_eq!(ids(&known, &acme, None).len(), 101);
    }

    #[test]
    fn of_a_tenant_a_thousand_are_remembered_and_the_oldest_of_whoever_has_most_goes_first() {
        let (known, acme) = (Known::default(), TenantId::new("acme").unwrap());
        known.ends(&acme, query("ada", 0));
        // Ten others have a hundred each, one after another: 1,001 with the one.
        for asker in 0..10 {
            for n in 1..=100 {
                known.ends(&acme, query(&format!("a{asker}"), asker * 100 + n));
            }
        }
        assert_eq!(ids(&known, &acme, None).len(), 1_000);
        assert_eq!(ids(&known, &acme, Some("ada")), ["ada-0"]);
        let first = ids(&known, &acme, Some("a0"));
        assert_eq!((first.len(), first[98].as_str()), (99, "a0-2"), "of those who have most, whose is the oldest");
    }

    #[test]
    fn of_a_tenant_that_is_forgotten_nothing_is_remembered_that_ends_later_either() {
        let known = Known::default();
        let [acme, other] = ["acme", "umbrella"].map(|id| TenantId::new(id).unwrap());
        for tenant in [&acme, &other] {
            known.ends(tenant, query("ada", 0));
        }
        known.forget(&acme);
        known.ends(&acme, query("ada", 1));
        assert!(ids(&known, &acme, None).is_empty());
        assert_eq!(ids(&known, &other, None), ["ada-0"]);
    }

    #[test]
    fn a_page_that_was_kept_is_not_remembered_and_one_that_was_made_is() {
        let (known, acme) = (Known::default(), TenantId::new("acme").unwrap());
        for (n, door, cached) in [
            (0, Door::Page, Some(true)),
            (1, Door::Page, Some(false)),
            (2, Door::Sql, Some(true)),
            (3, Door::Page, None),
        ] {
            known.ends(&acme, Query { door, cached, ..query("ada", n) });
        }
        assert_eq!(ids(&known, &acme, None), ["ada-3", "ada-2", "ada-1"]);
    }
}
