//! Percentiles that are exact to the last bit: `exact_percentile(x, p)` and `exact_median(x)`.
//!
//! The definition is Hyndman and Fan's type 7, as in spreadsheets, NumPy and SQL's `percentile_cont`: over n sorted values
//! the rank is (n − 1)·p, and a rank between two values is interpolated in a straight line. What is different here is the
//! arithmetic: `p` is taken as the decimal that was written (0.85 is 17/20, not the float next to it), the interpolation
//! is done in integers, and the result is rounded once, to the nearest float.
//!
//! `percentile_cont` and `median` are other names of theirs, and `percentile_cont(p) WITHIN GROUP (ORDER BY x)` another way
//! to write them: the stock ones round on the way, and sort a window's frame anew for each of its rows.
//!
//! The median and the 90th percentile of the same values are gathered once (`together`).
//!
//! NULLs are ignored, no values give NULL. NaN and infinities are refused, because no order of them makes a figure that
//! means something. Integers and floats are taken as they are; decimals by their nearest float.

mod gathered;
mod grouped;
mod running;
mod single;
mod together;
mod value;
mod wanted;

pub(crate) use gathered::Values;
pub use together::Together;
pub use value::{Fraction, of};

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, GroupsAccumulator, Signature, Volatility,
};
use datafusion::physical_plan::PhysicalExpr;
use std::sync::Arc;
use value::Numbers;
use wanted::Wanted;

/// `exact_percentile(x, p)`, with `p` a constant from 0 to 1.
pub fn exact_percentile() -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::from(Exact::new(Kind::Percentile)))
}

/// `exact_median(x)`.
pub fn exact_median() -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::from(Exact::new(Kind::Median)))
}

/// Several percentiles of `x`, as a struct. No statement can name it: [`Together`] puts it in.
fn exact_percentiles(fractions: Vec<Fraction>) -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::from(Exact::new(Kind::Several(fractions))))
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Percentile,
    Median,
    Several(Vec<Fraction>),
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Exact {
    kind: Kind,
    aliases: Vec<String>,
    signature: Signature,
}

impl Exact {
    fn new(kind: Kind) -> Self {
        let aliases: &[&str] = match kind {
            Kind::Percentile => &["percentile_cont", "quantile_cont"],
            Kind::Median => &["median"],
            Kind::Several(_) => &[],
        };
        let aliases = aliases.iter().map(ToString::to_string).collect();
        Self { kind, aliases, signature: Signature::user_defined(Volatility::Immutable) }
    }

    fn wanted(&self, args: &AccumulatorArgs) -> Result<Wanted> {
        match &self.kind {
            Kind::Median => Ok(Wanted::One(Fraction::HALF)),
            Kind::Several(fractions) => Ok(Wanted::Several(fractions.clone())),
            Kind::Percentile => match args.exprs.get(1).map(constant).transpose()?.flatten() {
                Some(p) => {
                    let fraction = Fraction::new(p)?;
                    let descending = args.order_bys.first().is_some_and(|by| by.options.descending);
                    Ok(Wanted::One(if descending { fraction.seen_from_above() } else { fraction }))
                }
                None => plan_err!("exact_percentile(x, p) takes a constant p from 0 to 1, such as 0.9"),
            },
        }
    }

    fn numbers(&self, args: &AccumulatorArgs) -> Result<Numbers> {
        if args.is_distinct {
            return plan_err!(
                "{}(DISTINCT …) is not offered: take the distinct values in a subquery first",
                self.name()
            );
        }
        Numbers::of(args.expr_fields[0].data_type())
    }
}

/// A constant argument's number; `None` when it depends on a row, or is NULL.
fn constant(expr: &Arc<dyn PhysicalExpr>) -> Result<Option<f64>> {
    let options = RecordBatchOptions::new().with_row_count(Some(1));
    let no_columns = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options)?;
    let Ok(ColumnarValue::Scalar(scalar)) = expr.evaluate(&no_columns) else { return Ok(None) };
    match scalar.cast_to(&DataType::Float64)? {
        ScalarValue::Float64(number) => Ok(number),
        _ => Ok(None),
    }
}

impl AggregateUDFImpl for Exact {
    fn name(&self) -> &str {
        match self.kind {
            Kind::Percentile => "exact_percentile",
            Kind::Median => "exact_median",
            Kind::Several(_) => "exact_percentiles",
        }
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn supports_within_group_clause(&self) -> bool {
        self.kind == Kind::Percentile
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let wanted = match self.kind {
            Kind::Percentile => 2,
            Kind::Median | Kind::Several(_) => 1,
        };
        if types.len() != wanted {
            return plan_err!("{} takes {wanted} argument(s), not {}", self.name(), types.len());
        }
        let mut coerced = vec![Numbers::coerced(&types[0])?];
        if let Some(p) = types.get(1) {
            if !p.is_numeric() {
                return plan_err!("exact_percentile(x, p) takes a constant p from 0 to 1, such as 0.9");
            }
            coerced.push(p.clone());
        }
        Ok(coerced)
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(match &self.kind {
            Kind::Several(fractions) => wanted::type_of_several(fractions.len()),
            Kind::Percentile | Kind::Median => DataType::Float64,
        })
    }

    /// Which values there are makes the figure, whatever order they come in: `ORDER BY` only says from which end to count, and
    /// no row is sorted for it.
    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let name = format_state_name(args.name, "keys");
        Ok(vec![Arc::new(Field::new(name, value::state_type(), true))])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(single::Single::new(self.numbers(&args)?, self.wanted(&args)?)))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        !args.is_distinct
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(grouped::Grouped::new(self.numbers(&args)?, self.wanted(&args)?)))
    }

    fn default_value(&self, data_type: &DataType) -> Result<ScalarValue> {
        ScalarValue::try_from(data_type)
    }
}

/// The keys of a column's values that are not NULL.
fn keys(numbers: Numbers, array: &ArrayRef) -> Result<Vec<u64>> {
    let mut keys = Vec::with_capacity(array.len() - array.null_count());
    numbers.for_each(array, |_, key| keys.push(key))?;
    Ok(keys)
}
