//! Work items that were done long ago, and that nothing holds on to which is younger or open.
//!
//! What is said of an item that stays must not change when others go. So those go together, or stay together, that are below one another or
//! linked; and an item stays while it is in a sprint or a version that is not over for as long. Of each home the item stays that changed last:
//! since when nothing has happened there is told by it.

use crate::Result;
use crate::entities::core;
use crate::lake::TenantLake;
use crate::model::items::home;
use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::{Date32Type, TimestampMicrosecondType};
use futures::TryStreamExt as _;
use std::collections::{HashMap, HashSet};

/// What is an item's own and goes with it, each table with the columns that hold the item's id. What its source knows of pull requests stays
/// as long as they do.
pub(super) const OWN: [(&str, &[&str]); 8] = [
    ("work_items", &["id"]),
    ("work_item_transitions", &["work_item_id"]),
    ("work_item_versions", &["work_item_id"]),
    ("work_item_components", &["work_item_id"]),
    ("work_item_links", &["from_id", "to_id"]),
    ("work_item_fields", &["work_item_id"]),
    ("sprint_items", &["work_item_id"]),
    ("comments", &["subject_id"]),
];

const DAY: i64 = 24 * 3600 * 1_000_000;

/// The place of an item among all.
pub(super) type Place = usize;

/// The items that may go, among all that are there.
pub(super) struct Finished {
    places: HashMap<String, Place>,
    goes: Vec<bool>,
    /// Which of them stay where another does.
    bonds: HashMap<Place, Vec<Place>>,
}

/// What is known of an item while it is decided whether it may go.
struct Item {
    home: usize,
    is_done: bool,
    /// When anything of it last happened.
    last: Option<i64>,
}

impl Finished {
    /// Those that were done, and of which nothing has happened since, before an instant, of the items that a connector's payloads tell.
    ///
    /// # Errors
    /// When storage fails.
    pub(super) async fn of(lake: &TenantLake, connector: &str, before: i64) -> Result<Self> {
        let mut all = All::default();
        each(lake, "work_items", &ITEMS, |rows| all.items(rows)).await?;
        let is_of = |id: &str| id.strip_prefix(connector).is_some_and(|rest| rest.starts_with(':'));
        let is_over = |item: &Item| item.is_done && item.last.is_none_or(|last| last < before);
        if !all.places.iter().any(|(id, place)| is_of(id) && all.items.get(*place).is_some_and(is_over)) {
            return Ok(Self { places: HashMap::new(), goes: Vec::new(), bonds: HashMap::new() });
        }
        each(lake, "work_item_transitions", &["work_item_id", "changed_at"], |rows| all.happened(rows)).await?;
        each(lake, "comments", &["subject_id", "created_at"], |rows| all.happened(rows)).await?;
        let mut goes = vec![false; all.items.len()];
        for place in all.places.iter().filter(|(id, _)| is_of(id)).map(|(_, place)| *place) {
            // Of one of which no time is known nobody knows how old it is.
            goes[place] = all.items.get(place).is_some_and(|item| item.last.is_some() && is_over(item));
        }
        all.held_by_sprints(lake, before, &mut goes).await?;
        all.held_by_versions(lake, before, &mut goes).await?;
        all.held_by_homes(&mut goes);
        each(lake, "work_item_links", &["from_id", "to_id"], |rows| all.bound(rows)).await?;
        each(lake, "work_items", &["id", "parent_id"], |rows| all.bound(rows)).await?;
        let mut finished = Self { places: all.places, goes, bonds: HashMap::new() };
        for (one, other) in all.bonds {
            if finished.goes[one] || finished.goes[other] {
                finished.bonds.entry(one).or_default().push(other);
                finished.bonds.entry(other).or_default().push(one);
            }
        }
        let stay: Vec<Place> = finished.bonds.keys().copied().filter(|place| !finished.goes[*place]).collect();
        stay.into_iter().for_each(|place| finished.stays_with(place));
        Ok(finished)
    }

    /// Whether none may go.
    pub(super) fn is_empty(&self) -> bool {
        !self.goes.contains(&true)
    }

    /// The item of an id, where it goes.
    pub(super) fn going(&self, id: &str) -> Option<Place> {
        self.places.get(id).copied().filter(|place| self.goes[*place])
    }

    /// Whether an item goes.
    pub(super) fn goes(&self, item: Place) -> bool {
        self.goes[item]
    }

    /// Has an item stay, and those with it that stay where it does.
    pub(super) fn hold(&mut self, item: Place) {
        if std::mem::take(&mut self.goes[item]) {
            self.stays_with(item);
        }
    }

    /// Has those stay that stay where an item does.
    fn stays_with(&mut self, item: Place) {
        let mut next = vec![item];
        while let Some(item) = next.pop() {
            for other in self.bonds.get(&item).into_iter().flatten() {
                if std::mem::take(&mut self.goes[*other]) {
                    next.push(*other);
                }
            }
        }
    }
}

const ITEMS: [&str; 8] =
    ["id", "deleted_at", "status_category", "created_at", "resolved_at", "project_id", "repository_id", "connection"];

/// All items that are there.
#[derive(Default)]
struct All {
    places: HashMap<String, Place>,
    items: Vec<Item>,
    homes: HashMap<String, usize>,
    bonds: Vec<(Place, Place)>,
}

