//! The place of a query, held until the last of its tasks has ended.

use super::workers::Taken;
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties};
use futures::StreamExt as _;
use std::fmt;
use std::sync::Arc;
/// A place among the queries that run.
pub(super) type Place = Arc<Taken>;

/// A stream that holds the place for as long as it is there.
pub(super) fn stream(inner: SendableRecordBatchStream, place: Place) -> SendableRecordBatchStream {
    let rows = inner.schema();
    let held = inner.map(move |batch| {
        let _held = &place;
        batch
    });
    Box::pin(RecordBatchStreamAdapter::new(rows, held))
}

/// An operator whose streams hold the place: it stands below those that run their input in tasks of their own, which go on
/// to the end of their step when the query is dropped.
#[derive(Debug)]
pub(super) struct Held {
    input: Arc<dyn ExecutionPlan>,
    place: Place,
}

impl Held {
    pub(super) fn new(input: Arc<dyn ExecutionPlan>, place: Place) -> Self {
        Self { input, place }
    }
}

impl DisplayAs for Held {
    fn fmt_as(&self, _kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl ExecutionPlan for Held {
    fn name(&self) -> &str {
        "Held"
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
        Ok(Arc::new(Self::new(input, Arc::clone(&self.place))))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        Ok(stream(self.input.execute(partition, context)?, Arc::clone(&self.place)))
    }
}
