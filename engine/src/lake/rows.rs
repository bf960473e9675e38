//! Which rows of a file count. A few rows that changed are not worth writing a large file again: its deletion vector says which
//! of its rows are gone, and stands in the log beside the file's name, as the Delta protocol has it.

use super::DataFile;
use crate::{Error, Result};
use datafusion::datasource::physical_plan::parquet::ParquetRowSelection;
use deltalake::kernel::{DeletionVectorDescriptor, StorageType};
use parquet::arrow::arrow_reader::{RowSelection, RowSelector};
use roaring::RoaringTreemap;
use std::sync::Arc;

/// What a vector's bytes begin with, by the protocol: roaring bitmaps of 64 bits in their portable form.
const MAGIC: [u8; 4] = 1_681_511_377_u32.to_le_bytes();

/// The tag of a file's entry in the log that notes when the first of its rows went, in milliseconds since 1970.
pub(crate) const GONE_SINCE: &str = "pulseGoneSince";

/// The most rows of a file that may be gone: a vector of so many takes 10 kB of the log, each time that it grows.
const MOST_GONE: u64 = 1 << 12;
/// Which part of a file's rows may be gone.
const PART_GONE: u64 = 4;

/// Which rows of a file count, by their places in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Rows {
    /// Each.
    #[default]
    All,
    /// Each but these.
    But(Arc<RoaringTreemap>),
    /// These alone.
    Only(Arc<RoaringTreemap>),
    /// That cannot be told: the log holds a vector that is not to be read.
    Unknown(Arc<str>),
}

impl Rows {
    /// What a vector in the log leaves.
    pub(crate) fn left_by(vector: Option<&DeletionVectorDescriptor>) -> Self {
        match vector.map(gone) {
            None => Self::All,
            Some(Ok(gone)) => Self::But(Arc::new(gone)),
            Some(Err(reason)) => Self::Unknown(reason.into()),
        }
    }
}

/// The places that a vector names.
fn gone(vector: &DeletionVectorDescriptor) -> Result<RoaringTreemap, String> {
    if vector.storage_type != StorageType::Inline {
        return Err("it stands in a file of its own, where this version does not write any".to_owned());
    }
    let bytes = z85::decode(&vector.path_or_inline_dv).map_err(|error| error.to_string())?;
    let places = bytes.strip_prefix(&MAGIC).ok_or("it is in another form than the portable one")?;
    let gone = RoaringTreemap::deserialize_from(places).map_err(|error| error.to_string())?;
    if i64::try_from(gone.len()).ok() == Some(vector.cardinality) {
        Ok(gone)
    } else {
        Err(format!("it names {} rows, and is said to name {}", gone.len(), vector.cardinality))
    }
}

/// The vector that names `gone`, as the log has it.
pub(crate) fn vector(gone: &RoaringTreemap) -> Result<DeletionVectorDescriptor> {
    let mut bytes = MAGIC.to_vec();
    gone.serialize_into(&mut bytes).map_err(|error| Error::Setting(format!("a deletion vector: {error}")))?;
    let size_in_bytes = bytes.len() as i32;
    // The text stands for four bytes at a time.
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    Ok(DeletionVectorDescriptor {
        storage_type: StorageType::Inline,
        path_or_inline_dv: z85::encode(&bytes),
        offset: None,
        size_in_bytes,
        cardinality: gone.len() as i64,
    })
}

