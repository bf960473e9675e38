//! What some payloads became.

use super::fold::Fold;
use super::{Connection, Mapped, Mapper, RawPayload, Reject};
use crate::Result;
use crate::entities::Entity;
use crate::lake::TenantLake;
use crate::lake::parts::mark;
use crate::row::{Row, Value};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Connection, stream and key of a payload.
pub(super) type Key = (String, String, String);

/// What is wanted of some payloads.
pub(super) enum Wanted {
    /// The rows that they become, however many.
    Everything,
    /// The rows that they become, and which of these keys could be mapped.
    Rows(HashSet<Key>),
    /// Only whether payloads of these keys can be mapped.
    Verdicts(HashSet<Key>),
}

/// What some payloads became.
pub(super) struct Chunk {
    pub(super) wanted: Wanted,
    lake: TenantLake,
    /// The keys whose verdicts alone are wanted, without their connection and stream.
    only: Option<HashSet<String>>,
    pub(super) tables: BTreeMap<&'static str, Fold>,
    /// How many rows stand in `tables`.
    pub(super) rows: usize,
    pub(super) failed: HashMap<Key, (i64, String, Reject)>,
    /// The newest payload that could be mapped, of each key that is asked for.
    pub(super) fine: HashMap<Key, (i64, String)>,
}

impl Chunk {
    pub(super) fn new(wanted: Wanted, lake: &TenantLake) -> Self {
        let only = match &wanted {
            Wanted::Everything | Wanted::Rows(_) => None,
            Wanted::Verdicts(keys) => Some(keys.iter().map(|(_, _, key)| key.clone()).collect()),
        };
        Self {
            wanted,
            lake: lake.clone(),
            only,
            tables: BTreeMap::new(),
            rows: 0,
            failed: HashMap::new(),
            fine: HashMap::new(),
        }
    }

    /// Whether a payload of that key need be looked at.
    pub(super) fn wants(&self, key: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(key))
    }

    pub(super) fn add(
        &mut self,
        mapper: &dyn Mapper,
        connection: &Connection,
        payload: RawPayload<'_>,
        place: String,
    ) -> Result<()> {
        let key = (connection.id.clone(), payload.stream.to_owned(), payload.key.to_owned());
        let mut mapped = Mapped::default();
        let outcome = mapper.map(connection, payload, &mut mapped).and_then(|()| mapped.owned_by(&connection.id));
        if let Err(reject) = outcome {
            let newer = self.failed.get(&key).is_none_or(|(at, old, _)| (*at, old) < (payload.observed_at, &place));
            if newer {
                self.failed.insert(key, (payload.observed_at, place, reject));
            }
            return Ok(());
        }
        let watched = match &self.wanted {
            Wanted::Everything => false,
            Wanted::Rows(watched) => watched.contains(&key),
            Wanted::Verdicts(_) => true,
        };
        if watched && self.fine.get(&key).is_none_or(|(at, old)| (*at, old) < (payload.observed_at, &place)) {
            self.fine.insert(key, (payload.observed_at, place.clone()));
        }
        if matches!(self.wanted, Wanted::Verdicts(_)) {
            return Ok(());
        }
        for row in mapped.rows {
            let row = sourced(row, &connection.id, payload.observed_at, &place);
            self.push(row)?;
        }
        let marks = mapped.whole.into_iter().map(|(entity, thing)| (entity, mark(&thing)));
        for (entity, id) in mapped.gone.into_iter().chain(marks) {
            self.push(gone(entity, &id, &connection.id, payload.observed_at, &place))?;
        }
        Ok(())
    }

    pub(super) fn push(&mut self, row: Row) -> Result<()> {
        let entity = row.entity();
        let fold = self.tables.entry(entity.name).or_insert_with(|| match self.wanted {
            Wanted::Everything => Fold::on_disk(entity, &self.lake),
            _ => Fold::new(entity),
        });
        self.rows += 1;
        fold.push(row)
    }
}

pub(super) fn sourced(row: Row, connection: &str, observed_at: i64, place: &str) -> Row {
    row.set("connection", connection).set("observed_at", Value::Time(observed_at)).set("raw", place)
}

/// A row that says only that the thing is gone: it has no `observed_at`, so that any payload of the thing is newer.
pub(super) fn gone(entity: &'static Entity, id: &str, connection: &str, at: i64, place: &str) -> Row {
    Row::new(entity).set("id", id).set("connection", connection).set("raw", place).set("deleted_at", Value::Time(at))
}
