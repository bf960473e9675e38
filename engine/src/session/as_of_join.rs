//! A join in which each row meets one time of another side: the last before its own, or the first after it. All times of the other side are held,
//! sorted, by their keys, eight bytes each; the rows go through it in their order.

use arrow::array::{Array as _, ArrayRef, Int64Array, RecordBatch};
use arrow::compute::{cast, filter_record_batch, is_not_null};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::row::{RowConverter, Rows, SortField};
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::DataFusionError;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{Distribution, EquivalenceProperties};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties as _, InputDistributionRequirements,
    PhysicalExpr, PlanProperties,
};
use futures::{TryStreamExt as _, stream};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// What a key takes besides its own bytes, and its times.
const KEY_BYTES: usize = 160;

/// Which of the times of a key counts for a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Wanted {
    /// The last of those before the row's own; the first of those after it otherwise.
    pub(super) is_last: bool,
    /// Whether the row's own is one of them.
    pub(super) is_same_too: bool,
}

impl Wanted {
    /// The one of these, in their order, that counts for a row of such a time.
    fn of(self, times: &[i64], at: i64) -> Option<i64> {
        let before = times.partition_point(|time| *time < at || (self.is_last == self.is_same_too && *time == at));
        let place = if self.is_last { before.checked_sub(1)? } else { before };
        times.get(place).copied()
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.is_last, self.is_same_too) {
            (true, true) => "last <=",
            (true, false) => "last <",
            (false, true) => "first >=",
            (false, false) => "first >",
        })
    }
}

/// The rows of one plan, each with the time that counts of another.
#[derive(Debug)]
pub(super) struct Joined {
    /// The rows, and what is looked up.
    sides: [Arc<dyn ExecutionPlan>; 2],
    on: Vec<(Arc<dyn PhysicalExpr>, Arc<dyn PhysicalExpr>)>,
    /// The time of a row, and the one that is looked up.
    times: [Arc<dyn PhysicalExpr>; 2],
    wanted: Wanted,
    /// Whether rows without such a time stay, with NULL.
    keeps_all: bool,
    properties: Arc<PlanProperties>,
}

impl Joined {
    /// With its columns: those of the rows, and that of the time.
    pub(super) fn new(
        sides: [Arc<dyn ExecutionPlan>; 2],
        on: Vec<(Arc<dyn PhysicalExpr>, Arc<dyn PhysicalExpr>)>,
        times: [Arc<dyn PhysicalExpr>; 2],
        wanted: Wanted,
        (keeps_all, schema): (bool, SchemaRef),
    ) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            // The columns of the rows stand where they stood.
            sides[0].output_partitioning().clone(),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { sides, on, times, wanted, keeps_all, properties: Arc::new(properties) }
    }
}

impl DisplayAs for Joined {
    fn fmt_as(&self, _kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [at, time] = &self.times;
        let on: Vec<String> = self.on.iter().map(|(row, looked_up)| format!("{row} = {looked_up}")).collect();
        write!(f, "AsOf: {} {time} {at} on {}", self.wanted, on.join(", "))
    }
}

impl ExecutionPlan for Joined {
    fn name(&self) -> &'static str {
        "AsOf"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        let (rows, looked_up) = self.on.iter().map(|(row, key)| (Arc::clone(row), Arc::clone(key))).unzip();
        let sides = [rows, looked_up].map(Distribution::KeyPartitioned);
        InputDistributionRequirements::co_partitioned(sides.into())
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.sides.iter().collect()
    }

    fn apply_expressions(
        &self,
        each: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        let all = self.on.iter().flat_map(|(row, key)| [row, key]).chain(&self.times);
        let mut goes_on = TreeNodeRecursion::Continue;
        for expr in all {
            goes_on = each(expr)?;
            if goes_on == TreeNodeRecursion::Stop {
                break;
            }
        }
        Ok(goes_on)
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let sides = <[Arc<dyn ExecutionPlan>; 2]>::try_from(children).unwrap_or_else(|_| self.sides.clone());
        let columns = (self.keeps_all, self.schema());
        Ok(Arc::new(Self::new(sides, self.on.clone(), self.times.clone(), self.wanted, columns)))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let [rows, looked_up] = &self.sides;
        let (rows, looked_up) =
            (rows.execute(partition, Arc::clone(&context))?, looked_up.execute(partition, Arc::clone(&context))?);
        let memory = MemoryConsumer::new("times").register(context.memory_pool());
        let keys = |side: fn(&(Arc<dyn PhysicalExpr>, Arc<dyn PhysicalExpr>)) -> &Arc<dyn PhysicalExpr>| {
            self.on.iter().map(|pair| Arc::clone(side(pair))).collect::<Vec<_>>()
        };
        let [at, time] = self.times.each_ref().map(Arc::clone);
        let (row_keys, looked_up_keys) = (keys(|(row, _)| row), keys(|(_, key)| key));
        let (schema, wanted, keeps_all) = (self.schema(), self.wanted, self.keeps_all);
        let columns = Arc::clone(&schema);
        let joined = stream::once(async move {
            let known = Known::read(looked_up, (&looked_up_keys, &time), memory).await?;
            Ok::<_, DataFusionError>(rows.and_then(move |batch| {
                std::future::ready(known.beside(&batch, (&row_keys, &at), wanted, (keeps_all, &columns)))
            }))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, joined.try_flatten())))
    }
}

