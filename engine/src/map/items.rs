//! Work items that were done long ago go, each as one with its history and all else that is its own, and with the payloads that nothing else
//! was made of.
//!
//! An item goes when each of its payloads may. One that tells of anything else stays, and its items with it: so a replay brings back none
//! that went, and each row that is left has its payload. What says of things that were never seen that they are gone goes first, then
//! payloads, then rows, the items themselves last: killed in between, the next run finds what is left by them.

use super::Mapper;
use super::finished::{Finished, OWN, Place, each, text, time};
use super::going::{Going, payloads};
use crate::Result;
use crate::entities::{CORE, Entity, core};
use crate::lake::TenantLake;
use arrow::array::RecordBatch;
use futures::TryStreamExt as _;
use std::collections::{HashMap, HashSet};

/// Lets go of the work items of a connector that were done before an instant, and of which nothing has happened since, unless something holds
/// on to them that is younger or open; how many rows went, theirs and those of what is their own. None goes while any payload is not mapped by
/// the mapper's rules. The next model lets go of what was made of them. One that its source tells again is there again until the next time.
///
/// # Errors
/// When storage fails; running it again is safe.
pub async fn forget_items(lake: &TenantLake, mapper: &dyn Mapper, before: i64) -> Result<u64> {
    let Some(mut going) = Going::of(lake, mapper).await? else { return Ok(0) };
    let mut finished = Finished::of(lake, going.connector, before).await?;
    if finished.is_empty() {
        return Ok(0);
    }
    let made = made_of(lake, going.connector, &mut finished).await?;
    let groups = groups(&going, mapper, &made, &mut finished).await?;
    let groups = alone(lake, groups, &mut finished).await?;
    let due: HashSet<&str> = groups.iter().flat_map(|group| &group.payloads).map(|(place, _)| place.as_str()).collect();
    // What landed meanwhile may tell of any of them: they go the next time.
    if finished.is_empty() || !going.is_alone().await? {
        return Ok(0);
    }
    if !due.is_empty() {
        let_go_of_unseen(lake, &due).await?;
        if !going.go(|place| due.contains(place)).await? {
            return Ok(0);
        }
    }
    going.settle().await?;
    let_go(lake, &finished).await
}

/// The payloads of a key: where each stands, and when it was read; and the items that are told by them.
#[derive(Default)]
struct Group {
    payloads: Vec<(String, i64)>,
    items: Vec<Place>,
}

/// Of which items a payload tells, by where it stands, of those that go. One stays of which another connector tells something, too.
async fn made_of(lake: &TenantLake, connector: &str, finished: &mut Finished) -> Result<HashMap<String, Vec<Place>>> {
    let (mut made, mut held): (HashMap<String, Vec<Place>>, Vec<Place>) = Default::default();
    for (table, own) in OWN {
        let columns: Vec<&str> = std::iter::once("raw").chain(own.iter().copied()).collect();
        let note = |rows: &RecordBatch| {
            for row in 0..rows.num_rows() {
                let Some(place) = text(rows, 0, row) else { continue };
                let is_ours = place.strip_prefix(connector).is_some_and(|rest| rest.starts_with('/'));
                for item in owners(finished, rows, row, 1..columns.len()) {
                    if !is_ours {
                        held.push(item);
                    } else if let Some(items) = made.get_mut(place) {
                        items.push(item);
                    } else {
                        made.insert(place.to_owned(), vec![item]);
                    }
                }
            }
        };
        each(lake, table, &columns, note).await?;
    }
    held.into_iter().for_each(|item| finished.hold(item));
    for items in made.values_mut() {
        items.sort_unstable();
        items.dedup();
    }
    Ok(made)
}

/// The items that go of which a row is, as some of its columns say.
fn owners<'a>(
    finished: &'a Finished,
    rows: &'a RecordBatch,
    row: usize,
    columns: std::ops::Range<usize>,
) -> impl Iterator<Item = Place> + 'a {
    columns.filter_map(move |column| finished.going(text(rows, column, row)?))
}

