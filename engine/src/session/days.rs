//! The day that an instant of UTC lies in: a division, where the cast to `DATE` looks up the offset of its zone, and the calendar, for each
//! of them.

use super::utc::is_utc;
use arrow::array::{Array, AsArray as _, Date32Array};
use arrow::compute::{cast, max, min};
use arrow::datatypes::{DataType, Field, FieldRef, TimeUnit, TimestampMicrosecondType};
use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::common::{DFSchema, Result, ScalarValue, internal_err};
use datafusion::logical_expr::expr::{Cast, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable as _, LogicalPlan, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use std::sync::{Arc, LazyLock};

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;
/// What lies within is of the calendar, and its day told by a cast, too: years from 200,000 before our era to 200,000.
const FARTHEST: i64 = 200_000 * 365 * DAY;

/// Puts the division in the place of casts in what a statement selects and groups by. Filters keep theirs, of which more is known when files
/// are passed over.
#[derive(Debug)]
pub(super) struct Days;

impl OptimizerRule for Days {
    fn name(&self) -> &'static str {
        "days_of_instants"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let input = match &plan {
            LogicalPlan::Projection(projection) => Arc::clone(projection.input.schema()),
            LogicalPlan::Aggregate(aggregate) => Arc::clone(aggregate.input.schema()),
            LogicalPlan::Window(window) => Arc::clone(window.input.schema()),
            _ => return Ok(Transformed::no(plan)),
        };
        let names = NamePreserver::new(&plan);
        plan.map_expressions(|expression| {
            let name = names.save(&expression);
            let changed = expression.transform_up(|expression| divided(expression, &input))?;
            Ok(changed.update_data(|expression| name.restore(expression)))
        })
    }
}

fn divided(expression: Expr, input: &DFSchema) -> Result<Transformed<Expr>> {
    match expression {
        Expr::Cast(Cast { expr, field }) if field.data_type() == &DataType::Date32 && is_instant(&expr, input)? => {
            static FUNCTION: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
                Arc::new(ScalarUDF::from(DayOf { signature: Signature::any(1, Volatility::Immutable) }))
            });
            let day = ScalarFunction::new_udf(Arc::clone(&FUNCTION), vec![*expr]);
            Ok(Transformed::yes(Expr::ScalarFunction(day)))
        }
        other => Ok(Transformed::no(other)),
    }
}

fn is_instant(expression: &Expr, input: &DFSchema) -> Result<bool> {
    Ok(match expression.get_type(input)? {
        DataType::Timestamp(TimeUnit::Microsecond, None) => true,
        DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) => is_utc(&zone),
        _ => false,
    })
}

/// A function that no statement can name.
#[derive(Debug, PartialEq, Eq, Hash)]
struct DayOf {
    signature: Signature,
}

impl ScalarUDFImpl for DayOf {
    fn name(&self) -> &'static str {
        "day_of"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Date32)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let may_be_null = args.arg_fields.iter().any(|field| field.is_nullable());
        Ok(Arc::new(Field::new(self.name(), DataType::Date32, may_be_null)))
    }

    fn output_ordering(&self, inputs: &[ExprProperties]) -> Result<SortProperties> {
        Ok(inputs.first().map_or(SortProperties::Unordered, |instants| instants.sort_properties))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some(instants) = args.args.into_iter().next() else {
            return internal_err!("day_of takes an instant");
        };
        match instants {
            ColumnarValue::Array(array) => Ok(ColumnarValue::Array(days(&array)?)),
            ColumnarValue::Scalar(value) => {
                let day = days(&value.to_array()?)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&day, 0)?))
            }
        }
    }
}

/// The day of each. What may lie beyond the calendar is left to the cast, with what that says.
fn days(array: &dyn Array) -> Result<Arc<dyn Array>> {
    let instants = array.as_primitive::<TimestampMicrosecondType>();
    let are_of_the_calendar =
        min(instants).is_none_or(|first| first >= -FARTHEST) && max(instants).is_none_or(|last| last <= FARTHEST);
    if !are_of_the_calendar {
        return Ok(cast(array, &DataType::Date32)?);
    }
    let days: Date32Array = instants.unary(|at| i32::try_from(at.div_euclid(DAY)).unwrap_or_default());
    Ok(Arc::new(days))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::{refusal, session, shown};
    use arrow::array::TimestampMicrosecondArray;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_day_is_the_one_that_a_cast_tells(at in prop::collection::vec(prop::option::of(-FARTHEST..FARTHEST), 1..40)) {
            for zone in [None, Some("UTC"), Some("+00:00")] {
                let instants = TimestampMicrosecondArray::from(at.clone()).with_timezone_opt(zone);
                prop_assert_eq!(&days(&instants).unwrap(), &cast(&instants, &DataType::Date32).unwrap());
            }
        }
    }

    #[test]
    fn days_begin_at_midnight_also_before_1970_and_what_is_beyond_the_calendar_is_told_as_a_cast_tells_it() {
        let of = |at: Vec<Option<i64>>| days(&TimestampMicrosecondArray::from(at).with_timezone("UTC"));
        let told = of(vec![Some(0), Some(DAY - 1), Some(DAY), Some(-1), Some(-DAY), Some(-DAY - 1), None]).unwrap();
        let expected = Date32Array::from(vec![Some(0), Some(0), Some(1), Some(-1), Some(-1), Some(-2), None]);
        assert_eq!(told.as_ref(), &expected as &dyn Array);
        let far = TimestampMicrosecondArray::from(vec![i64::MAX]).with_timezone("UTC");
        let theirs = cast(&far, &DataType::Date32).unwrap_err().to_string();
        assert!(of(vec![Some(i64::MAX)]).unwrap_err().to_string().contains(&theirs), "{theirs}");
        assert_eq!(of(vec![]).unwrap().len(), 0);
    }

    #[tokio::test]
    async fn what_is_selected_and_grouped_by_is_divided_under_its_own_name_and_filters_keep_their_cast() {
        let session = session();
        let text = "SELECT CAST(deployed_at AS DATE), count(*) FROM changes WHERE CAST(merged_at AS DATE) <> DATE '2026-03-01' GROUP BY 1";
        let plan = shown(&session, &format!("EXPLAIN {text}")).await;
        assert!(plan.contains("day_of(deployed_at"), "{plan}");
        assert!(!plan.contains("day_of(merged_at"), "{plan}");
        let answer = shown(
            &session,
            "SELECT CAST(TIMESTAMP '2026-03-01T23:59:59Z' AS DATE) AS day, CAST(deployed_at AS DATE) FROM changes LIMIT 1",
        );
        let answer = answer.await;
        assert!(answer.contains("2026-03-01") && answer.contains("changes.deployed_at"), "{answer}");
        assert!(refusal(&session, "SELECT day_of(deployed_at) FROM changes").await.contains("day_of"));
    }
}
