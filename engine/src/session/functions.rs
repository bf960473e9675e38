//! The functions that a question may use.

use super::{period_start, replace, series};
use crate::percentile;
use datafusion::execution::SessionStateDefaults;
use datafusion::execution::session_state::SessionStateBuilder;

/// Functions of DataFusion's that are left out: those that tell of files or of the build, and those that make a value of
/// any size out of a number or out of small ones, which no memory pool sees. What merely puts its arguments together is
/// weighed (see [`super::weigh`]).
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
];
/// In its place there is one of ours.
const OURS: &str = "replace";

/// Puts in what a session knows: planners, the functions that are not left out, and ours. No file formats, no table
/// factories.
pub(super) fn register(builder: SessionStateBuilder) -> SessionStateBuilder {
    let mut scalar = SessionStateDefaults::default_scalar_functions();
    scalar.retain(|function| !LEFT_OUT.contains(&function.name()) && function.name() != OURS);
    scalar.push(replace::function());
    scalar.push(period_start::function());
    let mut higher_order = SessionStateDefaults::default_higher_order_functions();
    higher_order.retain(|function| !LEFT_OUT.contains(&function.name()));
    let mut aggregate = SessionStateDefaults::default_aggregate_functions();
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
