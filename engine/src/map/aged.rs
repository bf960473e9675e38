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
use std::collections::{BTreeSet, HashSet};

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
    by_pages(lake, mapper, ends, before, MOST).await
}

/// The same, with so many places at once: those of rows that may never go keep none from the places after them.
async fn by_pages(lake: &TenantLake, mapper: &dyn Mapper, ends: &Ends, before: i64, most: usize) -> Result<u64> {
    let Some(mut going) = Going::of(lake, mapper).await? else { return Ok(0) };
    let aged = Aged { lake, connector: going.connector, ends, before, most };
    let (mut gone, mut page) = (0, aged.over("").await?);
    while let Some(last) = page.last().cloned() {
        // Rows of what landed meanwhile have payloads that are none of these: they go the next time.
        if !going.is_alone().await? {
            break;
        }
        let is_full = page.len() == most;
        // Rows whose payload is not met are left of a run that was killed.
        let mut goes: HashSet<String> = page.into_iter().collect();
        let groups = aged.groups(&going, mapper, &mut goes).await?;
        let due = aged.alone(groups).await?;
        if !due.is_empty() && going.go(|place| due.contains(place)).await? {
            goes.extend(due);
        }
        gone += aged.let_go(&goes).await?;
        page = if is_full { aged.over(&last).await? } else { BTreeSet::new() };
    }
    going.settle().await?;
    Ok(gone)
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
    /// How many places are looked at at once.
    most: usize,
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

    /// Where the payloads stand that rows which are over were made of: in order, the first after a place, as many as are looked at at once.
    async fn over(&self, after: &str) -> Result<BTreeSet<String>> {
        let (mut over, connector) = (BTreeSet::new(), format!("{}/", self.connector));
        for (entity, _) in self.ends {
            let Some(newest) = self.lake.table(entity).latest().await? else { continue };
            let columns = self.columns(entity);
            let mut rows = newest.read(Some(&columns), None, &[]).await?;
            while let Some(batch) = rows.try_next().await? {
                let places = batch.column(0).as_string::<i32>().iter().enumerate();
                let known = places.filter_map(|(row, place)| place.filter(|_| self.is_over(&batch, row)));
                for place in known.filter(|place| *place > after && place.starts_with(&connector)) {
                    over.insert(place.to_owned());
                    if over.len() > self.most {
                        over.pop_last();
                    }
                }
            }
        }
        Ok(over)
    }

    /// The payloads of each key of which some stand in a page, where they may go. The page is left with those places where none stands.
    async fn groups(
        &self,
        going: &Going<'_>,
        mapper: &dyn Mapper,
        page: &mut HashSet<String>,
    ) -> Result<Vec<Vec<(String, i64)>>> {
        let mut groups = Vec::new();
        for (may_go, files) in going.streams(mapper) {
            let mut rows = going.sorted(&files).await?;
            let (mut key, mut group) = (String::new(), Group::default());
            while let Some(batch) = rows.try_next().await? {
                for (next, at, place) in payloads(self.connector, &batch) {
                    if next != key {
                        groups.extend(std::mem::take(&mut group).filled(may_go));
                        next.clone_into(&mut key);
                    }
                    group.is_over |= page.remove(&place);
                    group.payloads.push((place, at));
                }
            }
            groups.extend(group.filled(may_go));
        }
        Ok(groups)
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

#[cfg(test)]
mod tests {
    use super::super::{Connection, Mapped, RawPayload, Reject, run};
    use super::*;
    use crate::entities::core;
    use crate::lake::{Lake, Options};
    use crate::land::{Page, Payload, land};
    use crate::row::{Row, Value};
    use crate::{Engine, TenantId};
    use object_store::memory::InMemory;
    use std::sync::Arc;

    /// Each payload is a build that was over at once. Those of some keys tell of a team as well.
    struct Runs;

    impl Mapper for Runs {
        fn connector(&self) -> &'static str {
            "toy"
        }

        fn map(&self, connection: &Connection, payload: RawPayload<'_>, out: &mut Mapped) -> Result<(), Reject> {
            let (builds, teams) = (core("builds").unwrap(), core("teams").unwrap());
            let id = format!("{}:{}@{}", connection.id, payload.key, payload.observed_at);
            if payload.key.starts_with("team") {
                out.push(Row::new(teams).set("id", id.as_str()).set("name", payload.key))?;
            }
            let build = Row::new(builds).set("id", id).set("repository_id", "toy:a:r").set("status", "succeeded");
            out.push(build.set("finished_at", Value::Time(10)))
        }
    }

    #[tokio::test]
    async fn rows_that_may_never_go_keep_none_of_the_others_from_going_however_many_they_are() {
        for most in [1, 2, 3, 100] {
            let lake = Lake::over(Arc::new(InMemory::new()), Options::default()).unwrap();
            let tenant = Engine::over(lake).tenant(&TenantId::new("acme").unwrap());
            let said =
                |key: &str, at| Payload { stream: "runs".into(), key: key.into(), observed_at: at, body: "{}".into() };
            // The payloads of `old-2` go with each other, though they stand in two pages.
            let keys = ["old-2", "team-1", "team-2", "old-1", "team-3", "old-2", "team-4", "old-3"];
            let payloads = (1..).zip(keys).map(|(at, key)| said(key, at)).collect();
            land(tenant.lake(), "toy", "toy:a", Page { payloads, ..Page::default() }).await.unwrap();
            run(tenant.lake(), &Runs, false).await.unwrap();
            let ends = [(core("builds").unwrap(), "finished_at")];
            assert_eq!(by_pages(tenant.lake(), &Runs, &ends, 20, most).await.unwrap(), 4, "{most} at once");
            let mut left = Vec::new();
            let tables = [(tenant.lake().table(ends[0].0), "id"), (tenant.lake().raw("toy").unwrap(), "key")];
            for (table, column) in tables {
                let mut rows = table.latest().await.unwrap().unwrap().read(Some(&[column]), None, &[]).await.unwrap();
                while let Some(batch) = rows.try_next().await.unwrap() {
                    left.extend(batch.column(0).as_string::<i32>().iter().flatten().map(str::to_owned));
                }
            }
            left.sort();
            let (of_raw, of_builds) = ("team-1 team-2 team-3 team-4", "team-1@2 team-2@3 team-3@5 team-4@7");
            let builds = of_builds.split(' ').map(|key| format!("toy:a:{key}"));
            let stay: Vec<String> = of_raw.split(' ').map(str::to_owned).chain(builds).collect();
            assert_eq!(left, stay, "{most} at once");
            assert_eq!(by_pages(tenant.lake(), &Runs, &ends, 20, most).await.unwrap(), 0, "once");
        }
    }
}
