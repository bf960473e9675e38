//! Which of two rows with one id counts.
//!
//! A core row is decided by its payloads alone, never by the order in which they arrived: of two payloads the one with
//! the later (`observed_at`, `raw`) gives the columns, and `deleted_at` is the latest deletion seen that is later than
//! that payload, of the row itself or of all parts of its thing ([`super::parts`]). Both are maxima, so rows may be merged
//! in any order and any number of times with the same end.

use super::parts::Marks;
use crate::entities::Entity;
use crate::{Error, Result};
use arrow::array::{
    Array as _, ArrayRef, AsArray as _, RecordBatch, StringArray, TimestampMicrosecondArray, UInt64Array,
};
use arrow::compute::{interleave_record_batch, take_record_batch};
use arrow::datatypes::TimestampMicrosecondType;
use datafusion::common::{HashMap, HashSet};
use std::sync::Arc;

/// What decides between rows of one id.
pub(crate) struct Side<'a> {
    observed: &'a TimestampMicrosecondArray,
    raw: &'a StringArray,
    deleted: &'a TimestampMicrosecondArray,
}

impl<'a> Side<'a> {
    pub(crate) fn of(entity: &Entity, rows: &'a RecordBatch) -> Result<Self> {
        Ok(Self {
            observed: times(entity, rows, "observed_at")?,
            raw: texts(entity, rows, "raw")?,
            deleted: times(entity, rows, "deleted_at")?,
        })
    }

    /// Which payload the row is made of. A row that only says "gone" has none, and is older than any.
    pub(crate) fn version(&self, row: usize) -> (Option<i64>, &str) {
        if self.observed.is_null(row) {
            return (None, "");
        }
        (Some(self.observed.value(row)), if self.raw.is_valid(row) { self.raw.value(row) } else { "" })
    }

    pub(crate) fn deleted(&self, row: usize) -> Option<i64> {
        self.deleted.is_valid(row).then(|| self.deleted.value(row))
    }

    /// A deletion, if it is later than the payload of the row.
    pub(crate) fn later(&self, row: usize, gone: Option<i64>) -> Option<i64> {
        gone.filter(|gone| self.version(row).0.is_none_or(|seen| *gone > seen))
    }
}

/// The columns of old rows that say what becomes of them.
pub(crate) const DECIDING: &[&str] = &["id", "observed_at", "raw", "deleted_at"];

/// What becomes of old rows when new ones are merged into them.
pub(crate) struct Merged {
    /// What each is made of: an old row or a new one, and its place among those.
    picks: Vec<(usize, usize)>,
    deleted: Vec<Option<i64>>,
    /// Which of them change.
    pub(crate) changed: Vec<bool>,
    /// Which of the new rows had their id among the old ones.
    pub(crate) met: HashSet<usize>,
}

const OLD: usize = 0;
const NEW: usize = 1;

impl Merged {
    /// Whether it changes any of them.
    pub(crate) fn is_change(&self) -> bool {
        self.changed.contains(&true)
    }

    /// What all of them become, of these old and new rows.
    pub(crate) fn rows(&self, old: &RecordBatch, new: &RecordBatch) -> Result<RecordBatch> {
        with_deleted(&interleave_record_batch(&[old, new], &self.picks)?, self.deleted.clone())
    }

    /// What those become that a new row takes the place of, for which no old row is needed.
    pub(crate) fn renewed(&self, new: &RecordBatch) -> Result<RecordBatch> {
        let (rows, deleted): (Vec<u64>, Vec<_>) = self
            .picks
            .iter()
            .zip(&self.deleted)
            .filter_map(|((of, row), deleted)| (*of == NEW).then_some((*row as u64, *deleted)))
            .unzip();
        with_deleted(&take_record_batch(new, &UInt64Array::from(rows))?, deleted)
    }

    /// Which of them change and are still made of themselves: that they are gone, or since when, is all that changes.
    pub(crate) fn kept(&self) -> impl Iterator<Item = bool> {
        self.picks.iter().zip(&self.changed).map(|((of, _), changed)| *of == OLD && *changed)
    }

    /// What those become, of themselves as they were.
    pub(crate) fn gone(&self, kept: &RecordBatch) -> Result<RecordBatch> {
        let deleted = self.deleted.iter().zip(self.kept()).filter_map(|(deleted, is_kept)| is_kept.then_some(*deleted));
        with_deleted(kept, deleted.collect())
    }
}

/// Merges new rows into old ones, of which [`DECIDING`] columns are looked at. `marks` are those among the new rows, as late as the table knows
/// them.
pub(crate) fn merge(
    entity: &Entity,
    old: &RecordBatch,
    new: &RecordBatch,
    waiting: &HashMap<&str, usize>,
    marks: &Marks,
) -> Result<Merged> {
    let (old_side, new_side) = (Side::of(entity, old)?, Side::of(entity, new)?);
    let ids = texts(entity, old, "id")?;
    let (mut picks, mut met, mut changed) =
        (Vec::with_capacity(old.num_rows()), HashSet::new(), Vec::with_capacity(old.num_rows()));
    let mut deleted = Vec::with_capacity(old.num_rows());
    for row in 0..old.num_rows() {
        let id = ids.value(row);
        let standing = old_side.deleted(row).max(marks.over(id));
        let Some(&other) = waiting.get(id) else {
            let gone = old_side.later(row, standing);
            changed.push(gone != old_side.deleted(row));
            picks.push((OLD, row));
            deleted.push(gone);
            continue;
        };
        met.insert(other);
        let newer = new_side.version(other) > old_side.version(row);
        let gone = standing.max(new_side.deleted(other));
        let gone = if newer { new_side.later(other, gone) } else { old_side.later(row, gone) };
        changed.push(newer || gone != old_side.deleted(row));
        picks.push(if newer { (NEW, other) } else { (OLD, row) });
        deleted.push(gone);
    }
    Ok(Merged { picks, deleted, changed, met })
}

/// The rows with another `deleted_at`.
pub(crate) fn with_deleted(rows: &RecordBatch, deleted: Vec<Option<i64>>) -> Result<RecordBatch> {
    let at = rows.schema().index_of("deleted_at")?;
    let mut columns = rows.columns().to_vec();
    columns[at] = Arc::new(TimestampMicrosecondArray::from(deleted).with_timezone("UTC")) as ArrayRef;
    Ok(RecordBatch::try_new(rows.schema(), columns)?)
}

/// A text column.
pub(crate) fn texts<'a>(entity: &Entity, rows: &'a RecordBatch, column: &str) -> Result<&'a StringArray> {
    rows.column_by_name(column).and_then(|c| c.as_string_opt::<i32>()).ok_or_else(|| lacks(entity, column))
}

/// A column of times.
pub(crate) fn times<'a>(entity: &Entity, rows: &'a RecordBatch, column: &str) -> Result<&'a TimestampMicrosecondArray> {
    let times = rows.column_by_name(column).and_then(|c| c.as_primitive_opt::<TimestampMicrosecondType>());
    times.ok_or_else(|| lacks(entity, column))
}

fn lacks(entity: &Entity, column: &str) -> Error {
    Error::Table { table: entity.path(), reason: format!("`{column}` is missing or of another kind than declared") }
}
