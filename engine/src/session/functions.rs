//! The functions that a question may use.

use super::allowed::ALLOWED;
use super::{
    counted, date_diff, first_above, matched, period_start, ramp, regexp_extract, replace, series, strpos, summed, utc,
};
use crate::percentile;
use datafusion::execution::SessionStateDefaults;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::logical_expr::planner::ExprPlanner;
use datafusion::logical_expr::{AggregateUDF, HigherOrderUDF, ScalarUDF, WindowUDF};
use std::sync::{Arc, LazyLock};

/// What every session of the process knows, made once.
static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let mut higher_order = SessionStateDefaults::default_higher_order_functions();
    higher_order.retain(|function| kept(function.name()));
    let mut aggregate = SessionStateDefaults::default_aggregate_functions();
    aggregate.retain(|function| kept(function.name()));
    for function in &mut aggregate {
        match function.name() {
            "sum" => *function = summed::over(Arc::clone(function)),
            "count" => *function = counted::over(Arc::clone(function)),
            _ => {}
        }
    }
    aggregate.push(percentile::exact_percentile());
    aggregate.push(percentile::exact_median());
    // The first that plans an expression has planned it.
    let mut planners: Vec<Arc<dyn ExprPlanner>> = vec![Arc::new(strpos::Position)];
    planners.extend(SessionStateDefaults::default_expr_planners());
    Known {
        planners,
        scalar: scalar(),
        higher_order,
        aggregate,
        window: SessionStateDefaults::default_window_functions(),
    }
});

struct Known {
    planners: Vec<Arc<dyn ExprPlanner>>,
    scalar: Vec<Arc<ScalarUDF>>,
    higher_order: Vec<Arc<HigherOrderUDF>>,
    aggregate: Vec<Arc<AggregateUDF>>,
    window: Vec<Arc<WindowUDF>>,
}

/// Puts in what a session knows: planners, the functions that are not left out, and ours. No file formats, no table
/// factories.
pub(super) fn register(builder: SessionStateBuilder) -> SessionStateBuilder {
    let Known { planners, scalar, higher_order, aggregate, window } = &*KNOWN;
    builder
        .with_expr_planners(planners.clone())
        .with_scalar_functions(scalar.clone())
        .with_higher_order_functions(higher_order.clone())
        .with_aggregate_functions(aggregate.clone())
        .with_window_functions(window.clone())
        .with_table_function_list(series::functions())
}

fn kept(name: &str) -> bool {
    ALLOWED.binary_search(&name).is_ok()
}

fn scalar() -> Vec<Arc<ScalarUDF>> {
    let mut scalar = SessionStateDefaults::default_scalar_functions();
    scalar.retain(|function| kept(function.name()));
    for function in scalar.iter_mut().filter(|function| utc::QUICKER.contains(&function.name())) {
        *function = utc::over(Arc::clone(function));
    }
    for function in &mut scalar {
        if let Some(watched) = matched::over(function) {
            *function = watched;
        }
    }
    scalar.extend([
        replace::function(),
        strpos::function(),
        regexp_extract::function(),
        period_start::function(),
        date_diff::function(),
        ramp::function(),
        first_above::function(),
    ]);
    scalar
}

/// The names of all functions that a question may use, in order.
pub fn names() -> Vec<String> {
    let Known { scalar, higher_order, aggregate, window, .. } = &*KNOWN;
    let mut names: Vec<String> = scalar.iter().map(|f| f.name().to_owned()).collect();
    names.extend(higher_order.iter().map(|f| f.name().to_owned()));
    names.extend(aggregate.iter().map(|f| f.name().to_owned()));
    names.extend(window.iter().map(|f| f.name().to_owned()));
    names.sort();
    names.dedup();
    names
}

/// What a function works on, as far as drivers tell functions apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    /// Numbers.
    Number,
    /// Texts.
    Text,
    /// Days and times.
    Time,
    /// Whatever there is: which value is taken depends on a condition.
    Condition,
}

/// The names of the functions of a kind, in order: those that make a value of the values of one row.
pub fn functions(kind: FunctionKind) -> Vec<String> {
    let (section, ours): (&str, &[&str]) = match kind {
        FunctionKind::Number => ("Math Functions", &["ramp", "first_above"]),
        FunctionKind::Text => ("String Functions", &["replace", "regexp_extract"]),
        FunctionKind::Time => ("Time and Date Functions", &["period_start", "date_diff"]),
        FunctionKind::Condition => ("Conditional Functions", &[]),
    };
    let is_of = |function: &ScalarUDF| {
        ours.contains(&function.name()) || function.documentation().is_some_and(|doc| doc.doc_section.label == section)
    };
    let mut names: Vec<_> = scalar().iter().filter(|f| is_of(f)).map(|f| f.name().to_owned()).collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Functions of DataFusion's that are left out: those that tell of files or of the build, those that make a value of any
    /// size out of a number or out of small ones, which no memory pool sees, and those whose work grows with the square of what
    /// they are given, in one step that nothing stops. What merely puts its arguments together is weighed (see
    /// `weigh`).
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
    const OURS: &[&str] = &["replace", "strpos", "median", "percentile_cont"];

    #[test]
    fn every_function_of_datafusions_is_allowed_or_left_out() {
        assert!(ALLOWED.is_sorted());
        let mut all: Vec<String> = Vec::new();
        all.extend(SessionStateDefaults::default_scalar_functions().iter().map(|f| f.name().to_owned()));
        all.extend(SessionStateDefaults::default_higher_order_functions().iter().map(|f| f.name().to_owned()));
        all.extend(SessionStateDefaults::default_aggregate_functions().iter().map(|f| f.name().to_owned()));
        all.extend(SessionStateDefaults::default_window_functions().iter().map(|f| f.name().to_owned()));
        let is_known = |name: &str| kept(name) || LEFT_OUT.contains(&name) || OURS.contains(&name);
        all.retain(|name| !is_known(name));
        assert!(all.is_empty(), "is it safe to have these? {all:?}");
        for name in LEFT_OUT.iter().chain(OURS) {
            assert!(!kept(name), "{name}");
        }
    }

    #[test]
    fn each_kind_of_function_has_those_that_everybody_knows_and_none_that_is_left_out() {
        for (kind, known) in [
            (FunctionKind::Number, ["abs", "round", "ramp"]),
            (FunctionKind::Text, ["upper", "regexp_extract", "replace"]),
            (FunctionKind::Time, ["date_trunc", "date_diff", "period_start"]),
            (FunctionKind::Condition, ["coalesce", "nullif", "greatest"]),
        ] {
            let names = functions(kind);
            assert!(known.iter().all(|name| names.iter().any(|n| n == name)), "{kind:?}: {names:?}");
            assert!(!names.iter().any(|name| LEFT_OUT.contains(&name.as_str())), "{kind:?}: {names:?}");
        }
    }
}
