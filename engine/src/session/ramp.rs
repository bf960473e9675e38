//! `ramp(value, from, full)`: how a number becomes a score.

use arrow::array::{AsArray as _, Float64Array};
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use std::sync::Arc;

/// 0 up to `from`, 1 from `full` on, straight between; `full` may be the smaller one. NULL and NaN are 0, so that the result
/// is always from 0 to 1.
pub(super) fn function() -> Arc<ScalarUDF> {
    let signature = Signature::uniform(3, vec![DataType::Float64], Volatility::Immutable);
    Arc::new(ScalarUDF::from(Ramp { signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Ramp {
    signature: Signature,
}

impl ScalarUDFImpl for Ramp {
    fn name(&self) -> &str {
        "ramp"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [value, from, full] = args.args.as_slice() else {
            return plan_err!("ramp takes three arguments");
        };
        let numbers = |of: &ColumnarValue| -> Result<Float64Array> {
            Ok(of.to_array(args.number_rows)?.as_primitive::<Float64Type>().clone())
        };
        let (value, from, full) = (numbers(value)?, numbers(from)?, numbers(full)?);
        let scores: Float64Array = value
            .iter()
            .zip(from.iter().zip(full.iter()))
            .map(|(value, (from, full))| match (value, from, full) {
                (Some(value), Some(from), Some(full)) => score(value, from, full),
                _ => 0.0,
            })
            .collect();
        Ok(ColumnarValue::Array(Arc::new(scores)))
    }
}

fn score(value: f64, from: f64, full: f64) -> f64 {
    let share = (value - from) / (full - from);
    // A clamp keeps −0, which people would read.
    if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) + 0.0 }
}

#[cfg(test)]
mod tests {
    use super::score;

    #[test]
    fn a_ramp_is_0_before_it_1_after_it_and_straight_between() {
        for (value, expected) in [(-1.0, 0.0), (2.0, 0.0), (3.0, 0.25), (6.0, 1.0), (9.0, 1.0), (f64::NAN, 0.0)] {
            assert_eq!(score(value, 2.0, 6.0), expected, "{value}");
        }
        assert_eq!(score(f64::INFINITY, 2.0, 6.0), 1.0);
    }

    #[test]
    fn a_ramp_may_fall() {
        assert_eq!([4.0, 3.0, 2.0, 1.0, 0.0].map(|people| score(people, 3.0, 1.0)), [0.0, 0.0, 0.5, 1.0, 1.0]);
    }

    #[test]
    fn without_a_width_a_ramp_is_a_step() {
        assert_eq!([1.0, 2.0, 3.0].map(|value| score(value, 2.0, 2.0)), [0.0, 0.0, 1.0]);
        assert!(score(3.0, 3.0, 1.0).is_sign_positive());
    }
}
