//! An operator that looks at the batches which go through it, and gives what is in them.
//!
//! It gives batches of as many rows as they are to have where it stands, by slices of those that come: what makes them need not keep to that.

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

/// Begins to look at a partition.
type Begin = dyn Fn(usize, &TaskContext) -> Look + Send + Sync;

pub(super) struct Through {
    input: Arc<dyn ExecutionPlan>,
    name: &'static str,
    /// How many rows the batches below it have, where that is said.
    rows_below: Option<usize>,
    begin: Arc<Begin>,
}

impl Through {
    /// The batches of `input` go through it; `begin` tells what looks at those of one of its partitions. Below it they have so many rows where
    /// that is said, else as many as above it.
    pub(super) fn of(
        input: Arc<dyn ExecutionPlan>,
        name: &'static str,
        rows_below: Option<usize>,
        begin: impl Fn(usize, &TaskContext) -> Look + Send + Sync + 'static,
    ) -> Arc<dyn ExecutionPlan> {
        Arc::new(Self { input, name, rows_below, begin: Arc::new(begin) })
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
        let begin = Arc::clone(&self.begin);
        Ok(Arc::new(Self { input, name: self.name, rows_below: self.rows_below, begin }))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let rows = context.session_config().batch_size().max(1);
        let mut look = (self.begin)(partition, &context);
        let below = match self.rows_below {
            Some(below) if below != rows => Arc::new(of_rows(&context, below)),
            _ => context,
        };
        let inner = self.input.execute(partition, below)?;
        let seen = inner.schema();
        let looked_at = inner.and_then(move |batch| std::future::ready(look(&batch).map(|()| batch)));
        let sliced = looked_at.map_ok(move |batch| stream::iter(slices(batch, rows).map(Ok))).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(seen, sliced)))
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
