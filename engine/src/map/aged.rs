//! Rows of core that are older than they are to be, and the payloads that nothing else was made of.
//!
//! A payload goes when all that was made of it is as old. One that tells of anything else stays, and its rows stay with it: so a replay brings
//! back none that went, and each row that is left has its payload. Payloads go before their rows: killed in between, the next run lets go of
//! rows whose payload is no more.

use super::Mapper;
use super::going::{Going, MOST, payloads};
use crate::Result;
use crate::entities::{CORE, Entity};
use crate::lake::TenantLake;
use crate::lake::parts::MARK;
use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;
use futures::TryStreamExt as _;
use std::collections::HashSet;

/// Tables of core whose rows may go, each with the column that says when a row was over; those of which others are parts come first.
pub type Ends = [(&'static Entity, &'static str)];

/// Lets go of rows of some tables that were over before an instant, with the payloads of a connector that nothing else was made of; how
/// many rows. They are of tables whose rows are counted each by itself, at the time when it was over, and that no other row needs: figures of
/// what came later do not change. None goes while any payload is not mapped by the mapper's rules. What a source tells again is there
/// again until the next time.
///
/// # Errors
/// When storage fails; running it again is safe.
pub async fn forget_aged(lake: &TenantLake, mapper: &dyn Mapper, ends: &Ends, before: i64) -> Result<u64> {
    let Some(mut going) = Going::of(lake, mapper).await? else { return Ok(0) };
    let aged = Aged { lake, connector: going.connector, ends, before };
    let over = aged.over().await?;
    // Rows of what landed meanwhile have payloads that are none of these: they go the next time.
    if over.is_empty() || !going.is_alone().await? {
        return Ok(0);
    }
    // Rows whose payload is not met are left of a run that was killed.
    let (mut groups, mut goes) = (Vec::new(), over);
    for (may_go, files) in going.streams(mapper) {
        let mut rows = going.sorted(&files).await?;
        let (mut key, mut group) = (String::new(), Group::default());
        while let Some(batch) = rows.try_next().await? {
            for (next, at, place) in payloads(going.connector, &batch) {
                if next != key {
                    groups.extend(std::mem::take(&mut group).filled(may_go));
                    next.clone_into(&mut key);
                }
                group.is_over |= goes.remove(&place);
                group.payloads.push((place, at));
            }
        }
        groups.extend(group.filled(may_go));
    }
    let due = aged.alone(groups).await?;
    if !due.is_empty() && going.go(|place| due.contains(place)).await? {
        goes.extend(due);
    }
    going.settle().await?;
    aged.let_go(&goes).await
}

/// The payloads of a key: where each stands, and when it was read.
#[derive(Default)]
struct Group {
    payloads: Vec<(String, i64)>,
    /// Whether a row that is over was made of one.
    is_over: bool,
}

impl Group {
    /// It, where it may go.
    fn filled(self, may_go: bool) -> Option<Vec<(String, i64)>> {
        (may_go && self.is_over).then_some(self.payloads)
    }
}

struct Aged<'a> {
    lake: &'a TenantLake,
    connector: &'static str,
    ends: &'a Ends,
    before: i64,
}

impl Aged<'_> {
    /// The columns of a table that are looked at; the last says when a row was over, of a table of which any may go.
    fn columns(&self, entity: &Entity) -> Vec<&'static str> {
        let end = self.ends.iter().find(|(known, _)| known.name == entity.name).map(|(_, end)| *end);
        ["raw", "deleted_at", "id"].into_iter().chain(end).collect()
    }

    /// Whether a row of a batch with those columns is over. What a source took away says so for as long as it stands.
    fn is_over(&self, batch: &RecordBatch, row: usize) -> bool {
        batch.num_columns() == 4 && batch.column(1).is_null(row) && {
            let ends = batch.column(3).as_primitive::<TimestampMicrosecondType>();
            ends.is_valid(row) && ends.value(row) < self.before
        }
    }

    /// Where the payloads stand that rows which are over were made of. Of very many only some: the others go the next time.
    async fn over(&self) -> Result<HashSet<String>> {
        let (mut over, connector) = (HashSet::new(), format!("{}/", self.connector));
        for (entity, _) in self.ends {
            let Some(newest) = self.lake.table(entity).latest().await? else { continue };
            let columns = self.columns(entity);
            let mut rows = newest.read(Some(&columns), None, &[]).await?;
            while let Some(batch) = rows.try_next().await? {
                let places = batch.column(0).as_string::<i32>().iter().enumerate();
                let known = places.filter_map(|(row, place)| place.filter(|_| self.is_over(&batch, row)));
                over.extend(known.filter(|place| place.starts_with(&connector)).map(str::to_owned));
                if over.len() >= MOST {
                    return Ok(over);
                }
            }
        }
        Ok(over)
    }

    /// The payloads of those groups of which nothing was made but what is over, and that may not have said that anything is gone.
    async fn alone(&self, groups: Vec<Vec<(String, i64)>>) -> Result<HashSet<String>> {
        let asked: HashSet<&str> = groups.iter().flatten().map(|(place, _)| place.as_str()).collect();
        let instants: HashSet<i64> = groups.iter().flatten().map(|(_, at)| *at).collect();
        let (mut kept, mut told) = (HashSet::new(), HashSet::new());
        for entity in CORE.iter().filter(|_| !asked.is_empty()) {
            let Some(newest) = self.lake.table(entity).latest().await? else { continue };
            let columns = self.columns(entity);
            let mut rows = newest.read(Some(&columns), None, &[]).await?;
            while let Some(batch) = rows.try_next().await? {
                let (places, ids) = (batch.column(0).as_string::<i32>(), batch.column(2).as_string::<i32>());
                let gone = batch.column(1).as_primitive::<TimestampMicrosecondType>();
                // A mark says no more than that its payload told all parts, which go with it.
                for row in (0..batch.num_rows()).filter(|row| !ids.value(*row).ends_with(MARK)) {
                    if places.is_valid(row) && asked.contains(places.value(row)) && !self.is_over(&batch, row) {
                        kept.insert(places.value(row).to_owned());
                    }
                    if gone.is_valid(row) && instants.contains(&gone.value(row)) {
                        told.insert(gone.value(row));
                    }
                }
            }
        }
        drop(asked);
        let may_go =
            |group: &Vec<(String, i64)>| group.iter().all(|(place, at)| !kept.contains(place) && !told.contains(at));
        Ok(groups.into_iter().filter(may_go).flatten().map(|(place, _)| place).collect())
    }

    /// Lets go of the rows that are over and were made of some payloads, which are no more, and of the marks that all parts were told by
    /// them; how many.
    async fn let_go(&self, of: &HashSet<String>) -> Result<u64> {
        let mut gone = 0;
        // The first table goes last: where somebody is killed in between, what is left of the others is found by its rows.
        for (entity, _) in self.ends.iter().rev().filter(|_| !of.is_empty()) {
            let (table, columns) = (self.lake.table(entity), self.columns(entity));
            let forgotten = table.forget(&columns, |batch| {
                let (places, ids) = (batch.column(0).as_string::<i32>(), batch.column(2).as_string::<i32>());
                let is_of = |row| places.is_valid(row) && of.contains(places.value(row));
                let goes = |row| is_of(row) && (ids.value(row).ends_with(MARK) || self.is_over(batch, row));
                Ok((0..batch.num_rows()).map(goes).collect())
            });
            gone += forgotten.await?;
        }
        Ok(gone)
    }
}
