//! At which versions a session read its tables, so that whoever keeps an answer knows for how long it holds.

use super::lazy::{Facts, TenantTable};
use super::{Snapshot, TenantLake};
use crate::Result;
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
        let facts = Arc::new(Facts::new(lake));
        for ((schema, name), version) in &self.0 {
            let table = TenantTable::named(lake, schema, name, &facts)?;
            if Version::of(table.snapshot().await?.as_deref()) != *version {
                return Ok(false);
            }
        }
        Ok(true)
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
pub struct Seen(Arc<Mutex<Versions>>);

impl Seen {
    /// What was read until now.
    pub fn versions(&self) -> Versions {
        self.0.lock().clone()
    }

    pub(super) fn note(&self, schema: &'static str, name: &str, snapshot: Option<&Arc<Snapshot>>) {
        let read = Version::of(snapshot.map(Arc::as_ref));
        let mut versions = self.0.lock();
        match versions.0.entry((schema, name.to_owned())) {
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
