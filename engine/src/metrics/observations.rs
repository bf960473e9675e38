//! The columns of observations that figures are made of.

use super::figures::{Cell, State, Sum};
use super::places::Apart;
use arrow::array::{
    Array as _, ArrayRef, AsArray as _, BooleanArray, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    StringViewArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type};
use datafusion::common::Result;

/// Some observations. What a metric's kind does not need is not there.
pub(super) struct Observations {
    rows: usize,
    says: Vec<(Option<StringViewArray>, Option<StringViewArray>)>,
    at: Option<Int64Array>,
    left_at: Option<Int64Array>,
    open: Option<BooleanArray>,
    kept: Option<BooleanArray>,
    values: Option<Float64Array>,
    numerators: Option<Parts>,
    denominators: Option<Parts>,
}

/// A column of parts of ratios.
enum Parts {
    Exact(Decimal128Array),
    Floats(Float64Array),
}

impl Observations {
    /// Those of a batch, by the names of its columns.
    pub(super) fn of(batch: &RecordBatch, apart: &[Apart]) -> Result<Self> {
        let text = |name: Option<&str>| {
            let of = |column: &ArrayRef| column.as_string_view().clone();
            name.map_or(Ok(None), |name| read(batch, name, &DataType::Utf8View, of))
        };
        let says = apart.iter().map(Apart::columns).map(|(key, repository)| Ok((text(key)?, text(repository)?)));
        let instants = |name| read(batch, name, &DataType::Int64, |column| column.as_primitive::<Int64Type>().clone());
        let flags = |name| read(batch, name, &DataType::Boolean, |column| column.as_boolean().clone());
        Ok(Self {
            rows: batch.num_rows(),
            says: says.collect::<Result<_>>()?,
            at: instants("at")?,
            left_at: instants("left_at")?,
            open: flags("open")?,
            kept: flags("kept")?,
            values: read(batch, "value", &DataType::Float64, floats)?,
            numerators: Parts::of(batch, "numerator")?,
            denominators: Parts::of(batch, "denominator")?,
        })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.rows
    }

    /// What one says of itself in the columns of each that they are told apart by: its key, and its repository where that tells projects.
    pub(super) fn says(&self, apart: usize, row: usize) -> (Option<&str>, Option<&str>) {
        let Some((keys, repositories)) = self.says.get(apart) else { return (None, None) };
        (text(keys.as_ref(), row), text(repositories.as_ref(), row))
    }

    /// When it was, in microseconds since 1970.
    pub(super) fn at(&self, row: usize) -> Option<i64> {
        instant(self.at.as_ref(), row)
    }

    /// Until when it was, where it is a stay that has ended.
    pub(super) fn left_at(&self, row: usize) -> Option<i64> {
        instant(self.left_at.as_ref(), row)
    }

    /// Whether it counts, as [`COUNTED`](super::scope::COUNTED) says it to the evidence, once its time is known.
    pub(super) fn state(&self, row: usize) -> State {
        let flag = |column: &Option<BooleanArray>| {
            column.as_ref().filter(|column| column.is_valid(row)).map(|column| column.value(row))
        };
        match (flag(&self.kept), flag(&self.open)) {
            (Some(false), _) => State::Excluded,
            (_, Some(true)) => State::Open,
            (_, Some(false)) => State::Counted,
            (_, None) => State::Neither,
        }
    }

    /// Adds what one that counts is measured by. Returns how many values that are.
    pub(super) fn add(&self, row: usize, cell: &mut Cell) -> Result<usize> {
        if let (Some(numerators), Some(denominators)) = (&self.numerators, &self.denominators) {
            cell.numerator.add(numerators.get(row))?;
            cell.denominator.add(denominators.get(row))?;
        }
        match &self.values {
            Some(values) if values.is_valid(row) => cell.values.push(values.value(row)).map(|()| 1),
            _ => Ok(0),
        }
    }
}

impl Parts {
    fn of(batch: &RecordBatch, name: &str) -> Result<Option<Self>> {
        match batch.column_by_name(name) {
            Some(column) if matches!(column.data_type(), DataType::Decimal128(_, Sum::PLACES)) => {
                Ok(Some(Self::Exact(column.as_primitive::<Decimal128Type>().clone())))
            }
            _ => Ok(read(batch, name, &DataType::Float64, floats)?.map(Self::Floats)),
        }
    }

    fn get(&self, row: usize) -> Sum {
        match self {
            Self::Exact(parts) if parts.is_valid(row) => Sum::Exact(parts.value(row)),
            Self::Floats(parts) if parts.is_valid(row) => Sum::Float(parts.value(row)),
            Self::Exact(_) | Self::Floats(_) => Sum::Nothing,
        }
    }
}

/// A column of a batch as that type; none where it is not there.
fn read<T>(batch: &RecordBatch, name: &str, kind: &DataType, of: impl Fn(&ArrayRef) -> T) -> Result<Option<T>> {
    batch.column_by_name(name).map(|column| Ok(of(&cast(column, kind)?))).transpose()
}

fn floats(column: &ArrayRef) -> Float64Array {
    column.as_primitive::<Float64Type>().clone()
}

fn text(column: Option<&StringViewArray>, row: usize) -> Option<&str> {
    column.filter(|column| column.is_valid(row)).map(|column| column.value(row))
}

fn instant(column: Option<&Int64Array>, row: usize) -> Option<i64> {
    column.filter(|column| column.is_valid(row)).map(|column| column.value(row))
}
