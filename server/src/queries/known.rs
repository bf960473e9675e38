//! The queries that are under way, and the last that were.

use super::life::Live;
use super::query::Query;
use parking_lot::Mutex;
use pulse_engine::TenantId;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// How many queries of a tenant are remembered when they are over.
const REMEMBERED: usize = 100;

/// The queries of all tenants.
#[derive(Default)]
pub(super) struct Known(Mutex<HashMap<TenantId, OfTenant>>);

#[derive(Default)]
struct OfTenant {
    live: HashMap<String, Arc<Live>>,
    over: VecDeque<Query>,
}

impl Known {
    pub(super) fn add(&self, tenant: &TenantId, id: &str, live: Arc<Live>) {
        self.0.lock().entry(tenant.clone()).or_default().live.insert(id.to_owned(), live);
    }

    /// A query is over: this is what came of it.
    pub(super) fn ends(&self, tenant: &TenantId, query: Query) {
        let mut known = self.0.lock();
        let known = known.entry(tenant.clone()).or_default();
        known.live.remove(&query.id);
        known.over.push_back(query);
        if known.over.len() > REMEMBERED {
            known.over.pop_front();
        }
    }

    /// All of a tenant's, or those of one asker, the newest first.
    pub(super) fn of(&self, tenant: &TenantId, asker: Option<&str>) -> Vec<Query> {
        let known = self.0.lock();
        let Some(known) = known.get(tenant) else { return Vec::new() };
        let live = known.live.values().map(|live| live.query());
        let mut queries: Vec<Query> = live.chain(known.over.iter().cloned()).collect();
        queries.retain(|query| asker.is_none_or(|asker| query.asker == asker));
        queries.sort_by(|a, b| (b.asked_at, &b.id).cmp(&(a.asked_at, &a.id)));
        queries
    }

    /// The queries that are under way for so long by now.
    pub(super) fn longer_than(&self, time: Duration) -> Vec<(TenantId, Query)> {
        let known = self.0.lock();
        let long = |(tenant, known): (&TenantId, &OfTenant)| {
            let long = known.live.values().filter(|live| live.since() >= time);
            long.map(|live| (tenant.clone(), live.query())).collect::<Vec<_>>()
        };
        known.iter().flat_map(long).collect()
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
