//! Which connectors have landed anything of a tenant.

use super::TenantLake;
use crate::{Result, TenantId};
use object_store::ObjectStore as _;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// For how long it is known what was listed, for whoever takes what is known.
const KNOWN: Duration = Duration::from_secs(3600);

/// What the store listed last, and when, by tenant.
#[derive(Default)]
pub(super) struct Listed {
    kept: Mutex<HashMap<TenantId, (Instant, Arc<[String]>)>>,
    /// How often anything of it was forgotten.
    forgotten: AtomicU64,
}

impl Listed {
    fn within(&self, ttl: Duration, tenant: &TenantId) -> Option<Arc<[String]>> {
        let listed = self.kept.lock();
        let (at, names) = listed.get(tenant)?;
        (at.elapsed() < ttl).then(|| Arc::clone(names))
    }

    fn forgotten(&self) -> u64 {
        self.forgotten.load(Ordering::Acquire)
    }

    /// Keeps what was listed from an instant on, unless anything was forgotten since: it may lack what landed meanwhile.
    fn keep(&self, tenant: &TenantId, (at, forgotten): (Instant, u64), names: &Arc<[String]>) {
        let mut listed = self.kept.lock();
        if self.forgotten() != forgotten {
            return;
        }
        listed.retain(|_, (at, _)| at.elapsed() < KNOWN);
        listed.insert(tenant.clone(), (at, Arc::clone(names)));
    }

    pub(super) fn forget(&self, tenant: &TenantId) {
        let mut listed = self.kept.lock();
        self.forgotten.fetch_add(1, Ordering::Release);
        listed.remove(tenant);
    }
}

impl TenantLake {
    /// The connectors that have landed anything, in order.
    ///
    /// # Errors
    /// [`Error::Store`](crate::Error::Store) when the store cannot be listed.
    pub async fn connectors(&self) -> Result<Vec<String>> {
        let listed = self.store.list_with_delimiter(Some(&self.prefix.clone().join("raw"))).await?;
        let mut names: Vec<_> = listed.common_prefixes.iter().filter_map(|p| p.filename().map(str::to_owned)).collect();
        names.sort();
        Ok(names)
    }

    /// The same as queries see them: at most [`Options::snapshot_ttl`](super::Options::snapshot_ttl) old, as tables are. That there are
    /// none is asked each time, so that what lands first is seen at once.
    ///
    /// # Errors
    /// As [`TenantLake::connectors`].
    pub(crate) async fn connectors_seen(&self) -> Result<Arc<[String]>> {
        let (listed, ttl) = (&self.lake.listed, self.options().snapshot_ttl);
        if let Some(names) = listed.within(ttl, &self.id) {
            return Ok(names);
        }
        let begun = (Instant::now(), listed.forgotten());
        let names: Arc<[String]> = self.connectors().await?.into();
        if names.is_empty() {
            // Another process may have erased the tenant.
            listed.forget(&self.id);
        } else {
            listed.keep(&self.id, begun, &names);
        }
        Ok(names)
    }

    /// The same as whoever asked last saw them, within the last hour: for who looks around, which asks the store only where nobody has asked.
    ///
    /// # Errors
    /// As [`TenantLake::connectors`].
    pub(crate) async fn connectors_known(&self) -> Result<Arc<[String]>> {
        match self.lake.listed.within(KNOWN, &self.id) {
            Some(names) => Ok(names),
            None => self.connectors_seen().await,
        }
    }

    /// A connector has landed something. One that is new is seen at once by whoever asks in this process.
    pub(crate) fn has_landed(&self, connector: &str) {
        let known = self.lake.listed.within(Duration::MAX, &self.id);
        if known.is_none_or(|names| !names.iter().any(|name| name == connector)) {
            self.lake.listed.forget(&self.id);
        }
    }
}
