//! What some payloads became.

use super::fold::Fold;
use super::{Connection, Mapped, Mapper, RawPayload, Reject};
use crate::Result;
use crate::entities::Entity;
use crate::lake::TenantLake;
use crate::lake::parts::mark;
use crate::row::{Origin, Row};
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
        Self { wanted, lake: lake.clone(), only, tables: BTreeMap::new(), failed: HashMap::new(), fine: HashMap::new() }
    }

    /// How many rows stand in memory.
    pub(super) fn held(&self) -> usize {
        self.tables.values().map(Fold::held).sum()
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
        let key = || (connection.id.clone(), payload.stream.to_owned(), payload.key.to_owned());
        let mut mapped = Mapped::default();
        let mut outcome = mapper.map(connection, payload, &mut mapped).and_then(|()| mapped.owned_by(&connection.id));
        if outcome.is_err() && mapper.is_left(connection, payload) {
            (mapped, outcome) = (Mapped::default(), Ok(()));
        }
        if let Err(reject) = outcome {
            let key = key();
            let newer = self.failed.get(&key).is_none_or(|(at, old, _)| (*at, old) < (payload.observed_at, &place));
            if newer {
                self.failed.insert(key, (payload.observed_at, place, reject));
            }
            return Ok(());
        }
        let watched = match &self.wanted {
            Wanted::Everything => None,
            Wanted::Rows(watched) if watched.is_empty() => None,
            Wanted::Rows(watched) => Some(key()).filter(|key| watched.contains(key)),
            Wanted::Verdicts(_) => Some(key()),
        };
        if let Some(key) = watched
            && self.fine.get(&key).is_none_or(|(at, old)| (*at, old) < (payload.observed_at, &place))
        {
            self.fine.insert(key, (payload.observed_at, place.clone()));
        }
        if matches!(self.wanted, Wanted::Verdicts(_)) {
            return Ok(());
        }
        let origin = Origin { connection: &connection.id, at: payload.observed_at, raw: &place };
        for row in &mapped.rows {
            self.push(row, origin)?;
        }
        for (entity, id) in mapped.gone {
            self.gone(entity, &id, origin)?;
        }
        for (entity, thing) in mapped.whole {
            self.gone(entity, &mark(&thing), origin)?;
        }
        Ok(())
    }

    pub(super) fn push(&mut self, row: &Row, origin: Origin<'_>) -> Result<()> {
        self.fold(row.entity()).push(row, origin)
    }

    pub(super) fn gone(&mut self, entity: &'static Entity, id: &str, origin: Origin<'_>) -> Result<()> {
        self.fold(entity).gone(id, origin)
    }

    /// The rows of an entity, to which one is about to come.
    fn fold(&mut self, entity: &'static Entity) -> &mut Fold {
        self.tables.entry(entity.name).or_insert_with(|| match self.wanted {
            Wanted::Everything => Fold::on_disk(entity, &self.lake),
            _ => Fold::new(entity),
        })
    }
}