impl All {
    fn items(&mut self, rows: &RecordBatch) {
        for row in (0..rows.num_rows()).filter(|row| rows.column(1).is_null(*row)) {
            let (Some(id), Some(connection)) = (text(rows, 0, row), text(rows, 7, row)) else { continue };
            let home = home(text(rows, 5, row), text(rows, 6, row), connection);
            let homes = self.homes.len();
            let home = *self.homes.entry(home.to_owned()).or_insert(homes);
            self.places.insert(id.to_owned(), self.items.len());
            self.items.push(Item {
                home,
                is_done: text(rows, 2, row) == Some("done"),
                last: time(rows, 3, row).max(time(rows, 4, row)),
            });
        }
    }

    /// Notes when something happened, of rows with an item and a time.
    fn happened(&mut self, rows: &RecordBatch) {
        for row in 0..rows.num_rows() {
            let item = text(rows, 0, row).and_then(|id| self.places.get(id)).and_then(|item| self.items.get_mut(*item));
            if let Some(item) = item {
                item.last = item.last.max(time(rows, 1, row));
            }
        }
    }

    /// Binds the items that two columns name, where both are there.
    fn bound(&mut self, rows: &RecordBatch) {
        let (places, bonds) = (&self.places, &mut self.bonds);
        let item = |column, row| text(rows, column, row).and_then(|id| places.get(id)).copied();
        bonds.extend((0..rows.num_rows()).filter_map(|row| item(0, row).zip(item(1, row))));
    }

    /// Has those stay that are, or were, in a sprint that was not over by then.
    async fn held_by_sprints(&self, lake: &TenantLake, before: i64, goes: &mut [bool]) -> Result<()> {
        let mut open = HashSet::new();
        let columns = ["id", "deleted_at", "state", "completed_at", "ends_at"];
        let opens = |rows: &RecordBatch| {
            for row in (0..rows.num_rows()).filter(|row| rows.column(1).is_null(*row)) {
                let ended = time(rows, 3, row).or_else(|| time(rows, 4, row));
                if text(rows, 2, row) != Some("closed") || ended.is_none_or(|ended| ended >= before) {
                    open.extend(text(rows, 0, row).map(str::to_owned));
                }
            }
        };
        each(lake, "sprints", &columns, opens).await?;
        self.held_by(lake, ("sprint_items", &["work_item_id", "sprint_id", "deleted_at"]), &open, goes).await
    }

    /// Has those stay that are to be fixed in a version that was not out by then, or that it affects.
    async fn held_by_versions(&self, lake: &TenantLake, before: i64, goes: &mut [bool]) -> Result<()> {
        let (mut open, day) = (HashSet::new(), before.div_euclid(DAY));
        let columns = ["id", "deleted_at", "is_released", "is_archived", "release_on"];
        let opens = |rows: &RecordBatch| {
            let is =
                |column: usize, row| rows.column(column).is_valid(row) && rows.column(column).as_boolean().value(row);
            let out = rows.column(4).as_primitive::<Date32Type>();
            for row in (0..rows.num_rows()).filter(|row| rows.column(1).is_null(*row)) {
                let is_late = out.is_valid(row) && i64::from(out.value(row)) >= day;
                if is_late || !(is(2, row) || is(3, row)) {
                    open.extend(text(rows, 0, row).map(str::to_owned));
                }
            }
        };
        each(lake, "versions", &columns, opens).await?;
        self.held_by(lake, ("work_item_versions", &["work_item_id", "version_id", "deleted_at"]), &open, goes).await
    }

    /// Has the items stay that rows of a table put into one of some things.
    async fn held_by(
        &self,
        lake: &TenantLake,
        (table, columns): (&str, &[&str]),
        things: &HashSet<String>,
        goes: &mut [bool],
    ) -> Result<()> {
        let hold = |rows: &RecordBatch| {
            for row in (0..rows.num_rows()).filter(|row| rows.column(2).is_null(*row)) {
                let is_in = text(rows, 1, row).is_some_and(|thing| things.contains(thing));
                if let Some(item) = text(rows, 0, row).filter(|_| is_in).and_then(|id| self.places.get(id)) {
                    goes[*item] = false;
                }
            }
        };
        each(lake, table, columns, hold).await
    }

    /// Has the item of each home stay that changed last.
    fn held_by_homes(&self, goes: &mut [bool]) {
        let mut last = vec![None; self.homes.len()];
        for item in &self.items {
            last[item.home] = item.last.max(last[item.home]);
        }
        for (item, goes) in self.items.iter().zip(goes) {
            *goes &= item.last < last[item.home];
        }
    }
}

/// Looks at some columns of all rows of a table of core.
pub(super) async fn each(
    lake: &TenantLake,
    table: &str,
    columns: &[&str],
    mut look: impl FnMut(&RecordBatch) + Send,
) -> Result<()> {
    let Some(newest) = lake.table(core(table)?).latest().await? else { return Ok(()) };
    let mut rows = newest.read(Some(columns), None, &[]).await?;
    while let Some(batch) = rows.try_next().await? {
        look(&batch);
    }
    Ok(())
}

/// The text of a row in a column.
pub(super) fn text(rows: &RecordBatch, column: usize, row: usize) -> Option<&str> {
    let texts = rows.column(column).as_string::<i32>();
    texts.is_valid(row).then(|| texts.value(row))
}

/// The time of a row in a column, in microseconds since 1970.
pub(super) fn time(rows: &RecordBatch, column: usize, row: usize) -> Option<i64> {
    let times = rows.column(column).as_primitive::<TimestampMicrosecondType>();
    times.is_valid(row).then(|| times.value(row))
}