/// The payloads of each key that tell of items that go.
async fn groups(
    going: &Going<'_>,
    mapper: &dyn Mapper,
    made: &HashMap<String, Vec<Place>>,
    finished: &mut Finished,
) -> Result<Vec<Group>> {
    let mut groups = Vec::new();
    for (may_go, files) in going.streams(mapper) {
        let mut rows = going.sorted(&files).await?;
        let (mut key, mut group) = (String::new(), Group::default());
        let mut fill = |group: &mut Group| {
            let group = std::mem::take(group);
            if may_go && !group.items.is_empty() {
                groups.push(group);
            } else {
                group.items.into_iter().for_each(|item| finished.hold(item));
            }
        };
        while let Some(batch) = rows.try_next().await? {
            for (next, at, place) in payloads(going.connector, &batch) {
                if next != key {
                    fill(&mut group);
                    next.clone_into(&mut key);
                }
                group.items.extend(made.get(&place).into_iter().flatten());
                group.payloads.push((place, at));
            }
        }
        fill(&mut group);
    }
    Ok(groups)
}

/// Those groups of which nothing was made but what goes, and that may not have said of anything else that it is gone. The items of the
/// others stay.
async fn alone(lake: &TenantLake, groups: Vec<Group>, finished: &mut Finished) -> Result<Vec<Group>> {
    let all = || groups.iter().flat_map(|group| &group.payloads);
    let asked: HashSet<&str> = all().map(|(place, _)| place.as_str()).collect();
    let instants: HashSet<i64> = all().map(|(_, at)| *at).collect();
    let (mut kept, mut told): (HashSet<String>, HashSet<i64>) = Default::default();
    for entity in CORE.iter().filter(|_| !asked.is_empty()) {
        let (columns, going) = (columns(entity), &*finished);
        let look = |rows: &RecordBatch| {
            // What was never seen tells of nothing.
            for row in (0..rows.num_rows()).filter(|row| time(rows, 1, *row).is_some()) {
                if owners(going, rows, row, SEEN.len()..columns.len()).next().is_some() {
                    continue;
                }
                kept.extend(text(rows, 0, row).filter(|place| asked.contains(*place)).map(str::to_owned));
                told.extend(time(rows, 2, row).filter(|gone| instants.contains(gone)));
            }
        };
        each(lake, entity.name, &columns, look).await?;
    }
    drop((asked, instants));
    let may_go = |group: &Group| group.payloads.iter().all(|(place, at)| !kept.contains(place) && !told.contains(at));
    let (mut groups, stay): (Vec<Group>, Vec<Group>) = groups.into_iter().partition(may_go);
    stay.into_iter().flat_map(|group| group.items).for_each(|item| finished.hold(item));
    // One that stays has others stay that are told by the same payloads.
    loop {
        let (go, stay): (Vec<Group>, Vec<Group>) =
            groups.into_iter().partition(|group| group.items.iter().all(|item| finished.goes(*item)));
        groups = go;
        if stay.is_empty() {
            return Ok(groups);
        }
        stay.into_iter().flat_map(|group| group.items).for_each(|item| finished.hold(item));
    }
}

/// The columns that are looked at of every row.
const SEEN: [&str; 3] = ["raw", "observed_at", "deleted_at"];

/// The columns of a table that are looked at; after those of every row stand those that hold the id of the item whose own a row is.
fn columns(entity: &Entity) -> Vec<&'static str> {
    let own = OWN.iter().find(|(table, _)| *table == entity.name).map(|(_, own)| *own);
    SEEN.into_iter().chain(own.into_iter().flatten().copied()).collect()
}

/// Lets go of what some payloads say is gone, or told whole, and was never seen.
async fn let_go_of_unseen(lake: &TenantLake, due: &HashSet<&str>) -> Result<()> {
    for entity in CORE {
        let table = lake.table(entity);
        let forgotten = table.forget(&SEEN, |rows| {
            let is_due = |row| text(rows, 0, row).is_some_and(|place| due.contains(place));
            Ok((0..rows.num_rows()).map(|row| time(rows, 1, row).is_none() && is_due(row)).collect())
        });
        forgotten.await?;
    }
    Ok(())
}

/// Lets go of the rows of the items that go; how many.
async fn let_go(lake: &TenantLake, finished: &Finished) -> Result<u64> {
    let mut gone = 0;
    // The items themselves stand first in the list.
    for (table, own) in OWN.into_iter().rev() {
        let table = lake.table(core(table)?);
        let forgotten = table.forget(own, |rows| {
            let goes = |row| owners(finished, rows, row, 0..own.len()).next().is_some();
            Ok((0..rows.num_rows()).map(goes).collect())
        });
        gone += forgotten.await?;
    }
    Ok(gone)
}
