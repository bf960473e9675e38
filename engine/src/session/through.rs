//! An operator that the rows of another go through as they are, in their order.
//!
//! Where it looks at their batches, it gives batches of as many rows as they are to have where it stands, by slices of those that come: what
//! makes them need not keep to that.

use arrow::array::RecordBatch;
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties};
use futures::{TryStreamExt as _, stream};
use std::fmt;
use std::sync::Arc;

/// Looks at one batch after the other of a partition; its error ends the stream.
pub(super) type Look = Box<dyn FnMut(&RecordBatch) -> Result<()> + Send>;

/// Executes a partition of what stands below.
type Execute =
    dyn Fn(&Arc<dyn ExecutionPlan>, usize, Arc<TaskContext>) -> Result<SendableRecordBatchStream> + Send + Sync;

pub(super) struct Through {
    input: Arc<dyn ExecutionPlan>,
    name: &'static str,
    execute: Arc<Execute>,
}

impl Through {
    /// The rows of `input`, in their order, as `execute` gives them of one of its partitions.
    pub(super) fn by(
        input: Arc<dyn ExecutionPlan>,
        name: &'static str,
        execute: impl Fn(&Arc<dyn ExecutionPlan>, usize, Arc<TaskContext>) -> Result<SendableRecordBatchStream>
        + Send
        + Sync
        + 'static,
    ) -> Arc<dyn ExecutionPlan> {
        Arc::new(Self { input, name, execute: Arc::new(execute) })
    }

    /// The batches of `input` go through it; `begin` tells what looks at those of one of its partitions. Below it they have so many rows where
    /// that is said, else as many as above it.
    pub(super) fn of(
        input: Arc<dyn ExecutionPlan>,
        name: &'static str,
        rows_below: Option<usize>,
        begin: impl Fn(usize, &TaskContext) -> Look + Send + Sync + 'static,
    ) -> Arc<dyn ExecutionPlan> {
        Self::by(input, name, move |input, partition, context| {
            let rows = context.session_config().batch_size().max(1);
            let mut look = begin(partition, &context);
            let below = match rows_below {
                Some(below) if below != rows => Arc::new(of_rows(&context, below)),
                _ => context,
            };
            let inner = input.execute(partition, below)?;
            let seen = inner.schema();
            let looked_at = inner.and_then(move |batch| std::future::ready(look(&batch).map(|()| batch)));
            let sliced = looked_at.map_ok(move |batch| stream::iter(slices(batch, rows).map(Ok))).try_flatten();
            Ok(Box::pin(RecordBatchStreamAdapter::new(seen, sliced)))
        })
    }
}

impl fmt::Debug for Through {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(self.name).field("input", &self.input).finish_non_exhaustive()
    }
}

impl DisplayAs for Through {
    fn fmt_as(&self, _kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl ExecutionPlan for Through {
    fn name(&self) -> &str {
        self.name
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _each: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.into_iter().next().unwrap_or_else(|| Arc::clone(&self.input));
        Ok(Arc::new(Self { input, name: self.name, execute: Arc::clone(&self.execute) }))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        (self.execute)(&self.input, partition, context)
    }
}

/// The same context, in which batches have so many rows.
fn of_rows(context: &TaskContext, rows: usize) -> TaskContext {
    TaskContext::new(
        context.task_id(),
        context.session_id(),
        context.session_config().clone().with_batch_size(rows),
        context.scalar_functions().clone(),
        context.higher_order_functions().clone(),
        context.aggregate_functions().clone(),
        context.window_functions().clone(),
        context.runtime_env(),
    )
}

/// A batch in parts of so many rows.
pub(super) fn slices(batch: RecordBatch, rows: usize) -> impl Iterator<Item = RecordBatch> + Send {
    let parts = batch.num_rows().div_ceil(rows).max(1);
    (0..parts).map(move |part| match parts {
        1 => batch.clone(),
        _ => batch.slice(part * rows, rows.min(batch.num_rows() - part * rows)),
    })
}
