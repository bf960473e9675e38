//! How wide the rows of a running query are, so that no batch of them becomes larger than there is memory for.
//!
//! DataFusion makes batches of 8,192 rows, however long their values are, and asks no pool for their room. A text that is repeated by a
//! join, or put together with others, would fill any memory. So the longest value of each column is measured where it is read or
//! gathered, and with what the rows are made of ([`Breadth`]) this tells how wide one may become. A query whose rows are too wide for
//! its batches begins anew with smaller ones, as long as nobody has been given a row of it. What is read to be gathered has no part in how
//! wide that becomes, and batches of its own size.

use super::Limits;
use super::breadth::Breadth;
use super::through::Through;
use super::weigh::GATHERING;
use crate::Error;
use arrow::array::{Array, ArrayRef, AsArray as _, OffsetSizeTrait, RecordBatch};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNode as _;
use datafusion::error::DataFusionError;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec, NestedLoopJoinExec, SortMergeJoinExec};
use datafusion::physical_plan::unnest::UnnestExec;
use datafusion::physical_plan::windows::{BoundedWindowAggExec, WindowAggExec};
use parking_lot::Mutex;
use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A batch may have so much of the memory of its session, and no less than so many bytes: a few of them are there at once.
const PART: usize = 4;
const LEAST_BYTES: usize = 8 << 20;
/// A query that begins anew has room for rows that are so many times as wide as those seen.
const ROOM: usize = 4;

/// What stands above an operator that gathers.
const GATHERED: &str = "Gathered";

/// How many rows batches have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Batches {
    pub(super) rows: usize,
    /// Those of what is read to be gathered, below all that gathers.
    pub(super) below: usize,
}

impl Batches {
    /// Of so many rows, wherever they are.
    pub(super) fn of(rows: usize) -> Self {
        Self { rows, below: rows }
    }
}

/// What has become of a query.
#[derive(Clone, Copy, Debug)]
enum State {
    /// Nobody has been given a row.
    Open,
    Given,
    /// It is to begin anew with such batches.
    Anew(Batches),
}

/// What is known of the width of a running query's rows.
#[derive(Debug)]
pub(super) struct Widths {
    breadth: Breadth,
    /// What a batch may have, and what the session has.
    bytes: usize,
    most: usize,
    /// For each column how often it stands in a row, and how long its longest value was until now. Those of one name are one.
    columns: Mutex<HashMap<String, Arc<Column>>>,
    gathered: Arc<Column>,
    batches: Batches,
    state: Mutex<State>,
}

#[derive(Debug)]
struct Column {
    times: usize,
    longest: AtomicUsize,
}

impl Column {
    fn new(times: usize) -> Arc<Self> {
        Arc::new(Self { times, longest: AtomicUsize::new(0) })
    }

    fn bytes(&self) -> usize {
        self.times.saturating_mul(self.longest.load(Ordering::Relaxed))
    }
}

impl Widths {
    /// Nothing is known yet of the values of a query of that breadth, which is to have batches of so many rows at most.
    pub(super) fn new(breadth: Breadth, limits: Limits, batches: Batches) -> Arc<Self> {
        let gathered = Column::new(breadth.of_gathered());
        let bytes = (limits.memory_bytes / PART).max(LEAST_BYTES);
        let most = limits.memory_bytes.max(bytes);
        let (columns, state) = (Mutex::default(), Mutex::new(State::Open));
        let widths = Self { breadth, bytes, most, columns, gathered, batches, state };
        // What the statement itself says of its rows may be too much before any value is known.
        let batches = widths.fewer();
        Arc::new(Self { batches, ..widths })
    }

    /// How many rows its batches have.
    pub(super) fn batches(&self) -> Batches {
        self.batches
    }

    /// An operator whose values are measured when it reads some or gathers them; any other as it is. `repeats` says whether its rows may come
    /// more than once.
    pub(super) fn measured(
        self: &Arc<Self>,
        node: Arc<dyn ExecutionPlan>,
        repeats: bool,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let reads = node.children().is_empty();
        let columns: Vec<(usize, Arc<Column>)> = if reads {
            let schema = node.schema();
            let long = schema.fields().iter().enumerate().filter(|(_, field)| is_long(field.data_type()));
            long.map(|(i, field)| (i, self.column(field.name()))).collect()
        } else {
            gathering(node.as_ref()).map(|i| (i, Arc::clone(&self.gathered))).collect()
        };
        if !reads && columns.is_empty() {
            return Ok(node);
        }
        let is_lowest = !reads && !node.exists(|below| Ok(below.name() == GATHERED))?;
        let rows_below = is_lowest.then_some(self.batches.below);
        let (columns, widths): (Arc<[_]>, _) = (columns.into(), Arc::clone(self));
        let name = if reads { "Read" } else { GATHERED };
        Ok(Through::of(node, name, rows_below, move |_, _| {
            let (columns, widths) = (Arc::clone(&columns), Arc::clone(&widths));
            Box::new(move |batch| widths.measure(batch, &columns, repeats))
        }))
    }

