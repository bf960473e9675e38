//! The functions that a question may use.

use super::{period_start, ramp, replace, series};
use crate::percentile;
use datafusion::execution::SessionStateDefaults;
use datafusion::execution::session_state::SessionStateBuilder;

/// Functions of DataFusion's that are left out: those that tell of files or of the build, those that make a value of any
/// size out of a number or out of small ones, which no memory pool sees, and those whose work grows with the square of what
/// they are given, in one step that nothing stops. What merely puts its arguments together is weighed (see
/// [`super::weigh`]).
const LEFT_OUT: &[&str] = &[
    "version",
    "input_file_name",
    "file_row_index",
    "repeat",
    "lpad",
    "rpad",
    "array_repeat",
    "array_resize",
    "generate_series",
    "range",
    "array_replace",
    "array_replace_all",
    "array_replace_n",
    "array_to_string",
    "array_transform",
    "regexp_match",
    "regexp_replace",
    "levenshtein",
    // The size of its sketch is an argument, and is reserved for each group before a value is seen.
    "approx_percentile_cont",
    "approx_percentile_cont_with_weight",
];
/// In the place of these there is one of ours, of the same name or with that for another name.
const OURS: &[&str] = &["replace", "median", "percentile_cont"];

/// Puts in what a session knows: planners, the functions that are not left out, and ours. No file formats, no table
/// factories.
pub(super) fn register(builder: SessionStateBuilder) -> SessionStateBuilder {
    let kept = |name: &str| !LEFT_OUT.contains(&name) && !OURS.contains(&name);
    let mut scalar = SessionStateDefaults::default_scalar_functions();
    scalar.retain(|function| kept(function.name()));
    scalar.push(replace::function());
    scalar.push(period_start::function());
    scalar.push(ramp::function());
    let mut higher_order = SessionStateDefaults::default_higher_order_functions();
    higher_order.retain(|function| kept(function.name()));
    let mut aggregate = SessionStateDefaults::default_aggregate_functions();
    aggregate.retain(|function| kept(function.name()));
    aggregate.push(percentile::exact_percentile());
    aggregate.push(percentile::exact_median());
    builder
        .with_expr_planners(SessionStateDefaults::default_expr_planners())
        .with_scalar_functions(scalar)
        .with_higher_order_functions(higher_order)
        .with_aggregate_functions(aggregate)
        .with_window_functions(SessionStateDefaults::default_window_functions())
        .with_table_function_list(series::functions())
}
