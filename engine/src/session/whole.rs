//! Windows over whole partitions, which hold one partition at a time and ask for its room.
//!
//! DataFusion's operator takes all rows, though they come sorted by partition, computes what is asked of them as one batch, and asks no
//! pool for any of that. This one computes a partition once the next begins.

use super::bounded::size;
use super::through::slices;
use super::watch::Watch;
use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::{concat, concat_batches, partition};
use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::window::WindowExpr;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::windows::WindowAggExec;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties};
use futures::{TryStreamExt as _, stream};
use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// The bytes of a number that is computed for a row.
const NUMBER_BYTES: usize = 16;
/// Rows stand there as they came, and put together.
const COPIES: usize = 2;

/// The bytes of so many rows that come with `bytes`, and of what so many windows compute for each of them. Long values that a window gives
/// again are counted as they are made.
pub(super) fn held(rows: usize, bytes: usize, windows: usize) -> usize {
    bytes.saturating_mul(COPIES).saturating_add(rows.saturating_mul(windows.saturating_mul(NUMBER_BYTES)))
}

/// The bytes of a batch's own values.
pub(super) fn sizes(batch: &RecordBatch) -> usize {
    batch.columns().iter().fold(0_usize, |sum, column| sum.saturating_add(size(column)))
}

/// The windows of an operator of DataFusion's, computed from partition to partition.
#[derive(Debug)]
pub(super) struct Whole {
    windows: Arc<WindowAggExec>,
    watch: Arc<Watch>,
}

impl Whole {
    pub(super) fn new(windows: Arc<WindowAggExec>, watch: Arc<Watch>) -> Self {
        Self { windows, watch }
    }
}

#[cfg(test)]
impl Whole {
    pub(super) fn window_expr(&self) -> &[Arc<dyn WindowExpr>] {
        self.windows.window_expr()
    }
}

impl DisplayAs for Whole {
    fn fmt_as(&self, kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.windows.fmt_as(kind, f)
    }
}

impl ExecutionPlan for Whole {
    fn name(&self) -> &str {
        "Whole"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.windows.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![self.windows.input()]
    }

    fn apply_expressions(
        &self,
        each: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.windows.apply_expressions(each)
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.into_iter().next().unwrap_or_else(|| Arc::clone(self.windows.input()));
        let can_repartition = !self.windows.partition_keys().is_empty();
        let windows = WindowAggExec::try_new(self.windows.window_expr().to_vec(), input, can_repartition)?;
        Ok(Arc::new(Self::new(Arc::new(windows), Arc::clone(&self.watch))))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (schema, exprs) = (self.windows.schema(), self.windows.window_expr().to_vec());
        let rows = Computing {
            input: self.windows.input().execute(partition, Arc::clone(&context))?,
            exprs,
            schema: Arc::clone(&schema),
            watch: Arc::clone(&self.watch),
            at_once: context.session_config().batch_size().max(1),
            memory: MemoryConsumer::new("windows").register(context.memory_pool()),
            last: None,
            closed: Rows::default(),
            open: Rows::default(),
            ready: VecDeque::new(),
        };
        let rows = stream::try_unfold(rows, async |mut rows| Ok(rows.next().await?.map(|batch| (batch, rows))));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}

/// Rows that wait until their partition is whole.
#[derive(Default)]
struct Rows {
    batches: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
}

impl Rows {
    fn push(&mut self, batch: RecordBatch) {
        if batch.num_rows() > 0 {
            self.rows += batch.num_rows();
            self.bytes = self.bytes.saturating_add(sizes(&batch));
            self.batches.push(batch);
        }
    }

