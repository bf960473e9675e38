//! At which versions a session read its tables, so that whoever keeps an answer knows for how long it holds.

use super::lazy::{Facts, TenantTable};
use super::{Snapshot, TenantLake};
use crate::Result;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Tables by schema and name, each at the version that was read; `None` where it held nothing.
///
/// While all of them stand at these versions, a question that depends on nothing else has the same answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Versions(BTreeMap<(&'static str, String), Option<u64>>);

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
            if table.snapshot().await?.map(|snapshot| snapshot.version()) != *version {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// `core.projects@3 facts.changes@17`: the same for the same versions alone. A table that held nothing has no number.
impl std::fmt::Display for Versions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, ((schema, name), version)) in self.0.iter().enumerate() {
            let space = if place == 0 { "" } else { " " };
            write!(f, "{space}{schema}.{name}@")?;
            if let Some(version) = version {
                write!(f, "{version}")?;
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
        // Read twice, a table may have moved on in between: an answer holds no longer than the older of both.
        let version = snapshot.map(|snapshot| snapshot.version());
        self.0.lock().0.entry((schema, name.to_owned())).or_insert(version);
    }
}
