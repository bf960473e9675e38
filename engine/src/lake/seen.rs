//! At which versions a session read its tables, so that whoever keeps an answer knows for how long it holds.

use super::lazy::{Facts, TenantTable};
use super::{Snapshot, TenantLake};
use crate::entities::Layer;
use crate::{Error, Result};
use futures::future::try_join_all;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// Tables by schema and name, each at the version that was read.
///
/// While all of them stand at these versions, a question that depends on nothing else has the same answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Versions(BTreeMap<(&'static str, String), Version>);

/// The version of a table that was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Version {
    /// It held nothing.
    Empty,
    /// The table's own id, which one that was made anew does not share, and the number in its log.
    Of(String, u64),
    /// More than one: a commit came while the question was planned. It never stands again.
    Several,
}

impl Version {
    fn of(snapshot: Option<&Snapshot>) -> Self {
        snapshot.map_or(Self::Empty, |snapshot| Self::Of(snapshot.id().to_owned(), snapshot.version()))
    }
}

impl Versions {
    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a tenant's tables still stand at these versions. A table that was compacted meanwhile does not, though its rows
    /// are the same.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn stand(&self, lake: &TenantLake) -> Result<bool> {
        Ok(self.stand_in(&self.now(lake).await?))
    }

    /// The versions at which these tables stand now. A store that is far away is asked for all of them at once.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn now(&self, lake: &TenantLake) -> Result<Self> {
        let facts = Arc::new(Facts::new(lake));
        let mut asked = Vec::with_capacity(self.0.len());
        for (schema, name) in self.0.keys() {
            let table = TenantTable::named(lake, schema, name, &facts)?;
            asked.push(async move {
                let found = table.snapshot().await?;
                Ok::<_, Error>(((*schema, name.clone()), Version::of(found.as_deref())))
            });
        }
        Ok(Self(try_join_all(asked).await?.into_iter().collect()))
    }

    /// Whether these tables stand so among others.
    pub fn stand_in(&self, now: &Self) -> bool {
        self.0.iter().all(|(table, version)| now.0.get(table) == Some(version))
    }

    /// These and others; of a table that is among both these.
    #[must_use]
    pub fn and(mut self, others: &Self) -> Self {
        for (table, version) in &others.0 {
            self.0.entry(table.clone()).or_insert_with(|| version.clone());
        }
        self
    }

    /// These but for facts that are not among what was `read`.
    #[must_use]
    pub fn with_facts_of(&self, read: &Self) -> Self {
        let is_kept = |table: &(&'static str, String)| table.0 != Layer::Facts.name() || read.0.contains_key(table);
        let kept = self.0.iter().filter(|(table, _)| is_kept(table));
        Self(kept.map(|(table, version)| (table.clone(), version.clone())).collect())
    }
}

/// `core.projects@3 facts.changes@17`. A table that held nothing has no number, one that was read at several a question mark.
impl std::fmt::Display for Versions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, ((schema, name), version)) in self.0.iter().enumerate() {
            let space = if place == 0 { "" } else { " " };
            write!(f, "{space}{schema}.{name}@")?;
            match version {
                Version::Empty => {}
                Version::Of(_, number) => write!(f, "{number}")?,
                Version::Several => f.write_str("?")?,
            }
        }
        Ok(())
    }
}

/// Where the tables of a session note what is read of them.
#[derive(Clone, Debug, Default)]
pub struct Seen(Arc<Mutex<Noted>>);

#[derive(Debug, Default)]
struct Noted {
    versions: Versions,
    /// How many reads were noted.
    reads: u64,
    /// Which of them was the last of each table.
    last: BTreeMap<(&'static str, String), u64>,
}

impl Noted {
    fn reads(&mut self, table: (&'static str, String)) {
        self.reads += 1;
        self.last.insert(table, self.reads);
    }
}

impl Seen {
    /// What was read until now.
    pub fn versions(&self) -> Versions {
        self.0.lock().versions.clone()
    }

    /// How many reads were noted until now.
    pub(crate) fn reads(&self) -> u64 {
        self.0.lock().reads
    }

    /// What was read since there had been so many reads.
    pub(crate) fn since(&self, reads: u64) -> Versions {
        let noted = self.0.lock();
        let is_since = |table: &(&'static str, String)| noted.last.get(table).is_some_and(|last| *last > reads);
        let read = noted.versions.0.iter().filter(|(table, _)| is_since(table));
        Versions(read.map(|(table, version)| (table.clone(), version.clone())).collect())
    }

    /// Notes that what was read before is made use of once more, without being read.
    pub(crate) fn again(&self, read: &Versions) {
        let mut noted = self.0.lock();
        for table in read.0.keys() {
            noted.reads(table.clone());
        }
    }

    pub(super) fn note(&self, schema: &'static str, name: &str, snapshot: Option<&Arc<Snapshot>>) {
        let read = Version::of(snapshot.map(Arc::as_ref));
        let mut noted = self.0.lock();
        noted.reads((schema, name.to_owned()));
        match noted.versions.0.entry((schema, name.to_owned())) {
            Entry::Vacant(table) => {
                table.insert(read);
            }
            Entry::Occupied(mut table) if *table.get() != read => {
                table.insert(Version::Several);
            }
            Entry::Occupied(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Lake, Options};
    use super::*;
    use crate::TenantId;
    use crate::entities::CORE;
    use object_store::memory::InMemory;
    use object_store::throttle::{ThrottleConfig, ThrottledStore};
    use std::time::Duration;

    /// A store that is far away answers nobody yet when most of them have asked.
    #[tokio::test]
    async fn many_tables_are_looked_up_at_once() {
        let wait = Duration::from_millis(200);
        let far = ThrottleConfig { wait_get_per_call: wait, wait_list_per_call: wait, ..ThrottleConfig::default() };
        let store = Arc::new(ThrottledStore::new(InMemory::new(), far));
        let lake = Lake::over(store, Options::default()).unwrap();
        let acme = lake.tenant(&TenantId::new("acme").unwrap());
        let seen = Seen::default();
        for entity in CORE {
            seen.note("core", entity.name, None);
        }
        let versions = seen.versions();
        let mut looked = Box::pin(versions.stand(&acme));
        let asked = || lake.costs().reads + lake.costs().lists;
        let most = CORE.len() as u64 / 2;
        // One look at many things does not begin all of them. One after the other, the second would be asked for once the first was answered.
        for _ in 0..100 {
            assert!(futures::poll!(&mut looked).is_pending());
            if asked() > most {
                break;
            }
            tokio::task::yield_now().await;
        }
        assert!(asked() > most, "{} of {} tables", asked(), CORE.len());
        assert!(looked.await.unwrap());
    }
}