    fn append(&mut self, other: &mut Self) {
        let Self { batches, rows, bytes } = std::mem::take(other);
        self.batches.extend(batches);
        self.rows += rows;
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

struct Computing {
    input: SendableRecordBatchStream,
    exprs: Vec<Arc<dyn WindowExpr>>,
    schema: SchemaRef,
    watch: Arc<Watch>,
    /// How many rows a batch has, and how many are computed at once at least.
    at_once: usize,
    memory: MemoryReservation,
    /// The partition of the last row that came.
    last: Option<Vec<ArrayRef>>,
    /// Those of partitions that are whole, and those of the one that is not.
    closed: Rows,
    open: Rows,
    ready: VecDeque<RecordBatch>,
}

impl Computing {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(batch) = self.ready.pop_front() {
                return Ok(Some(batch));
            }
            match self.input.try_next().await? {
                Some(batch) if batch.num_rows() == 0 => {}
                Some(batch) => self.take(&batch)?,
                None => {
                    self.closed.append(&mut self.open);
                    if self.closed.rows == 0 {
                        self.memory.free();
                        return Ok(None);
                    }
                    self.compute()?;
                }
            }
        }
    }

    /// Takes rows; those of partitions that end with them are computed once they are enough.
    fn take(&mut self, batch: &RecordBatch) -> Result<()> {
        match self.begins(batch)? {
            Some(begin) => {
                self.closed.append(&mut self.open);
                self.closed.push(batch.slice(0, begin));
                self.open.push(batch.slice(begin, batch.num_rows() - begin));
            }
            None => self.open.push(batch.clone()),
        }
        let (rows, bytes) = (self.closed.rows + self.open.rows, self.closed.bytes.saturating_add(self.open.bytes));
        self.memory.try_resize(held(rows, bytes, self.exprs.len()))?;
        if self.closed.rows >= self.at_once { self.compute() } else { Ok(()) }
    }

    /// Where the last partition of a batch begins, when it does not go on with the one before.
    fn begins(&mut self, batch: &RecordBatch) -> Result<Option<usize>> {
        let keys = self.keys(batch)?;
        let row = |i: usize| keys.iter().map(|key| key.slice(i, 1)).collect::<Vec<_>>();
        let begin = ranges(&keys, batch.num_rows())?.last().map_or(0, |range| range.start);
        let goes_on = begin == 0
            && match &self.last {
                None => true,
                Some(last) => {
                    let two = last.iter().zip(row(0)).map(|(a, b)| concat(&[a.as_ref(), b.as_ref()]));
                    ranges(&two.collect::<Result<Vec<_>, _>>()?, 2)?.len() == 1
                }
            };
        self.last = Some(row(batch.num_rows() - 1));
        Ok((!goes_on).then_some(begin))
    }

    fn keys(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
        let by = self.exprs.first().map_or(&[][..], |expr| expr.partition_by());
        by.iter().map(|key| key.evaluate(batch)?.into_array(batch.num_rows())).collect()
    }

    /// Computes what is asked of the partitions that are whole.
    fn compute(&mut self) -> Result<()> {
        let Rows { batches, .. } = std::mem::take(&mut self.closed);
        let rows = concat_batches(&self.input.schema(), &batches)?;
        drop(batches);
        let mut columns: Vec<Vec<ArrayRef>> = vec![Vec::new(); self.exprs.len()];
        for range in ranges(&self.keys(&rows)?, rows.num_rows())? {
            self.watch.goes_on()?;
            let of = rows.slice(range.start, range.len());
            for (expr, column) in self.exprs.iter().zip(&mut columns) {
                let given = expr.evaluate(&of)?;
                self.memory.try_grow(size(&given).saturating_sub(of.num_rows().saturating_mul(NUMBER_BYTES)))?;
                column.push(given);
            }
        }
        let mut all = rows.columns().to_vec();
        for parts in columns {
            all.push(concat(&parts.iter().map(AsRef::as_ref).collect::<Vec<_>>())?);
        }
        let rows = RecordBatch::try_new(Arc::clone(&self.schema), all)?;
        self.ready = slices(rows, self.at_once).collect();
        Ok(())
    }
}

/// Where partitions begin and end: all rows are one where there are no keys.
fn ranges(keys: &[ArrayRef], rows: usize) -> Result<Vec<Range<usize>>> {
    Ok(if keys.is_empty() { vec![0..rows] } else { partition(keys)?.ranges() })
}