impl DataFile {
    /// Whether it is the same file, of which the same rows count.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.path == other.path && self.counted == other.counted
    }

    /// The places of the rows that are gone from it.
    pub(crate) fn gone(&self) -> Option<&RoaringTreemap> {
        match &self.counted {
            Rows::But(gone) => Some(gone),
            Rows::All | Rows::Only(_) | Rows::Unknown(_) => None,
        }
    }

    /// When the first of the rows went that are gone from it; where nobody noted that, it may have been as soon as it was written.
    pub(crate) fn rows_gone_since(&self) -> i64 {
        self.gone_since.unwrap_or(self.written_at)
    }

    /// The same file, of which only some rows count.
    pub(crate) fn only(&self, places: RoaringTreemap) -> Self {
        Self { rows: Some(places.len()), counted: Rows::Only(Arc::new(places)), ..self.clone() }
    }

    /// The same file, which holds so many rows.
    pub(crate) fn holding(&self, stored: u64) -> Self {
        let gone = self.gone().map_or(0, RoaringTreemap::len);
        Self { rows: Some(stored.saturating_sub(gone)), stored: Some(stored), ..self.clone() }
    }

    /// The same file, of which each row counts that it holds.
    pub(crate) fn whole(&self) -> Self {
        Self { rows: self.stored, counted: Rows::All, ..self.clone() }
    }

    /// What rows went from it, of which there is another state: those of `self` that do not count in `later`. `None` where that is not known.
    pub(crate) fn without(&self, later: &Self) -> Option<Self> {
        match (&self.counted, &later.counted) {
            (Rows::All, Rows::But(gone)) => Some(self.only(RoaringTreemap::clone(gone))),
            (Rows::But(before), Rows::But(gone)) => Some(self.only(&**gone - &**before)),
            _ => None,
        }
    }

    /// The places of the rows that count, in order; none where it is not known how many it holds.
    pub(crate) fn places(&self) -> impl Iterator<Item = u64> {
        let (named, count) = match &self.counted {
            Rows::All => (None, false),
            Rows::But(gone) => (Some(gone), false),
            Rows::Only(some) => (Some(some), true),
            Rows::Unknown(_) => (None, true),
        };
        // Both go up, so no place is looked for among all that are named.
        let mut named = named.into_iter().flat_map(|places| places.iter()).peekable();
        (0..self.stored.unwrap_or(0)).filter(move |place| named.next_if_eq(place).is_some() == count)
    }

    /// What more may be gone from it in a vector, before it is better written again.
    pub(crate) fn may_lose(&self) -> u64 {
        let gone = self.gone().map_or(0, RoaringTreemap::len);
        self.stored.unwrap_or(0).div_euclid(PART_GONE).min(MOST_GONE).saturating_sub(gone)
    }

    /// Which rows are to be read; `None` for all of them.
    ///
    /// # Errors
    /// What is wrong with what the log says of it.
    pub(crate) fn selection(&self) -> Result<Option<ParquetRowSelection>, String> {
        let (places, skipped) = match &self.counted {
            Rows::All => return Ok(None),
            Rows::But(gone) => (gone, true),
            Rows::Only(some) => (some, false),
            Rows::Unknown(reason) => {
                return Err(format!("the deletion vector of {} cannot be read: {reason}", self.path));
            }
        };
        let stored = self.stored.ok_or_else(|| format!("the log does not say how many rows {} holds", self.path))?;
        if places.max().is_some_and(|last| last >= stored) {
            return Err(format!("the deletion vector of {} names rows beyond its {stored}", self.path));
        }
        let selector = |rows: u64, skip: bool| RowSelector { row_count: rows as usize, skip };
        let (mut selectors, mut from) = (Vec::new(), 0);
        let mut named = places.iter().peekable();
        while let Some(first) = named.next() {
            let mut until = first + 1;
            while named.next_if_eq(&until).is_some() {
                until += 1;
            }
            if first > from {
                selectors.push(selector(first - from, !skipped));
            }
            selectors.push(selector(until - first, skipped));
            from = until;
        }
        if from < stored {
            selectors.push(selector(stored - from, !skipped));
        }
        Ok(Some(ParquetRowSelection::new(RowSelection::from(selectors))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn file(stored: u64, counted: Rows) -> DataFile {
        let rows = match &counted {
            Rows::But(gone) => stored - gone.len(),
            Rows::Only(some) => some.len(),
            Rows::All | Rows::Unknown(_) => stored,
        };
        let (path, partition) = ("part-1".to_owned(), BTreeMap::new());
        DataFile {
            path,
            bytes: 1,
            rows: Some(rows),
            stored: Some(stored),
            counted,
            vector: None,
            gone_since: None,
            partition,
            written_at: 0,
            stats: None,
        }
    }

    fn some(places: &[u64]) -> Arc<RoaringTreemap> {
        Arc::new(places.iter().copied().collect())
    }

    fn selected(file: &DataFile) -> Vec<(usize, bool)> {
        let selection = file.selection().unwrap().unwrap();
        selection.selection().iter().map(|run| (run.row_count, run.skip)).collect()
    }

    #[test]
    fn a_vector_is_read_as_it_was_written() {
        for places in [vec![0], vec![1, 2, 3], vec![7, 70_000, 262_143], (0..4096).map(|place| place * 3).collect()] {
            let gone: RoaringTreemap = places.iter().copied().collect();
            let written = vector(&gone).unwrap();
            assert_eq!((written.cardinality, written.offset), (places.len() as i64, None));
            assert_eq!(written.path_or_inline_dv.len(), (written.size_in_bytes as usize).div_ceil(4) * 5);
            assert_eq!(Rows::left_by(Some(&written)), Rows::But(Arc::new(gone)));
        }
    }

    #[test]
    fn a_vector_that_cannot_be_read_leaves_nothing_to_be_taken_for_a_figure() {
        let good = vector(&some(&[1, 2])).unwrap();
        let elsewhere = DeletionVectorDescriptor { storage_type: StorageType::UuidRelativePath, ..good.clone() };
        let miscounted = DeletionVectorDescriptor { cardinality: 3, ..good.clone() };
        let garbled = DeletionVectorDescriptor { path_or_inline_dv: "0000000000".to_owned(), ..good };
        for bad in [elsewhere, miscounted, garbled] {
            let file = file(10, Rows::left_by(Some(&bad)));
            assert!(matches!(file.counted, Rows::Unknown(_)), "{bad:?}");
            assert!(file.selection().unwrap_err().contains("cannot be read"));
            assert_eq!(file.places().count(), 0);
        }
    }

    #[test]
    fn rows_are_selected_in_runs() {
        assert_eq!(selected(&file(6, Rows::But(some(&[0, 1, 4])))), [(2, true), (2, false), (1, true), (1, false)]);
        assert_eq!(selected(&file(6, Rows::Only(some(&[0, 1, 4])))), [(2, false), (2, true), (1, false), (1, true)]);
        assert_eq!(selected(&file(3, Rows::Only(some(&[])))), [(3, true)]);
        assert_eq!(selected(&file(2, Rows::But(some(&[0, 1])))), [(2, true)]);
        assert!(file(6, Rows::All).selection().unwrap().is_none());
        assert!(file(6, Rows::But(some(&[6]))).selection().unwrap_err().contains("beyond its 6"));
    }

    #[test]
    fn what_counts_is_told_by_places() {
        let before = file(6, Rows::But(some(&[1])));
        assert_eq!(before.places().collect::<Vec<_>>(), [0, 2, 3, 4, 5]);
        assert_eq!(file(3, Rows::All).places().collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(file(3, Rows::Only(some(&[]))).places().count(), 0);
        let later = file(6, Rows::But(some(&[1, 3, 5])));
        assert_eq!(before.without(&later).unwrap().places().collect::<Vec<_>>(), [3, 5]);
        assert_eq!(file(6, Rows::All).without(&later).unwrap().places().collect::<Vec<_>>(), [1, 3, 5]);
        assert!(later.without(&file(6, Rows::All)).is_none());
        assert!(before.is(&before.clone()) && !before.is(&later));
        assert_eq!((later.whole().rows, later.only(RoaringTreemap::from_iter([2])).rows), (Some(6), Some(1)));
    }

    #[test]
    fn a_file_is_written_again_before_too_much_of_it_is_gone() {
        assert_eq!(file(100, Rows::All).may_lose(), 25);
        assert_eq!(file(100, Rows::But(some(&[1, 2, 3]))).may_lose(), 22);
        assert_eq!(file(1 << 18, Rows::All).may_lose(), MOST_GONE);
        assert_eq!(file(3, Rows::All).may_lose(), 0);
    }
}
