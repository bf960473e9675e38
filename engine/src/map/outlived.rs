//! Payloads that nothing rests on any more: a newer one of their key is there, and no row of core was made of them, or is gone since they
//! said so. What all payloads come to, those that are left come to, by the same rules and settings. Of the parts of a source that are over nothing
//! is left in the end.

use super::Mapper;
use super::going::{Going, MOST, payloads};
use crate::Result;
use crate::entities::CORE;
use crate::lake::TenantLake;
use arrow::array::AsArray as _;
use arrow::datatypes::TimestampMicrosecondType;
use futures::TryStreamExt as _;
use std::collections::{HashMap, HashSet};

/// Lets go of the payloads of a connector that were read before an instant and that nothing rests on; how many. None goes while any is not
/// mapped by the mapper's rules, nor once others land meanwhile: they go the next time.
///
/// # Errors
/// When storage fails. What went until then is gone.
pub async fn forget(lake: &TenantLake, mapper: &dyn Mapper, before: i64) -> Result<u64> {
    let Some(going) = Going::of(lake, mapper).await? else { return Ok(0) };
    let streams = going.streams(mapper);
    let mut outlived = Outlived { going, due: HashMap::new() };
    for (_, files) in streams.into_iter().filter(|(may_go, _)| *may_go) {
        let mut rows = outlived.going.sorted(&files).await?;
        let mut last: Option<(String, i64, String)> = None;
        while let Some(batch) = rows.try_next().await? {
            for (key, at, place) in payloads(outlived.going.connector, &batch) {
                if let Some((_, at, older)) = last.take().filter(|(last, at, _)| last == key && *at < before) {
                    outlived.due.insert(older, at);
                }
                last = Some((key.to_owned(), at, place));
            }
            if outlived.due.len() >= MOST && !outlived.go().await? {
                return outlived.going.settle().await;
            }
        }
    }
    outlived.go().await?;
    let over = outlived.going.over(before).await?;
    if !over.is_empty() {
        outlived.going.go(|place| over.contains(place)).await?;
    }
    outlived.going.settle().await
}

/// Payloads on their way out.
struct Outlived<'a> {
    going: Going<'a>,
    /// Those of which a newer one is there: where each stands, and when it was read.
    due: HashMap<String, i64>,
}

impl Outlived<'_> {
    /// Lets those go that are due and that nothing rests on; whether more may follow.
    async fn go(&mut self) -> Result<bool> {
        self.keep_what_counts().await?;
        if self.due.is_empty() {
            return Ok(true);
        }
        let due = std::mem::take(&mut self.due);
        self.going.go(|place| due.contains_key(place)).await
    }

    /// Takes those out that a row of core was made of, or that may have said that one is gone.
    async fn keep_what_counts(&mut self) -> Result<()> {
        if self.due.is_empty() {
            return Ok(());
        }
        let instants: HashSet<i64> = self.due.values().copied().collect();
        let mut told = HashSet::new();
        for entity in CORE {
            let Some(newest) = self.going.lake.table(entity).latest().await? else { continue };
            let mut rows = newest.read(Some(&["raw", "deleted_at"]), None, &[]).await?;
            while let Some(batch) = rows.try_next().await? {
                for place in batch.column(0).as_string::<i32>().iter().flatten() {
                    self.due.remove(place);
                }
                let gone = batch.column(1).as_primitive::<TimestampMicrosecondType>();
                told.extend(gone.iter().flatten().filter(|at| instants.contains(at)));
            }
        }
        self.due.retain(|_, at| !told.contains(at));
        Ok(())
    }
}
