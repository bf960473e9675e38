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
    by_pages(lake, mapper, before, MOST).await
}

/// The same, with so many places at once.
async fn by_pages(lake: &TenantLake, mapper: &dyn Mapper, before: i64, most: usize) -> Result<u64> {
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
            if outlived.due.len() >= most && !outlived.go().await? {
                return outlived.going.settle().await;
            }
        }
    }
    outlived.go().await?;
    outlived.parts(before, most).await?;
    outlived.going.settle().await
}

/// Payloads on their way out.
struct Outlived<'a> {
    going: Going<'a>,
    /// Those of which a newer one is there: where each stands, and when it was read.
    due: HashMap<String, i64>,
}

impl Outlived<'_> {
    /// Lets that go which is all that stands of parts that are over.
    async fn parts(&mut self, before: i64, most: usize) -> Result<()> {
        for notes in self.going.notes() {
            let mut after = String::new();
            loop {
                let (over, last) = self.going.over(&notes, before, &after, most).await?;
                if !over.is_empty() && !self.going.go(|place| over.contains(place)).await? {
                    return Ok(());
                }
                match last {
                    Some(last) => after = last,
                    None => break,
                }
            }
        }
        Ok(())
    }

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

#[cfg(test)]
mod tests {
    use super::super::{Connection, Mapped, RawPayload, Reject, run};
    use super::*;
    use crate::lake::{Lake, Options};
    use crate::land::{OVER, Page, cursors, land};
    use crate::{Engine, TenantId};
    use object_store::memory::InMemory;
    use std::sync::Arc;

    /// Nothing becomes a row.
    struct Nothing;

    impl Mapper for Nothing {
        fn connector(&self) -> &'static str {
            "toy"
        }

        fn map(&self, _: &Connection, _: RawPayload<'_>, _: &mut Mapped) -> Result<(), Reject> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn what_stands_of_parts_that_are_over_goes_however_few_are_looked_at_at_once() {
        for most in [1, 2, 3, 100] {
            let lake = Lake::over(Arc::new(InMemory::new()), Options::default()).unwrap();
            let tenant = Engine::over(lake).tenant(&TenantId::new("acme").unwrap());
            for (connection, parts) in [
                ("toy:a", vec![("lives", "1"), ("was", "1")]),
                ("toy:a", vec![("one", OVER), ("two", OVER), ("three", OVER), ("was", OVER)]),
                ("toy:b", vec![("one", OVER), ("lives", "1")]),
            ] {
                let cursors = parts.into_iter().map(|(part, at)| (part.to_owned(), at.to_owned())).collect();
                land(tenant.lake(), "toy", connection, Page { cursors, ..Page::default() }).await.unwrap();
            }
            run(tenant.lake(), &Nothing, false).await.unwrap();
            // What stood of `was` before goes first, and only the next time that it is over.
            for gone in [5, 1, 0] {
                assert_eq!(by_pages(tenant.lake(), &Nothing, i64::MAX, most).await.unwrap(), gone, "{most} at once");
            }
            for connection in ["toy:a", "toy:b"] {
                let stands = cursors(tenant.lake(), "toy", connection, None).await.unwrap();
                assert_eq!(stands.into_iter().collect::<Vec<_>>(), [("lives".to_owned(), "1".to_owned())]);
            }
        }
    }
}
