//! What is modelled at once: no more than a part of the memory has room for that the engine is given.
//!
//! A repository is one piece, however large it is, since its lineage is one walk. The facts of a work item are made of its own rows alone, so
//! that a home with very many of them is cut.

use crate::lake::{TenantLake, size};
use arrow::array::RecordBatch;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use std::collections::{BTreeSet, HashMap};

/// The part of the memory that the rows of one piece may take. Two are held at once, one that is made and the next that is read, and what is
/// made of them is about as much.
const PART: usize = 16;
/// What a commit is taken to need, in bytes: about 300, and more where its texts are long.
const COMMIT: usize = 1 << 9;
/// What a work item is taken to need with its history.
const ITEM: usize = 1 << 11;
/// More than this many commits are no faster together.
const MOST_COMMITS: usize = 1 << 18;
/// And work items.
const MOST_ITEMS: usize = 1 << 16;

/// How many commits are held in memory together, where there is so much of it.
pub(super) fn commits(memory_bytes: usize) -> usize {
    (memory_bytes / PART / COMMIT).clamp(1, MOST_COMMITS)
}

/// How many work items are.
pub(super) fn items(memory_bytes: usize) -> usize {
    (memory_bytes / PART / ITEM).clamp(1, MOST_ITEMS)
}

/// Notes with the lake what rows take that are being modelled. It is always granted, since pieces are bounded; whoever asks after that gets
/// less.
pub(super) fn held<'b>(lake: &TenantLake, rows: impl Iterator<Item = &'b RecordBatch>) -> MemoryReservation {
    let memory = MemoryConsumer::new("rows that are modelled").register(lake.pool());
    memory.grow(rows.map(size).sum());
    memory
}

/// Work items that are modelled at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// What they live in.
    pub(super) homes: BTreeSet<String>,
    /// Which of those that live there; `None` for all of them.
    pub(super) items: Option<BTreeSet<String>>,
    /// Whether more of the same homes come after them.
    pub(super) goes_on: bool,
}

/// The work items of homes in pieces of at most so many, each home's one after the other. `ids` has those of the homes with more of them.
pub(super) fn cut(
    homes: BTreeSet<String>,
    counts: &HashMap<String, usize>,
    mut ids: HashMap<String, BTreeSet<String>>,
    most: usize,
) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for homes in groups(homes, counts, most) {
        // A home with more of them is alone in its group. Histories stand in the order of ids, so that each piece reads a part of them.
        let Some(ids) = homes.first().and_then(|home| ids.remove(home)) else {
            pieces.push(Piece { homes, items: None, goes_on: false });
            continue;
        };
        let mut left = ids.into_iter().peekable();
        while left.peek().is_some() {
            let items = left.by_ref().take(most).collect();
            pieces.push(Piece { homes: homes.clone(), items: Some(items), goes_on: left.peek().is_some() });
        }
    }
    pieces
}

/// The ids in groups of which each has at most so many rows, or is one alone.
pub(super) fn groups(ids: BTreeSet<String>, counts: &HashMap<String, usize>, most: usize) -> Vec<BTreeSet<String>> {
    let mut groups: Vec<BTreeSet<String>> = Vec::new();
    let mut size = 0;
    for id in ids {
        let own = counts.get(&id).copied().unwrap_or(0);
        match groups.last_mut().filter(|_| size + own <= most) {
            Some(group) => drop(group.insert(id)),
            None => {
                groups.push(BTreeSet::from([id]));
                size = 0;
            }
        }
        size += own;
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lake::Options;

    fn set(ids: &[&str]) -> BTreeSet<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn small_homes_are_modelled_together_and_a_large_one_in_pieces() {
        let counts = [("a", 1), ("b", 2), ("c", 7), ("d", 0), ("e", 3), ("f", 1)];
        let counts = HashMap::from(counts.map(|(home, count)| (home.to_owned(), count)));
        let ids = HashMap::from([("c".to_owned(), set(&["1", "2", "3", "4", "5", "6", "7"]))]);
        let piece = |homes: &[&str], items: &[&str], goes_on| Piece {
            homes: set(homes),
            items: (!items.is_empty()).then(|| set(items)),
            goes_on,
        };
        let made = cut(set(&["a", "b", "c", "d", "e", "f"]), &counts, ids, 3);
        let wanted = [
            piece(&["a", "b"], &[], false),
            piece(&["c"], &["1", "2", "3"], true),
            piece(&["c"], &["4", "5", "6"], true),
            piece(&["c"], &["7"], false),
            piece(&["d", "e"], &[], false),
            piece(&["f"], &[], false),
        ];
        assert_eq!(made, wanted);
    }

    #[test]
    fn pieces_are_as_large_as_the_memory_allows() {
        let usual = Options::default().memory_bytes;
        assert_eq!((commits(usual), items(usual)), (MOST_COMMITS, MOST_ITEMS));
        assert_eq!((commits(4 * usual), items(4 * usual)), (MOST_COMMITS, MOST_ITEMS));
        assert_eq!((commits(64 << 20), items(64 << 20)), (8_192, 2_048));
        assert_eq!((commits(0), items(0)), (1, 1));
    }
}
