//! Whether two heaps of rows are the same, without holding either.

use crate::Result;
use arrow::array::RecordBatch;
use arrow::row::{RowConverter, SortField};
use std::hash::{DefaultHasher, Hasher as _};

/// What rows come to, in whatever order and batches: how many there are, and the sum of 128 bits of hash for each.
///
/// Two different heaps agree by chance once in 2^128. Good within one process, not to be stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Digest {
    rows: u64,
    sum: u128,
}

impl Digest {
    /// Adds the rows of a batch.
    pub(crate) fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        for hash in hashes(batch)? {
            self.sum = self.sum.wrapping_add(hash);
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }
}

/// 128 bits of hash of each row. Good within one process, not to be stored.
pub(crate) fn hashes(batch: &RecordBatch) -> Result<Vec<u128>> {
    let fields = batch.schema().fields().iter().map(|f| SortField::new(f.data_type().clone())).collect();
    let rows = RowConverter::new(fields)?.convert_columns(batch.columns())?;
    let hash = |row: arrow::row::Row<'_>| {
        let half = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            hasher.write_u8(salt);
            hasher.write(row.data());
            u128::from(hasher.finish())
        };
        half(0) << 64 | half(1)
    };
    Ok(rows.iter().map(hash).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entities;
    use crate::row::{self, Row};

    fn digest(batches: &[&[&str]]) -> Digest {
        let entity = entities::core("commits").unwrap();
        let mut digest = Digest::default();
        for ids in batches {
            let rows: Vec<Row> = ids
                .iter()
                .map(|id| Row::new(entity).set("id", *id).set("parents", vec![id.to_string(), String::new()]))
                .collect();
            digest.add(&row::batch(entity, &rows).unwrap()).unwrap();
        }
        digest
    }

    #[test]
    fn order_and_batches_do_not_matter_and_every_row_does() {
        let whole = digest(&[&["a", "b", "c", "b"]]);
        assert_eq!(whole.rows(), 4);
        assert_eq!(digest(&[&["b"], &["c", "b", "a"]]), whole);
        for other in [&["a", "b", "c"][..], &["a", "b", "c", "c"], &["a", "b", "c", "B"], &["a", "a", "b", "c"]] {
            assert_ne!(digest(&[other]), whole, "{other:?}");
        }
    }
}