    fn measure(&self, batch: &RecordBatch, columns: &[(usize, Arc<Column>)], repeats: bool) -> Result<()> {
        let mut is_wider = false;
        for (i, column) in columns {
            let longest = longest(batch.column(*i).as_ref());
            is_wider |= column.longest.fetch_max(longest, Ordering::Relaxed) < longest;
        }
        if is_wider { self.check(repeats) } else { Ok(()) }
    }

    fn column(&self, name: &str) -> Arc<Column> {
        let mut columns = self.columns.lock();
        Arc::clone(columns.entry(name.to_owned()).or_insert_with(|| Column::new(self.breadth.times(name))))
    }

    /// The next rows are given to whoever asked.
    ///
    /// # Errors
    /// When the query is to begin anew.
    pub(super) fn gives(&self) -> Result<()> {
        let mut state = self.state.lock();
        match *state {
            State::Anew(_) => return Err(anew()),
            State::Open => *state = State::Given,
            State::Given => {}
        }
        Ok(())
    }

    /// What batches it is to have, where it is to begin anew.
    pub(super) fn narrower(&self) -> Option<Batches> {
        match *self.state.lock() {
            State::Anew(batches) => Some(batches),
            State::Open | State::Given => None,
        }
    }

    /// How wide a row may be by what is known, before anything is gathered and at all.
    fn row(&self) -> (usize, usize) {
        let columns = self.columns.lock();
        let read = columns.values().fold(self.breadth.bytes, |sum, column| sum.saturating_add(column.bytes()));
        (read, read.saturating_add(self.gathered.bytes()))
    }

    /// What batches there is room for by what is known: none are larger than they are.
    fn fewer(&self) -> Batches {
        let fewer = |rows: usize, wide: usize| match rows.saturating_mul(wide) > self.bytes {
            true => (self.bytes / ROOM / wide).clamp(1, rows),
            false => rows,
        };
        let (read, whole) = self.row();
        Batches { rows: fewer(self.batches.rows, whole), below: fewer(self.batches.below, read) }
    }

    /// Whether its batches are small enough.
    fn check(&self, repeats: bool) -> Result<()> {
        let fewer = self.fewer();
        if fewer != self.batches {
            let mut state = self.state.lock();
            if !matches!(*state, State::Given) {
                *state = State::Anew(fewer);
                return Err(anew());
            }
        }
        if repeats && self.batches.rows.saturating_mul(self.row().1) > self.most {
            return Err(external(Error::Question(TOO_WIDE.into())));
        }
        Ok(())
    }
}

/// What is told of a query whose rows are too wide for its memory.
pub(super) const TOO_WIDE: &str = "long texts or lists are repeated by a join or put together, and have no room in the query's share of memory: cut them by left() or gather fewer before that";

/// What a query ends with that is to begin anew. Whoever runs it sees that by its [`Widths`].
fn anew() -> DataFusionError {
    external(Error::Question(TOO_WIDE.into()))
}

fn external(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// Whether an operator gives rows of its input more than once.
pub(super) fn repeats(node: &dyn ExecutionPlan) -> bool {
    let any = node as &dyn Any;
    any.is::<HashJoinExec>()
        || any.is::<NestedLoopJoinExec>()
        || any.is::<CrossJoinExec>()
        || any.is::<SortMergeJoinExec>()
        || any.is::<UnnestExec>()
        || any.is::<BoundedWindowAggExec>()
        || any.is::<WindowAggExec>()
}

/// The columns of a grouping that are gathered, once they are whole.
fn gathering(node: &dyn ExecutionPlan) -> impl Iterator<Item = usize> {
    let grouping = (node as &dyn Any).downcast_ref::<AggregateExec>();
    let whole = grouping.filter(|grouping| *grouping.mode() != AggregateMode::Partial);
    let keys = whole.map_or(0, |grouping| grouping.output_group_expr().len());
    let calls = whole.map_or(&[][..], AggregateExec::aggr_expr);
    calls.iter().enumerate().filter(|(_, call)| GATHERING.contains(&call.fun().name())).map(move |(i, _)| keys + i)
}

/// Whether values of a type may be long.
fn is_long(kind: &DataType) -> bool {
    !kind.is_primitive() && !matches!(kind, DataType::Boolean | DataType::Null | DataType::FixedSizeBinary(_))
}

/// The bytes of the longest value, or more.
fn longest(array: &dyn Array) -> usize {
    match array.data_type() {
        DataType::Utf8 => widest(array.as_string::<i32>().offsets()),
        DataType::LargeUtf8 => widest(array.as_string::<i64>().offsets()),
        DataType::Binary => widest(array.as_binary::<i32>().offsets()),
        DataType::LargeBinary => widest(array.as_binary::<i64>().offsets()),
        DataType::Utf8View => array.as_string_view().lengths().max().unwrap_or(0) as usize,
        DataType::BinaryView => array.as_binary_view().lengths().max().unwrap_or(0) as usize,
        DataType::List(_) => of_list(array.as_list::<i32>().offsets(), array.as_list::<i32>().values()),
        DataType::LargeList(_) => of_list(array.as_list::<i64>().offsets(), array.as_list::<i64>().values()),
        DataType::Map(..) => {
            of_list(array.as_map().offsets(), &(Arc::new(array.as_map().entries().clone()) as ArrayRef))
        }
        DataType::Struct(_) => {
            array.as_struct().columns().iter().fold(0, |sum, column| longest(column.as_ref()).saturating_add(sum))
        }
        DataType::Dictionary(..) => longest(array.as_any_dictionary().values().as_ref()),
        kind => kind.primitive_width().unwrap_or_else(|| array.get_array_memory_size()),
    }
}

fn widest<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>) -> usize {
    offsets.lengths().max().unwrap_or(0)
}

