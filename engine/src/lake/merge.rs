//! Which of two rows with one id counts.
//!
//! A core row is decided by its payloads alone, never by the order in which they arrived: of two payloads the one with
//! the later (`observed_at`, `raw`) gives the columns, and `deleted_at` is the latest deletion seen that is later than
//! that payload, of the row itself or of all parts of its thing ([`super::parts`]). Both are maxima, so rows may be merged
//! in any order and any number of times with the same end.

use super::parts::Marks;
use crate::entities::Entity;
use crate::{Error, Result};
use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::compute::interleave_record_batch;
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

/// What became of old rows.
pub(crate) struct Merged {
    /// They, with the new ones merged in; `None` when that changes none of them.
    pub(crate) rows: Option<RecordBatch>,
    /// Which of them it changes.
    pub(crate) changed: Vec<bool>,
    /// Which of the new rows had their id among the old ones.
    pub(crate) met: HashSet<usize>,
}

/// Merges new rows into old ones. `marks` are those among the new rows, as late as the table knows them.
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
            picks.push((0, row));
            deleted.push(gone);
            continue;
        };
        met.insert(other);
        let newer = new_side.version(other) > old_side.version(row);
        let gone = standing.max(new_side.deleted(other));
        let gone = if newer { new_side.later(other, gone) } else { old_side.later(row, gone) };
        changed.push(newer || gone != old_side.deleted(row));
        picks.push(if newer { (1, other) } else { (0, row) });
        deleted.push(gone);
    }
    let rows = match changed.contains(&true) {
        true => Some(with_deleted(&interleave_record_batch(&[old, new], &picks)?, deleted)?),
        false => None,
    };
    Ok(Merged { rows, changed, met })
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
