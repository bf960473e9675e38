//! Rows that are told all together: the parts of a thing.
//!
//! A payload that names every part of a thing (the files of a commit) says so by a mark: a row whose id is that of the
//! thing, a `/` and [`MARK`], and which says only that it is gone. Parts whose ids are that of the thing, a `/` and more,
//! and that were last seen before the mark, are gone with it. A mark stays, so that an older payload that comes late brings
//! no part back; like everything in [`super::merge`] it is a maximum, so the order in which payloads come does not matter.

use super::merge::{Side, texts, times, with_deleted};
use crate::Result;
use crate::entities::Entity;
use arrow::array::RecordBatch;
use datafusion::common::HashMap;
use std::borrow::Cow;

/// What the id of a mark ends with, and that of no other row: the unit separator of ASCII.
pub(crate) const MARK: char = '\u{1f}';
/// What stands between a thing's id and the rest of its parts'.
const BETWEEN: char = '/';

/// The id of the mark of a thing.
pub(crate) fn mark(thing: &str) -> String {
    let mut mark = String::with_capacity(thing.len() + 2);
    mark.push_str(thing);
    mark.extend([BETWEEN, MARK]);
    mark
}

/// Texts between which the id of a row is, and where that is a mark, those of the parts under it.
pub(crate) fn span(id: &str) -> (&str, Cow<'_, str>) {
    let parts = id.strip_suffix(MARK);
    match parts.zip(parts.and_then(|parts| parts.strip_suffix(BETWEEN))) {
        // The character after the one between is `0`.
        Some((parts, thing)) => (parts, Cow::Owned(format!("{thing}0"))),
        None => (id, Cow::Borrowed(id)),
    }
}

/// The marks that are known: how the ids of the parts begin, and when the mark was made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    until: HashMap<String, i64>,
    /// None of them is shorter or longer: most beginnings of an id are, and need not be looked for.
    lengths: (usize, usize),
}

impl Marks {
    /// The marks among some rows.
    pub(crate) fn of(entity: &Entity, rows: &RecordBatch) -> Result<Self> {
        let mut marks = Self::default();
        marks.note(entity, rows)?;
        Ok(marks)
    }

    /// Takes in the marks among some rows.
    pub(crate) fn note(&mut self, entity: &Entity, rows: &RecordBatch) -> Result<()> {
        for (id, at) in among(entity, rows)? {
            self.add(id, at);
        }
        Ok(())
    }

    fn add(&mut self, id: &str, at: i64) {
        let (shortest, longest) = if self.until.is_empty() { (id.len(), id.len()) } else { self.lengths };
        self.lengths = (shortest.min(id.len()), longest.max(id.len()));
        self.until.entry_ref(id).and_modify(|until| *until = at.max(*until)).or_insert(at);
    }

    /// Moves the marks that are known to where some rows have them, if that is later.
    pub(crate) fn standing(&mut self, entity: &Entity, rows: &RecordBatch) -> Result<()> {
        for (id, at) in among(entity, rows)? {
            if let Some(until) = self.until.get_mut(id) {
                *until = at.max(*until);
            }
        }
        Ok(())
    }

    /// Moves the marks that are known to where others have them, if that is later.
    pub(crate) fn join(&mut self, others: Self) {
        for (id, at) in others.until {
            if let Some(until) = self.until.get_mut(&id) {
                *until = at.max(*until);
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.until.is_empty()
    }

    /// The latest mark that a row of this id falls under.
    pub(crate) fn over(&self, id: &str) -> Option<i64> {
        if self.until.is_empty() {
            return None;
        }
        let (shortest, longest) = self.lengths;
        let ends = id.as_bytes().iter().enumerate().take(longest).skip(shortest.saturating_sub(1));
        let beginnings = ends.filter(|(_, byte)| **byte == BETWEEN as u8).filter_map(|(at, _)| id.get(..=at));
        beginnings.filter_map(|id| self.until.get(id).copied()).max()
    }

    /// Forgets the marks that no id after this one can fall under, when rows come in the order of their ids.
    pub(crate) fn pass(&mut self, id: &str) {
        self.until.retain(|parts, _| id.starts_with(parts.as_str()));
    }

    /// The rows with what the marks say of them.
    pub(crate) fn apply(&self, entity: &Entity, rows: &RecordBatch) -> Result<RecordBatch> {
        if self.is_empty() {
            return Ok(rows.clone());
        }
        let (side, ids) = (Side::of(entity, rows)?, texts(entity, rows, "id")?);
        let gone = |row| side.deleted(row).max(self.over(ids.value(row)));
        let deleted = (0..rows.num_rows()).map(|row| side.later(row, gone(row)));
        with_deleted(rows, deleted.collect())
    }
}

/// The marks among some rows, of which `id` and `deleted_at` are looked at.
fn among<'a>(entity: &Entity, rows: &'a RecordBatch) -> Result<Vec<(&'a str, i64)>> {
    let (ids, deleted) = (texts(entity, rows, "id")?, times(entity, rows, "deleted_at")?);
    let mark = |(id, at): (Option<&'a str>, Option<i64>)| Some((id?.strip_suffix(MARK)?, at?));
    Ok(ids.iter().zip(deleted).filter_map(mark).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(all: &[(&str, i64)]) -> Marks {
        let mut marks = Marks::default();
        all.iter().for_each(|(id, at)| marks.add(id, *at));
        marks
    }

    #[test]
    fn an_id_spans_itself_and_a_mark_all_parts_of_its_thing() {
        assert_eq!(span("git:a:1/x"), ("git:a:1/x", "git:a:1/x".into()));
        let mark = mark("git:a:1");
        let (low, high) = span(&mark);
        assert_eq!((low, &*high), ("git:a:1/", "git:a:10"));
        for part in ["git:a:1/x", "git:a:1/\u{10ffff}", mark.as_str()] {
            assert!(low <= part && *high >= *part, "{part}");
        }
        assert!("git:a:1" < low && *high <= *"git:a:10", "nothing of another thing");
        let odd = format!("x{MARK}");
        assert_eq!(span(&odd), (odd.as_str(), odd.as_str().into()), "it is no mark");
    }

    #[test]
    fn a_mark_is_over_the_parts_of_its_thing_alone() {
        let marks = marks(&[("a:b:1/x/", 9), ("a:b:1/", 5)]);
        for (id, over) in
            [("a:b:1", None), ("a:b:1/", Some(5)), ("a:b:1/y", Some(5)), ("a:b:1/x/z", Some(9)), ("a:b:10/y", None)]
        {
            assert_eq!(marks.over(id), over, "{id}");
        }
    }

    #[test]
    fn of_marks_that_are_known_the_later_counts() {
        let mut known = marks(&[("a/", 5), ("b/", 5)]);
        known.join(marks(&[("a/", 9), ("b/", 1), ("c/", 9)]));
        assert_eq!((known.over("a/x"), known.over("b/x"), known.over("c/x")), (Some(9), Some(5), None));
    }

    #[test]
    fn a_mark_is_forgotten_when_its_parts_have_passed() {
        let mut marks = marks(&[("a/", 5), ("bc/", 9)]);
        marks.pass("bc/x");
        assert_eq!(marks.until.keys().collect::<Vec<_>>(), ["bc/"]);
        marks.pass("c");
        marks.add("longer/", 1);
        marks.add("d/", 2);
        assert_eq!((marks.over("longer/x"), marks.over("d/x"), marks.over("bc/x")), (Some(1), Some(2), None));
    }
}