fn of_list<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>, values: &ArrayRef) -> usize {
    let (first, last) = (offsets[0].as_usize(), offsets[offsets.len() - 1].as_usize());
    let each = if first == last { 0 } else { longest(values.slice(first, last - first).as_ref()) };
    widest(offsets).saturating_mul(each)
}

#[cfg(test)]
mod tests {
    use super::super::breadth::{Made, Widest};
    use super::*;
    use arrow::array::{ListArray, StringArray, StructArray};
    use arrow::datatypes::{Field, Int64Type};

    const MB: usize = 1 << 20;

    /// Widths of a row of two texts, in a session with 64 MB: a batch may have 16.
    fn widths(rows: usize) -> Arc<Widths> {
        let mut widest = Widest::default();
        let made = [widest.column("a"), widest.column("b")];
        widest.row(made.iter());
        Widths::new(widest.breadth(), Limits { memory_bytes: 64 * MB, ..Limits::default() }, Batches::of(rows))
    }

    fn sees(widths: &Widths, name: &str, bytes: usize) {
        widths.column(name).longest.fetch_max(bytes, Ordering::Relaxed);
    }

    #[test]
    fn a_query_begins_anew_only_while_nobody_has_a_row_of_it() {
        let widths = widths(8_192);
        sees(&widths, "a", 1_000);
        sees(&widths, "b", 1_000);
        widths.check(true).unwrap();
        assert_eq!(widths.narrower(), None);
        sees(&widths, "b", 3_000);
        assert!(widths.check(true).is_err());
        // A quarter of 16 MB for rows of 4,000 bytes.
        assert_eq!(widths.narrower(), Some(Batches::of(4 * MB / 4_000)));
        assert!(widths.gives().is_err(), "no row of it is given");
        let given = self::widths(8_192);
        given.gives().unwrap();
        sees(&given, "a", 4_000);
        given.check(true).unwrap();
        given.gives().unwrap();
        // Beyond all that the session has only what is not repeated may go on.
        sees(&given, "a", 10_000);
        given.check(false).unwrap();
        let refused = super::super::error(given.check(true).unwrap_err());
        assert!(refused.to_string().contains("cut them by left()"), "{refused}");
        assert_eq!(given.narrower(), None);
    }

    #[test]
    fn one_row_is_the_least_and_may_be_too_much() {
        let widths = widths(1);
        sees(&widths, "a", 20 * MB);
        widths.check(true).unwrap();
        sees(&widths, "a", 65 * MB);
        assert!(widths.check(true).is_err());
        assert_eq!(widths.narrower(), None);
    }

    #[test]
    fn what_is_read_to_be_gathered_keeps_its_batches_however_long_that_becomes() {
        let widths = widths(8_192);
        widths.gathered.longest.fetch_max(MB, Ordering::Relaxed);
        assert!(widths.check(true).is_err());
        assert_eq!(widths.narrower(), Some(Batches { rows: 4, below: 8_192 }));
        sees(&widths, "a", 4_000);
        assert!(widths.check(true).is_err());
        assert_eq!(widths.narrower(), Some(Batches { rows: 3, below: 4 * MB / 4_000 }));
    }

    #[test]
    fn what_the_statement_says_itself_is_known_from_the_first() {
        let mut widest = Widest::default();
        let long = Made::of_bytes(4_000);
        widest.row([&long].into_iter());
        let limits = Limits { memory_bytes: 64 * MB, ..Limits::default() };
        let widths = Widths::new(widest.breadth(), limits, Batches::of(8_192));
        assert_eq!(widths.batches(), Batches::of(4 * MB / 4_000));
        widths.check(true).unwrap();
    }

    #[test]
    fn the_longest_value_of_each_type_is_measured() {
        let texts = StringArray::from(vec![Some("four"), None, Some("seven77"), Some("")]);
        assert_eq!((longest(&texts), longest(&texts.slice(0, 2)), longest(&texts.slice(3, 1))), (7, 4, 0));
        let lists = ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1); 3]), None, Some(vec![])]);
        assert_eq!((longest(&lists), longest(&lists.slice(1, 2))), (24, 0));
        let both = StructArray::from(vec![
            (Arc::new(Field::new("t", DataType::Utf8, true)), Arc::new(texts.slice(0, 3)) as ArrayRef),
            (Arc::new(Field::new("l", lists.data_type().clone(), true)), Arc::new(lists) as ArrayRef),
        ]);
        assert_eq!(longest(&both), 31);
    }
}
