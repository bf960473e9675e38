//! What is made of a statement's rows as they come, where nobody needs the rows.

use super::planned::Planned;
use super::{Session, Statement, TOO_LARGE, error};
use crate::{Error, Result};
use arrow::array::RecordBatch;
use datafusion::common::runtime::JoinSet;
use datafusion::error::DataFusionError;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::{ExecutionPlan, execute_stream_partitioned};
use futures::TryStreamExt as _;
use std::sync::Arc;
use tokio::sync::oneshot;
use tracing::Instrument as _;

/// Takes rows in any order, and makes something of all of them.
pub(crate) trait Fold: Send + Sized + 'static {
    /// What comes of it.
    type Made: Send + 'static;

    /// Takes some rows.
    fn take(&mut self, rows: &RecordBatch) -> Result<(), DataFusionError>;
    /// Takes over what was gathered of other rows.
    fn merge(&mut self, other: Self) -> Result<(), DataFusionError>;
    /// About how many bytes it holds.
    fn bytes(&self) -> usize;
    /// What comes of all of it; it may hold half as much more meanwhile.
    fn made(self) -> Self::Made;
}

impl Session {
    /// What comes of all rows of one reading statement. Each thread that reads has a `new` one for its rows, and these are brought
    /// together at the end. Nobody holds the rows, so that their number is not limited; time is, and memory: these may hold half as much as
    /// the session's operators, besides.
    ///
    /// What has no room on all threads is read by one, once more; and in smaller batches what has too wide rows for those.
    ///
    /// # Errors
    /// As [`Session::collect`].
    pub(crate) async fn fold<T: Fold>(
        &self,
        text: &str,
        new: impl Fn() -> T + Clone + Send + 'static,
    ) -> Result<T::Made> {
        let (statement, deadline) = (Statement::new(text).as_read(), self.deadline());
        match self.plan(&statement, deadline).await?.fold(new.clone()).await {
            Err(Error::Question(why)) if why == TOO_LARGE => {
                self.plan(&statement.by_one_thread(), deadline).await?.fold(new).await
            }
            made => made,
        }
    }
}

impl Planned {
    async fn fold<T: Fold>(self, new: impl Fn() -> T + Clone + Send + 'static) -> Result<T::Made> {
        let mut planned = self;
        loop {
            let (widths, limits, again) = (Arc::clone(&planned.widths), planned.limits, Arc::clone(&planned.again));
            let made = planned.fold_once(new.clone()).await;
            match widths.narrower().filter(|_| made.is_err()) {
                Some(batches) => planned = again.planned(again.statement.clone().in_batches(batches), limits).await?,
                None => return made,
            }
        }
    }

    async fn fold_once<T: Fold>(self, new: impl Fn() -> T + Send + 'static) -> Result<T::Made> {
        let (outlet, made) = oneshot::channel();
        let memory: Arc<dyn MemoryPool> = Arc::new(self.again.planner.memory.0.half());
        let mut ends = self.begin(move |plan, context| folded(plan, context, &memory, new, outlet));
        while ends.try_next().await.map_err(error)?.is_some() {}
        made.await.map_err(|_| Error::Question("the figures ended before all rows were read: ask again".into()))
    }
}

/// A stream without rows that ends once what is made of the plan's rows is in the outlet.
fn folded<T: Fold>(
    plan: Arc<dyn ExecutionPlan>,
    context: Arc<TaskContext>,
    memory: &Arc<dyn MemoryPool>,
    new: impl Fn() -> T + Send + 'static,
    outlet: oneshot::Sender<T::Made>,
) -> Result<SendableRecordBatchStream, DataFusionError> {
    let schema = plan.schema();
    let memory = MemoryConsumer::new("figures").register(memory);
    let mut parts = JoinSet::new();
    for rows in execute_stream_partitioned(plan, context)? {
        parts.spawn(part(rows, new(), memory.new_empty()).in_current_span());
    }
    let mut ends = RecordBatchReceiverStream::builder(schema, 1);
    let together = async move {
        let mut all: Option<(T, MemoryReservation)> = None;
        while let Some(done) = parts.join_next().await {
            let (part, held) = done.map_err(|died| DataFusionError::External(Box::new(Error::Task(died))))??;
            match &mut all {
                None => all = Some((part, held)),
                Some((all, memory)) => {
                    all.merge(part)?;
                    held.free();
                    memory.try_resize(all.bytes())?;
                }
            }
        }
        let (all, memory) = all.unwrap_or_else(|| (new(), memory));
        memory.try_grow(all.bytes() / 2)?;
        // Whoever asked may be gone.
        let _ = outlet.send(all.made());
        Ok(())
    };
    ends.spawn(together.in_current_span());
    Ok(ends.build())
}

/// What one thread gathers of its rows.
async fn part<T: Fold>(
    mut rows: SendableRecordBatchStream,
    mut all: T,
    memory: MemoryReservation,
) -> Result<(T, MemoryReservation), DataFusionError> {
    while let Some(batch) = rows.try_next().await? {
        all.take(&batch)?;
        memory.try_resize(all.bytes())?;
    }
    Ok((all, memory))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Limits;
    use crate::session::tests::session_with;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Counts rows, and says that it holds so many bytes.
    struct Counts(usize, usize);

    impl Fold for Counts {
        type Made = usize;

        fn take(&mut self, rows: &RecordBatch) -> Result<(), DataFusionError> {
            self.0 += rows.num_rows();
            Ok(())
        }

        fn merge(&mut self, other: Self) -> Result<(), DataFusionError> {
            self.0 += other.0;
            Ok(())
        }

        fn bytes(&self) -> usize {
            self.1
        }

        fn made(self) -> usize {
            self.0
        }
    }

    #[tokio::test]
    async fn all_rows_are_taken_however_many_an_answer_may_have() {
        let session = session_with(5_000, Limits { rows: 3, ..Limits::default() });
        let several = "SELECT id FROM changes UNION ALL SELECT id FROM changes WHERE commits < 10";
        for (text, rows) in [("SELECT id FROM changes", 5_000), (several, 5_010), ("SELECT 1 FROM changes LIMIT 0", 0)]
        {
            assert_eq!(session.fold(text, || Counts(0, 0)).await.unwrap(), rows, "{text}");
        }
        let refused = session.fold("SELECT 1 / (commits - 5) FROM changes", || Counts(0, 0)).await.unwrap_err();
        assert!(refused.to_string().contains("a row cannot be computed"), "{refused}");
    }

    #[tokio::test]
    async fn what_has_no_room_is_read_once_more_by_one_thread_and_then_refused() {
        let session = session_with(100, Limits { memory_bytes: 1 << 20, ..Limits::default() });
        let made = Arc::new(AtomicUsize::new(0));
        let times = Arc::clone(&made);
        // Of as many bytes as half of the session's share there is room, and at the end for half as much again.
        for (bytes, is_room, at_least) in [(300_000, true, 1), (400_000, false, 2)] {
            let times = Arc::clone(&times);
            let new = move || {
                times.fetch_add(1, Ordering::Relaxed);
                Counts(0, bytes)
            };
            made.store(0, Ordering::Relaxed);
            let told = session.fold("SELECT id FROM changes", new).await;
            match told {
                Ok(rows) => assert!(is_room && rows == 100),
                Err(refused) => assert!(!is_room && refused.to_string().contains(TOO_LARGE), "{refused}"),
            }
            assert!(made.load(Ordering::Relaxed) >= at_least, "{bytes}");
        }
    }
}
