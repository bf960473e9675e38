//! What is made of a statement's rows as they come, where nobody needs the rows.

use super::planned::Planned;
use super::{Session, Statement, error};
use crate::{Error, Result};
use arrow::array::RecordBatch;
use datafusion::common::runtime::JoinSet;
use datafusion::error::DataFusionError;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
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
    /// What comes of all of it; it may hold everything once more meanwhile.
    fn made(self) -> Self::Made;
}

impl Session {
    /// What comes of all rows of one reading statement. Each thread that reads has a `new` one for its rows, and these are brought
    /// together at the end. Nobody holds the rows, so that their number is not limited; memory and time are.
    ///
    /// # Errors
    /// As [`Session::collect`].
    pub(crate) async fn fold<T: Fold>(&self, text: &str, new: impl Fn() -> T + Send + 'static) -> Result<T::Made> {
        self.plan(&Statement::new(text), self.deadline()).await?.fold(new).await
    }
}

impl Planned {
    async fn fold<T: Fold>(self, new: impl Fn() -> T + Send + 'static) -> Result<T::Made> {
        let (outlet, made) = oneshot::channel();
        let mut ends = self.begin(move |plan, context| folded(plan, context, new, outlet)).await?;
        while ends.try_next().await.map_err(error)?.is_some() {}
        made.await.map_err(|_| Error::Question("the figures ended before all rows were read: ask again".into()))
    }
}

/// A stream without rows that ends once what is made of the plan's rows is in the outlet.
fn folded<T: Fold>(
    plan: Arc<dyn ExecutionPlan>,
    context: Arc<TaskContext>,
    new: impl Fn() -> T + Send + 'static,
    outlet: oneshot::Sender<T::Made>,
) -> Result<SendableRecordBatchStream, DataFusionError> {
    let schema = plan.schema();
    let memory = MemoryConsumer::new("figures").register(context.memory_pool());
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
                    memory.try_resize(all.bytes())?;
                }
            }
        }
        let (all, memory) = all.unwrap_or_else(|| (new(), memory));
        memory.try_grow(all.bytes())?;
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