/// The times of each key, in their order.
struct Known {
    keys: RowConverter,
    times: HashMap<Box<[u8]>, Vec<i64>>,
    _memory: MemoryReservation,
}

impl Known {
    async fn read(
        mut rows: SendableRecordBatchStream,
        (keys, time): (&[Arc<dyn PhysicalExpr>], &Arc<dyn PhysicalExpr>),
        memory: MemoryReservation,
    ) -> Result<Self> {
        let schema = rows.schema();
        let kinds = keys.iter().map(|key| Ok(SortField::new(key.data_type(&schema)?)));
        let converter = RowConverter::new(kinds.collect::<Result<_>>()?)?;
        let mut times: HashMap<Box<[u8]>, Vec<i64>> = HashMap::new();
        while let Some(batch) = rows.try_next().await? {
            let (keys, at) = (Keys::of(&batch, keys, &converter)?, whole(&batch, time)?);
            let mut more = 0;
            for row in 0..batch.num_rows() {
                let Some(key) = keys.get(row).filter(|_| at.is_valid(row)) else { continue };
                match times.get_mut(key) {
                    Some(of) => of.push(at.value(row)),
                    None => {
                        more += KEY_BYTES + key.len();
                        times.insert(key.into(), vec![at.value(row)]);
                    }
                }
                // A list has room for up to as many again.
                more += 2 * size_of::<i64>();
            }
            memory.try_grow(more)?;
        }
        times.values_mut().for_each(|of| of.sort_unstable());
        Ok(Self { keys: converter, times, _memory: memory })
    }

    /// Rows, each with the time that counts.
    fn beside(
        &self,
        rows: &RecordBatch,
        (keys, at): (&[Arc<dyn PhysicalExpr>], &Arc<dyn PhysicalExpr>),
        wanted: Wanted,
        (keeps_all, schema): (bool, &SchemaRef),
    ) -> Result<RecordBatch> {
        let (keys, at) = (Keys::of(rows, keys, &self.keys)?, whole(rows, at)?);
        let found: Int64Array = (0..rows.num_rows())
            .map(|row| {
                let times = keys.get(row).filter(|_| at.is_valid(row)).and_then(|key| self.times.get(key))?;
                wanted.of(times, at.value(row))
            })
            .collect();
        let kind = schema.fields().last().map_or(DataType::Int64, |field| field.data_type().clone());
        let mut columns = rows.columns().to_vec();
        columns.push(cast(&found, &kind)?);
        let all = RecordBatch::try_new(Arc::clone(schema), columns)?;
        if keeps_all { Ok(all) } else { Ok(filter_record_batch(&all, &is_not_null(&found)?)?) }
    }
}

/// The keys of some rows.
struct Keys {
    columns: Vec<ArrayRef>,
    rows: Rows,
}

impl Keys {
    fn of(rows: &RecordBatch, keys: &[Arc<dyn PhysicalExpr>], converter: &RowConverter) -> Result<Self> {
        let columns = keys.iter().map(|key| key.evaluate(rows)?.into_array(rows.num_rows()));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let rows = converter.convert_columns(&columns)?;
        Ok(Self { columns, rows })
    }

    /// That of a row, which is no other's where a part of it is NULL.
    fn get(&self, row: usize) -> Option<&[u8]> {
        let is_whole = self.columns.iter().all(|column| column.is_valid(row));
        is_whole.then(|| self.rows.row(row).data())
    }
}

/// Times, as numbers of the same order.
fn whole(rows: &RecordBatch, time: &Arc<dyn PhysicalExpr>) -> Result<Int64Array> {
    let times = cast(&time.evaluate(rows)?.into_array(rows.num_rows())?, &DataType::Int64)?;
    Ok(times.to_data().into())
}
