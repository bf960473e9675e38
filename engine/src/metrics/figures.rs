//! Figures, and what they are made of.

use super::{Figure, Kind};
use crate::percentile::{Fraction, Values};
use crate::{Error, Result};
use arrow::array::{ArrayRef, AsArray as _, Int64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result as DataFusionResult, exec_datafusion_err};
use std::collections::{BTreeMap, HashMap};

/// Figures by the start of their period; the whole span has none.
pub(super) type ByStart = HashMap<Option<i64>, Figure>;
/// Those of each key.
pub(super) type Figures = HashMap<Option<String>, ByStart>;

/// The figures of each key in the spans that an answer looks at, and those of all keys together.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub(super) now: Figures,
    pub(super) earlier: Figures,
    /// Those of the periods of the year before the span.
    pub(super) year: Figures,
    /// Under the key `None`. Empty where nothing is told apart, or it is not wanted.
    pub(super) overall: Figures,
    /// When the first observation of each key was that was read, in microseconds since 1970.
    pub(super) first: BTreeMap<Option<String>, i64>,
    /// When the newest of all was that had happened.
    pub(super) newest: Option<i64>,
}

/// How an observation counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Counted,
    Open,
    Excluded,
    /// Nothing is known that would let it count.
    Neither,
}

/// What one figure is made of: observations of one key in one period.
#[derive(Debug, Default)]
pub(super) struct Cell {
    pub(super) n: i64,
    pub(super) open: i64,
    pub(super) excluded: i64,
    pub(super) values: Values,
    pub(super) numerator: Sum,
    pub(super) denominator: Sum,
}

impl Cell {
    /// Notes so many observations that count so.
    pub(super) fn note(&mut self, state: State, times: i64) {
        match state {
            State::Counted => self.n += times,
            State::Open => self.open += times,
            State::Excluded => self.excluded += times,
            State::Neither => {}
        }
    }

    /// Adds the observations of another one.
    pub(super) fn merge(&mut self, other: &Self) -> DataFusionResult<()> {
        self.n += other.n;
        self.open += other.open;
        self.excluded += other.excluded;
        self.values.extend(&other.values);
        self.numerator.add(other.numerator)?;
        self.denominator.add(other.denominator)
    }

    /// The figure that is made of them, which has no value yet.
    pub(super) fn figure(&mut self, kind: Kind) -> Figure {
        let (median, p90) = match kind {
            Kind::Percentile | Kind::Age => {
                (self.values.percentile(Fraction::HALF), self.values.percentile(Fraction::P90))
            }
            Kind::Ratio | Kind::Count | Kind::Level => (None, None),
        };
        Figure {
            value: None,
            n: self.n,
            numerator: self.numerator.total(),
            denominator: self.denominator.total(),
            median,
            p90,
            open: self.open,
            excluded: self.excluded,
            standings: Vec::new(),
        }
    }
}

/// The sum of a part of a ratio; over nothing there is none. Floats add up to another sum in another order, and rows come in any: from files
/// and threads. What the catalogue adds is whole, or has no more decimals than a microsecond or an estimate, and is added as decimals, which
/// are exact. How fine a tenant's own parts are nobody knows: those are added as they are, which is exact for whole numbers alone.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Sum {
    #[default]
    Nothing,
    /// In millionths.
    Exact(i128),
    Float(f64),
}

impl Sum {
    /// How many decimals are added exactly.
    pub(super) const PLACES: i8 = 6;

    pub(super) fn add(&mut self, other: Self) -> DataFusionResult<()> {
        *self = match (*self, other) {
            (Self::Nothing, sum) | (sum, Self::Nothing) => sum,
            (Self::Exact(one), Self::Exact(two)) => Self::Exact(
                one.checked_add(two).ok_or_else(|| exec_datafusion_err!("the sum of a ratio's parts has no place"))?,
            ),
            (one, two) => Self::Float(one.float() + two.float()),
        };
        Ok(())
    }

    fn float(self) -> f64 {
        match self {
            Self::Nothing => 0.0,
            Self::Exact(millionths) => millionths as f64 / 1e6,
            Self::Float(sum) => sum,
        }
    }

    fn total(self) -> Option<f64> {
        (self != Self::Nothing).then(|| self.float())
    }
}

fn column<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b ArrayRef> {
    batch.column_by_name(name).ok_or_else(|| Error::Question(format!("the figures came without `{name}`")))
}

/// A column of whole numbers, or of instants in microseconds.
pub(super) fn ints(batch: &RecordBatch, name: &str) -> Result<Int64Array> {
    Ok(cast(column(batch, name)?, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}
