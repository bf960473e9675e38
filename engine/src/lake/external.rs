//! Sorting more rows than there is memory for: what does not fit goes to the bounded disk and is merged from there.

use crate::Result;
use arrow::compute::SortOptions;
use arrow::datatypes::SchemaRef;
use datafusion::common::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::col;
use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::stream;
use parking_lot::Mutex;
use std::fmt;
use std::sync::Arc;

/// The rows of a plan by the values of `columns`; as they come when there are none.
pub(crate) fn sorted(
    plan: Arc<dyn ExecutionPlan>,
    columns: &[&str],
    order: SortOptions,
    context: Arc<TaskContext>,
) -> Result<SendableRecordBatchStream> {
    let schema = plan.schema();
    let by = columns.iter().map(|name| Ok(PhysicalSortExpr::new(col(name, &schema)?, order)));
    let plan: Arc<dyn ExecutionPlan> = match LexOrdering::new(by.collect::<Result<Vec<_>>>()?) {
        Some(order) => Arc::new(SortExec::new(order, Arc::new(CoalescePartitionsExec::new(plan)))),
        None => plan,
    };
    Ok(execute_stream(plan, context)?)
}

/// A stream as a plan, which can be run once.
pub(crate) fn plan(stream: SendableRecordBatchStream) -> Result<Arc<dyn ExecutionPlan>> {
    let schema = stream.schema();
    let once = Once { schema: schema.clone(), stream: Mutex::new(Some(stream)) };
    Ok(Arc::new(StreamingTableExec::try_new(schema, vec![Arc::new(once)], None, [], false, None)?))
}

struct Once {
    schema: SchemaRef,
    stream: Mutex<Option<SendableRecordBatchStream>>,
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Once")
    }
}

impl PartitionStream for Once {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        self.stream.lock().take().unwrap_or_else(|| {
            let again = DataFusionError::Internal("a stream was to be read twice".to_owned());
            Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), stream::iter([Err(again)])))
        })
    }
}
