//! Lines of pushed files that no id names: a reject of one goes by its file and line, and must go when the file is repaired.

use crate::Result;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Lines from the first to the last.
type Range = (i64, i64);

/// How many ranges are kept of a file. Beyond them the last one grows over good lines, too, which costs a few payloads.
const RANGES: usize = 1_000;

/// The lines without an id that the last push of each file found, by entity and file: the cursor of the connection.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(super) struct Nameless(BTreeMap<String, Vec<Range>>);

impl Nameless {
    /// The lines of a file.
    pub(super) fn of(&self, file: &str) -> &[Range] {
        self.0.get(file).map_or(&[], Vec::as_slice)
    }

    /// The same, with other lines of that file.
    pub(super) fn with(&self, file: &str, ranges: impl Iterator<Item = Range>) -> Self {
        let mut all: Vec<_> = ranges.collect();
        all.sort_unstable();
        let mut ranges = Ranges::default();
        all.into_iter().for_each(|range| ranges.extend(range));
        let mut new = self.clone();
        if ranges.0.is_empty() {
            new.0.remove(file);
        } else {
            new.0.insert(file.to_owned(), ranges.0);
        }
        new
    }

    /// The cursor to land, when it is another than before.
    pub(super) fn changed(&self, old: &Self) -> Result<Option<String>> {
        Ok(if self == old { None } else { Some(serde_json::to_string(self)?) })
    }
}

/// Lines in their order, as few ranges as they take.
#[derive(Debug, Default)]
pub(super) struct Ranges(Vec<Range>);

impl Ranges {
    pub(super) fn add(&mut self, line: i64) {
        self.extend((line, line));
    }

    fn extend(&mut self, (first, last): Range) {
        let full = self.0.len() >= RANGES;
        match self.0.last_mut() {
            Some(end) if full || first <= end.1 + 1 => end.1 = end.1.max(last),
            _ => self.0.push((first, last)),
        }
    }

    pub(super) fn all(&self) -> &[Range] {
        &self.0
    }

    /// Whether a line is among them.
    pub(super) fn has(&self, line: i64) -> bool {
        let at = self.0.partition_point(|(_, last)| *last < line);
        self.0.get(at).is_some_and(|(first, _)| *first <= line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulse_engine::land::CURSOR;

    #[test]
    fn lines_are_kept_as_ranges_of_which_there_are_not_too_many() {
        let mut ranges = Ranges::default();
        [1, 2, 3, 7].into_iter().for_each(|line| ranges.add(line));
        assert_eq!(ranges.all(), [(1, 3), (7, 7)]);
        assert!(ranges.has(1) && ranges.has(3) && ranges.has(7) && !ranges.has(4) && !ranges.has(8));
        (0..5_000).for_each(|n| ranges.add(10 + 2 * n));
        assert_eq!((ranges.all().len(), ranges.all().last().unwrap().1), (RANGES, 10 + 2 * 4_999));
    }

    #[test]
    fn a_file_without_such_lines_is_forgotten() {
        let cursors = pulse_engine::land::only(Some(r#"{"teams/a":[[3,3]]}"#.to_owned()));
        let old: Nameless = crate::source::cursor(&cursors, CURSOR, "push:file").unwrap();
        assert_eq!(old.of("teams/a"), [(3, 3)]);
        assert_eq!(old.with("teams/a", [].into_iter()), Nameless::default());
        assert_eq!(old.with("teams/a", [(3, 3)].into_iter()).changed(&old).unwrap(), None);
    }
}
