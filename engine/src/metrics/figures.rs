//! Figures as `sql/ask.sql`, `sql/level.sql` and `sql/ages.sql` return them.

use super::Figure;
use super::measure::Measured;
use crate::{Error, Result};
use arrow::array::{
    Array as _, ArrayRef, AsArray as _, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use std::collections::HashMap;

/// The figures of each key by the start of their period; the whole span has none.
pub(super) type Figures = HashMap<Option<String>, HashMap<Option<i64>, Figure>>;

/// What was there at the ends of periods, for each key, and altogether.
#[derive(Debug, Default)]
pub(super) struct There {
    pub(super) groups: HashMap<Option<String>, HashMap<i64, Figure>>,
    pub(super) overall: HashMap<i64, Figure>,
}

/// The rows of `sql/ask.sql`. A row whose period is NULL without being a total holds what no time is known of: it is in the
/// total, and in no period.
pub(super) fn of_observations(batches: &[RecordBatch]) -> Result<Measured> {
    let mut all = Measured::default();
    for batch in batches {
        let rows = Rows::of(batch)?;
        let starts = cast(column(batch, "period")?, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
        let starts = starts.as_primitive::<TimestampMicrosecondType>();
        let (now, earlier) = (flags(batch, "now")?, flags(batch, "earlier")?);
        let (totals, firsts) = (ints(batch, "is_total")?, ints(batch, "first")?);
        for i in 0..batch.num_rows() {
            let is_total = totals.value(i) == 1;
            if !is_total && starts.is_null(i) {
                continue;
            }
            if is_total && firsts.is_valid(i) {
                let first = all.first.entry(rows.key(i)).or_insert(i64::MAX);
                *first = (*first).min(firsts.value(i));
            }
            let is = |flags: &BooleanArray| flags.is_valid(i) && flags.value(i);
            let figures = match (is(&now), is(&earlier)) {
                (true, _) if rows.of_all.value(i) == 1 => &mut all.overall,
                (true, _) => &mut all.now,
                (false, true) => &mut all.earlier,
                // What is not in the span is before it, and of all that together nothing is told.
                (false, false) if now.is_valid(i) && !is_total && rows.of_all.value(i) == 0 => &mut all.year,
                (false, false) => continue,
            };
            figures.entry(rows.key(i)).or_default().insert((!is_total).then(|| starts.value(i)), rows.figure(i));
        }
    }
    Ok(all)
}

/// Adds the rows of `sql/level.sql`, which tell what came and went by each of `ends`; of all keys together where that `is_told`.
pub(super) fn of_levels(batches: &[RecordBatch], ends: &[i64], is_told: bool, there: &mut There) -> Result<()> {
    // Of each key how many more or fewer there are at each end than at the one before, and excluded ones.
    let mut steps: HashMap<Option<String>, Vec<(i64, i64)>> = HashMap::new();
    for batch in batches {
        let keys = cast(column(batch, "key")?, &DataType::Utf8)?;
        let keys = keys.as_string::<i32>();
        let (came, went) = (ints(batch, "came_by")?, ints(batch, "went_by")?);
        let (n, excluded) = (ints(batch, "n")?, ints(batch, "excluded")?);
        for i in 0..batch.num_rows() {
            let (at, sign) = match (came.is_valid(i), went.is_valid(i)) {
                (true, _) => (came.value(i), 1),
                (false, true) => (went.value(i), -1),
                (false, false) => continue,
            };
            let Ok(place) = ends.binary_search(&at) else { continue };
            let key = keys.is_valid(i).then(|| keys.value(i).to_owned());
            let step = &mut steps.entry(key).or_insert_with(|| vec![(0, 0); ends.len()])[place];
            *step = (step.0 + sign * n.value(i), step.1 + sign * excluded.value(i));
        }
    }
    for (key, steps) in steps {
        let (mut n, mut excluded) = (0, 0);
        for (end, step) in ends.iter().zip(steps) {
            (n, excluded) = (n + step.0, excluded + step.1);
            if (n, excluded) == (0, 0) {
                continue;
            }
            there.groups.entry(key.clone()).or_default().insert(*end, Figure { n, excluded, ..Figure::default() });
            if is_told {
                let all = there.overall.entry(*end).or_default();
                (all.n, all.excluded) = (all.n + n, all.excluded + excluded);
            }
        }
    }
    Ok(())
}

/// Adds the rows of `sql/ages.sql`.
pub(super) fn of_stays(batches: &[RecordBatch], there: &mut There) -> Result<()> {
    for batch in batches {
        let (rows, ends) = (Rows::of(batch)?, ints(batch, "ends_at")?);
        for i in 0..batch.num_rows() {
            let figures = match rows.of_all.value(i) {
                1 => &mut there.overall,
                _ => there.groups.entry(rows.key(i)).or_default(),
            };
            figures.insert(ends.value(i), rows.figure(i));
        }
    }
    Ok(())
}

/// What the rows of both have.
struct Rows {
    keys: StringArray,
    of_all: Int64Array,
    n: Int64Array,
    open: Int64Array,
    excluded: Int64Array,
    median: Float64Array,
    p90: Float64Array,
    numerator: Float64Array,
    denominator: Float64Array,
}

impl Rows {
    fn of(batch: &RecordBatch) -> Result<Self> {
        let floats = |name: &str| -> Result<Float64Array> {
            Ok(cast(column(batch, name)?, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
        };
        Ok(Self {
            keys: cast(column(batch, "key")?, &DataType::Utf8)?.as_string::<i32>().clone(),
            of_all: ints(batch, "is_of_all")?,
            n: ints(batch, "n")?,
            open: ints(batch, "open")?,
            excluded: ints(batch, "excluded")?,
            median: floats("median")?,
            p90: floats("p90")?,
            numerator: floats("numerator")?,
            denominator: floats("denominator")?,
        })
    }

    fn key(&self, i: usize) -> Option<String> {
        self.keys.is_valid(i).then(|| self.keys.value(i).to_owned())
    }

    fn figure(&self, i: usize) -> Figure {
        let maybe = |array: &Float64Array| array.is_valid(i).then(|| array.value(i));
        Figure {
            value: None,
            n: self.n.value(i),
            numerator: maybe(&self.numerator),
            denominator: maybe(&self.denominator),
            median: maybe(&self.median),
            p90: maybe(&self.p90),
            open: self.open.value(i),
            excluded: self.excluded.value(i),
            standings: Vec::new(),
        }
    }
}

fn column<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b ArrayRef> {
    batch.column_by_name(name).ok_or_else(|| Error::Question(format!("the figures came without `{name}`")))
}

/// A column of whole numbers, or of instants in microseconds.
pub(super) fn ints(batch: &RecordBatch, name: &str) -> Result<Int64Array> {
    Ok(cast(column(batch, name)?, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}

fn flags(batch: &RecordBatch, name: &str) -> Result<BooleanArray> {
    Ok(cast(column(batch, name)?, &DataType::Boolean)?.as_boolean().clone())
}
