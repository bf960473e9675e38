//! A metric's groups over the steps of a report, as frames: values, or changes from step to step, a row a group and a column a step.

use super::make::name_of;
use super::paper::{self, Cell, Table};
use crate::Result;
use crate::dashboards::{Measure, State};
use crate::texts::Language;
use polars::prelude::*;
use pulse_engine::Error as Failed;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What stands in a pivot's cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cells {
    /// The step's figure.
    #[default]
    Values,
    /// How much it is more or less than that of the step before, as a share of it; of a share, in points.
    Changes,
}

/// How many steps pages show: the last ones. Files have all.
const SHOWN: usize = 6;

/// The columns of the frames.
const GROUP: &str = "group";
const STEP: &str = "step";
const VALUE: &str = "value";

/// A pivot of a measure: a row each group, a column each step.
///
/// # Errors
/// When a frame cannot be made, which is a mistake of ours.
pub(super) fn pivot(title: &str, measure: &Measure, cells: Cells, language: Language) -> Result<Table> {
    let labels: Vec<String> = match measure.groups.first() {
        Some(first) => first.group.points.iter().map(|point| point.label.clone()).collect(),
        None => Vec::new(),
    };
    let names: Vec<String> = measure.groups.iter().map(|opened| name_of(measure, &opened.group, language)).collect();
    // None of what was never seen is none.
    let seen = |value: Option<f64>| value.filter(|_| measure.state != State::NeverSeen);
    let values =
        measure.groups.iter().map(|opened| opened.group.points.iter().map(|point| seen(point.figure.value)).collect());
    let is_share = measure.unit == "ratio";
    let unit = match cells {
        Cells::Values => measure.unit.as_str(),
        Cells::Changes if is_share => "points",
        Cells::Changes => "ratio",
    };
    let wide = table(&values.collect::<Vec<_>>(), labels.len(), cells, is_share).map_err(Failed::from)?;
    let first = labels.len().saturating_sub(SHOWN);
    let mut columns = vec![paper::Column::text(language.say(measure.by.map_or("Metric", super::tables::heading)), 6)];
    columns.extend(labels.iter().enumerate().map(|(at, label)| match paper::Column::number(label, unit) {
        column if at < first => super::tables::aside(column),
        column => column,
    }));
    let rows = names.into_iter().zip(wide).map(|(name, values)| {
        let mut row = vec![Cell::Text(name)];
        row.extend(values.into_iter().map(Cell::number));
        row
    });
    let none = language.say("There are no figures.").to_owned();
    Ok(Table { title: title.to_owned(), columns, rows: rows.collect(), none })
}

/// The cells, row by row: groups have values by step, which need not be there.
fn table(
    groups: &[Vec<Option<f64>>],
    steps: usize,
    cells: Cells,
    is_share: bool,
) -> PolarsResult<Vec<Vec<Option<f64>>>> {
    let mut long = long(groups)?;
    if cells == Cells::Changes {
        long = changes(&long, is_share)?;
    }
    let wide = wide(&long, groups.len(), steps)?;
    let columns = (0..steps).map(|step| Ok(wide.column(&step.to_string())?.f64()?.iter().collect::<Vec<_>>()));
    let columns = columns.collect::<PolarsResult<Vec<Vec<Option<f64>>>>>()?;
    let row = |at: usize| columns.iter().map(|column| column.get(at).copied().flatten()).collect();
    Ok((0..groups.len()).map(row).collect())
}

/// A row each group and step, in that order.
fn long(groups: &[Vec<Option<f64>>]) -> PolarsResult<DataFrame> {
    let places = groups.iter().enumerate().flat_map(|(group, values)| {
        values.iter().enumerate().map(move |(step, value)| (group as u32, step as u32, *value))
    });
    let (mut of_group, mut of_step, mut of_value) = (Vec::new(), Vec::new(), Vec::new());
    for (group, step, value) in places {
        of_group.push(group);
        of_step.push(step);
        of_value.push(value);
    }
    df!(GROUP => of_group, STEP => of_step, VALUE => of_value)
}

/// How each row differs from the one before it, where that is of the same group. To nothing there is no share.
fn changes(long: &DataFrame, is_share: bool) -> PolarsResult<DataFrame> {
    let (group, value) = (long.column(GROUP)?, long.column(VALUE)?);
    let (before, same) = (value.shift(1), group.equal(&group.shift(1))?);
    let difference = (value - &before)?;
    let change = if is_share { difference * 100.0 } else { (&difference / &before)? };
    let known = change.is_finite()? & same;
    let nothing = Column::full_null(VALUE.into(), long.height(), &DataType::Float64);
    let mut changed = long.clone();
    changed.with_column(change.zip_with(&known, &nothing)?.with_name(VALUE.into()))?;
    Ok(changed)
}

/// A row each group, a column each step.
fn wide(long: &DataFrame, groups: usize, steps: usize) -> PolarsResult<DataFrame> {
    let mut wide = df!(GROUP => (0..groups as u32).collect::<Vec<_>>())?;
    for step in 0..steps {
        let of_step = long.filter(&long.column(STEP)?.u32()?.equal(step as u32))?;
        let mut of_step = of_step.select([GROUP, VALUE])?;
        of_step.rename(VALUE, step.to_string().into())?;
        wide = wide.left_join(&of_step, [GROUP], [GROUP])?;
    }
    // A join promises no order.
    wide.sort([GROUP], SortMultipleOptions::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_the_row_of_their_group_and_the_column_of_their_step() {
        let groups = [vec![Some(1.0), None, Some(3.0)], vec![Some(10.0), Some(20.0)], vec![]];
        let found = table(&groups, 3, Cells::Values, false).unwrap();
        let expected = [vec![Some(1.0), None, Some(3.0)], vec![Some(10.0), Some(20.0), None], vec![None, None, None]];
        assert_eq!(found, expected);
        assert_eq!(table(&[], 3, Cells::Values, false).unwrap(), Vec::<Vec<Option<f64>>>::new());
        assert_eq!(table(&[vec![]], 0, Cells::Changes, false).unwrap(), [Vec::new()]);
    }

    #[test]
    fn changes_are_from_step_to_step_within_a_group_and_of_nothing_there_are_none() {
        let groups = [vec![Some(4.0), Some(5.0), Some(2.5), None], vec![Some(0.0), Some(3.0), Some(3.0), Some(0.0)]];
        let found = table(&groups, 4, Cells::Changes, false).unwrap();
        assert_eq!(found, [vec![None, Some(0.25), Some(-0.5), None], vec![None, None, Some(0.0), Some(-1.0)]]);
        let shares = table(&[vec![Some(0.25), Some(0.5), Some(0.0)]], 3, Cells::Changes, true).unwrap();
        assert_eq!(shares, [vec![None, Some(25.0), Some(-50.0)]]);
    }
}
