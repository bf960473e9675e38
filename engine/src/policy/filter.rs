//! The operator that hands on only what a policy allows.

use super::allowed::{Names, Ways};
use arrow::array::RecordBatch;
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties as _, Partitioning, PhysicalExpr,
    PlanProperties,
};
use futures::StreamExt as _;
use std::fmt;
use std::sync::Arc;

/// Reads a table, leaves out the rows that a policy does not allow and the names of what it does not show, and then the columns that
/// nobody asked for.
///
/// The plan ends here for everybody else: what is below is no child of it. So no rule of the optimiser can take the filter
/// away, or move a condition of the asker's below it, where it would be computed for rows that are not theirs and could tell of
/// them by failing. EXPLAIN shows no files, and no statistics of the whole table, and nothing is answered from those.
#[derive(Debug)]
pub(super) struct PolicyFilter {
    input: Arc<dyn ExecutionPlan>,
    ways: Ways,
    names: Names,
    /// How many of the input's columns are handed on, from the first.
    columns: usize,
    table: String,
    properties: Arc<PlanProperties>,
}

impl PolicyFilter {
    pub(super) fn new(input: Arc<dyn ExecutionPlan>, ways: Ways, names: Names, columns: usize, table: String) -> Self {
        let read = input.schema();
        let schema: SchemaRef = Arc::new(Schema::new(read.fields()[..columns].to_vec()));
        // No order: which files overlap is known from the statistics of all rows.
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(input.output_partitioning().partition_count()),
            input.pipeline_behavior(),
            input.boundedness(),
        );
        Self { input, ways, names, columns, table, properties: Arc::new(properties) }
    }

    #[cfg(test)]
    pub(super) fn input(&self) -> &Arc<dyn ExecutionPlan> {
        &self.input
    }
}

fn visible(batch: &RecordBatch, ways: &Ways, names: &Names, columns: &[usize]) -> Result<RecordBatch> {
    Ok(names.shown(filter_record_batch(batch, &ways.shown(batch)?)?)?.project(columns)?)
}

impl DisplayAs for PolicyFilter {
    fn fmt_as(&self, kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match kind {
            DisplayFormatType::TreeRender => write!(f, "table={}", self.table),
            DisplayFormatType::Default | DisplayFormatType::Verbose => {
                write!(f, "{}: table={}", self.name(), self.table)
            }
        }
    }
}

impl ExecutionPlan for PolicyFilter {
    fn name(&self) -> &str {
        "PolicyFilter"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _each: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, _none: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    /// Large files are read by several at once, as they are without a policy.
    fn repartitioned(&self, target: usize, config: &ConfigOptions) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let again = |input| {
            let (ways, names) = (self.ways.clone(), self.names.clone());
            Arc::new(Self::new(input, ways, names, self.columns, self.table.clone())) as _
        };
        Ok(self.input.repartitioned(target, config)?.map(again))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (ways, names, columns) = (self.ways.clone(), self.names.clone(), (0..self.columns).collect::<Vec<_>>());
        let rows = self.input.execute(partition, context)?;
        let rows = rows.map(move |batch| visible(&batch?, &ways, &names, &columns));
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows)))
    }
}
