//! An operator that looks at the batches which go through it, and changes nothing.

use arrow::array::RecordBatch;
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties};
use futures::TryStreamExt as _;
use std::fmt;
use std::sync::Arc;

/// Looks at one batch after the other of a partition; its error ends the stream.
pub(super) type Look = Box<dyn FnMut(&RecordBatch) -> Result<()> + Send>;

/// Begins to look at a partition.
type Begin = dyn Fn(usize, &TaskContext) -> Look + Send + Sync;

pub(super) struct Through {
    input: Arc<dyn ExecutionPlan>,
    name: &'static str,
    begin: Arc<Begin>,
}

impl Through {
    /// The batches of `input` go through it; `begin` tells what looks at those of one of its partitions.
    pub(super) fn of(
        input: Arc<dyn ExecutionPlan>,
        name: &'static str,
        begin: impl Fn(usize, &TaskContext) -> Look + Send + Sync + 'static,
    ) -> Arc<dyn ExecutionPlan> {
        Arc::new(Self { input, name, begin: Arc::new(begin) })
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
        Ok(Arc::new(Self { input, name: self.name, begin: Arc::clone(&self.begin) }))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let mut look = (self.begin)(partition, &context);
        let inner = self.input.execute(partition, context)?;
        let seen = inner.schema();
        let looked_at = inner.and_then(move |batch| std::future::ready(look(&batch).map(|()| batch)));
        Ok(Box::pin(RecordBatchStreamAdapter::new(seen, looked_at)))
    }
}
