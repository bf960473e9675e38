//! `date_trunc` and `date_part`, which take instants of UTC for what they are: DataFusion's own look up the offset of its zone for each of
//! them, which takes many times as long. The result is the same.

use super::computed::{self, Computes};
use arrow::array::{Array as _, ArrayRef, make_array};
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF};
use std::sync::Arc;

/// The functions that there is a quicker one for.
pub(super) const QUICKER: [&str; 2] = ["date_trunc", "date_part"];

/// One of them of DataFusion's, quicker.
pub(super) fn over(inner: Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    computed::by(OfUtc, inner)
}

/// Whether a zone is UTC.
pub(super) fn is_utc(zone: &str) -> bool {
    matches!(zone, "UTC" | "+00:00")
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct OfUtc;

impl Computes for OfUtc {
    fn compute(&self, own: &ScalarUDF, mut args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let instants = args.args.get(1).map(ColumnarValue::data_type);
        let (Some(DataType::Timestamp(unit, Some(zone))), Some(ColumnarValue::Array(array))) =
            (&instants, args.args.get_mut(1))
        else {
            return own.invoke_with_args(args);
        };
        if !is_utc(zone) {
            return own.invoke_with_args(args);
        }
        let (with, without) = (DataType::Timestamp(*unit, Some(Arc::clone(zone))), DataType::Timestamp(*unit, None));
        *array = read_as(array, &without)?;
        for field in args.arg_fields.iter_mut().skip(1) {
            *field = Arc::new(field.as_ref().clone().with_data_type(without.clone()));
        }
        // What comes of them is an instant, too, or a number.
        if args.return_field.data_type() != &with {
            return own.invoke_with_args(args);
        }
        args.return_field = Arc::new(args.return_field.as_ref().clone().with_data_type(without));
        Ok(match own.invoke_with_args(args)? {
            ColumnarValue::Array(array) => ColumnarValue::Array(read_as(&array, &with)?),
            ColumnarValue::Scalar(value) => {
                ColumnarValue::Scalar(ScalarValue::try_from_array(&read_as(&value.to_array()?, &with)?, 0)?)
            }
        })
    }
}

/// Instants of UTC read as days and hours without a zone, or the other way round: they are the same numbers. A cast computes each of them.
fn read_as(array: &ArrayRef, kind: &DataType) -> Result<ArrayRef> {
    Ok(make_array(array.to_data().into_builder().data_type(kind.clone()).build()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::TimestampMicrosecondArray;
    use arrow::datatypes::Field;
    use datafusion::config::ConfigOptions;
    use datafusion::execution::SessionStateDefaults;
    use datafusion::logical_expr::ReturnFieldArgs;

    fn of(function: &ScalarUDF, part: &str, array: &ArrayRef) -> ArrayRef {
        let of = |name: &str, kind: &DataType| Arc::new(Field::new(name, kind.clone(), true));
        let (part, fields) = (ScalarValue::from(part), [of("part", &DataType::Utf8), of("at", array.data_type())]);
        let asked = ReturnFieldArgs { arg_fields: &fields, scalar_arguments: &[Some(&part), None] };
        let return_field = function.return_field_from_args(asked).unwrap();
        let args = ScalarFunctionArgs {
            args: vec![ColumnarValue::Scalar(part), ColumnarValue::Array(Arc::clone(array))],
            arg_fields: fields.to_vec(),
            number_rows: array.len(),
            return_field,
            config_options: Arc::new(ConfigOptions::default()),
        };
        function.invoke_with_args(args).unwrap().into_array(array.len()).unwrap()
    }

    #[test]
    fn they_are_datafusions_own_of_any_instant_part_and_zone() {
        let day = 86_400_000_000_i64;
        let instants = (-40..40_i64).flat_map(|n| [n * 97 * day, n * 97 * day - 1, n * 31 * day + 12_345_678_901]);
        let instants = TimestampMicrosecondArray::from(instants.map(Some).chain([None]).collect::<Vec<_>>());
        let grains =
            ["microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"];
        for own in SessionStateDefaults::default_scalar_functions() {
            let parts: &[&str] = match own.name() {
                "date_trunc" => &grains,
                "date_part" => &[&grains[..], &["doy", "dow", "isodow", "isoyear", "epoch", "nanosecond"]].concat(),
                _ => continue,
            };
            let ours = over(Arc::clone(&own));
            for zone in ["UTC", "+00:00", "Europe/Berlin", "-09:30"] {
                let array: ArrayRef = Arc::new(instants.clone().with_timezone(zone));
                for part in parts {
                    let expected = of(&own, part, &array);
                    assert_eq!(&of(&ours, part, &array), &expected, "{} {part} in {zone}", own.name());
                    if own.name() == "date_trunc" {
                        assert_eq!(expected.data_type(), array.data_type());
                    }
                }
            }
        }
    }
}
