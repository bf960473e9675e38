//! Letting go of rows that were kept for long enough.

use super::commit::Change;
use super::draft::Draft;
use super::table::Table;
use super::upsert::removal;
use crate::Result;
use arrow::array::{AsArray as _, BooleanArray, RecordBatch};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::DataType;
use chrono::NaiveDate;
use futures::TryStreamExt as _;

impl Table {
    /// Takes out the rows that are over, in one commit; how many. `is_over` says it of each row of a batch that has `columns` alone, in
    /// that order. When a writer takes one of their files away meanwhile, all stay until the next time.
    ///
    /// # Errors
    /// When storage fails, or what `is_over` fails with.
    pub async fn forget(
        &self,
        columns: &[&str],
        is_over: impl Fn(&RecordBatch) -> Result<Vec<bool>> + Send + Sync,
    ) -> Result<u64> {
        let Some(base) = self.latest().await? else { return Ok(0) };
        let schema = self.entity().schema();
        let places = columns.iter().map(|name| schema.index_of(name)).collect::<Result<Vec<_>, _>>()?;
        let (mut draft, mut files, mut forgotten) = (Draft::new(self, true), Vec::new(), 0);
        for file in base.files() {
            let mut over = 0;
            let mut rows = base.read(Some(columns), Some(std::slice::from_ref(file)), &[]).await?;
            while let Some(batch) = rows.try_next().await? {
                over += is_over(&batch)?.into_iter().filter(|is_over| *is_over).count() as u64;
            }
            if over == 0 {
                continue;
            }
            let mut rows = base.read(None, Some(std::slice::from_ref(file)), &[]).await?;
            while let Some(batch) = rows.try_next().await? {
                let stays = is_over(&batch.project(&places)?)?.into_iter().map(|is_over| !is_over);
                let stays = BooleanArray::from(stays.collect::<Vec<bool>>());
                draft.push(filter_record_batch(&batch, &stays)?).await?;
            }
            files.push(file.clone());
            forgotten += over;
        }
        if files.is_empty() {
            return Ok(0);
        }
        let remove = files.iter().map(|file| removal(self, file, true)).collect();
        let change = Change { add: draft.finish().await?, remove, ..Change::default() };
        Ok(if self.swap(&files, &change).await? { forgotten } else { 0 })
    }

    /// Takes out the rows of days before `day`, which stand in `column`; how many. Those of the newest day stay, however old it is:
    /// they say how things stand.
    ///
    /// # Errors
    /// As [`Table::forget`].
    pub async fn forget_before(&self, column: &'static str, day: NaiveDate) -> Result<u64> {
        let Some(base) = self.latest().await? else { return Ok(0) };
        let mut newest = None;
        let mut rows = base.read(Some(&[column]), None, &[]).await?;
        while let Some(batch) = rows.try_next().await? {
            newest = days(&batch)?.into_iter().flatten().max().max(newest);
        }
        let Some(newest) = newest else { return Ok(0) };
        let first = newest.min(day.to_string());
        self.forget(&[column], |batch| {
            Ok(days(batch)?.into_iter().map(|day| day.is_some_and(|day| day < first)).collect())
        })
        .await
    }
}

/// The only column of some rows, each a day, as text: it is in the order of the days.
fn days(batch: &RecordBatch) -> Result<Vec<Option<String>>> {
    let days = cast(batch.column(0), &DataType::Utf8)?;
    Ok(days.as_string::<i32>().iter().map(|day| day.map(str::to_owned)).collect())
}
