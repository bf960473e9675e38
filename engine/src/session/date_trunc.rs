//! `date_trunc`, which takes instants of UTC for what they are: DataFusion's own looks up the offset of its zone for each of them, which
//! takes about ten times as long. The result is the same to the last microsecond.

use arrow::array::ArrayRef;
use arrow::compute::cast;
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};
use std::sync::Arc;

/// DataFusion's function, quicker.
pub(super) fn over(inner: Arc<ScalarUDF>) -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::from(DateTrunc { inner }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DateTrunc {
    inner: Arc<ScalarUDF>,
}

impl ScalarUDFImpl for DateTrunc {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        internal_err!("date_trunc tells its type by its arguments")
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.inner.return_field_from_args(args)
    }

    fn invoke_with_args(&self, mut args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let instants = args.args.get(1).map(ColumnarValue::data_type);
        let (Some(DataType::Timestamp(unit, Some(zone))), Some(ColumnarValue::Array(array))) =
            (&instants, args.args.get_mut(1))
        else {
            return self.inner.invoke_with_args(args);
        };
        if !matches!(zone.as_ref(), "UTC" | "+00:00") {
            return self.inner.invoke_with_args(args);
        }
        // Instants of UTC read as days and hours without a zone are the same numbers.
        let (with, without) = (DataType::Timestamp(*unit, Some(Arc::clone(zone))), DataType::Timestamp(*unit, None));
        *array = cast(array, &without)?;
        for field in args.arg_fields.iter_mut().skip(1) {
            *field = Arc::new(field.as_ref().clone().with_data_type(without.clone()));
        }
        args.return_field = Arc::new(args.return_field.as_ref().clone().with_data_type(without));
        let back = |array: &ArrayRef| cast(array, &with);
        Ok(match self.inner.invoke_with_args(args)? {
            ColumnarValue::Array(array) => ColumnarValue::Array(back(&array)?),
            ColumnarValue::Scalar(value) => {
                ColumnarValue::Scalar(ScalarValue::try_from_array(&back(&value.to_array()?)?, 0)?)
            }
        })
    }

    fn output_ordering(&self, inputs: &[ExprProperties]) -> Result<SortProperties> {
        self.inner.output_ordering(inputs)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.inner.documentation()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::TimestampMicrosecondArray;
    use arrow::datatypes::{Field, TimeUnit};
    use datafusion::config::ConfigOptions;
    use datafusion::execution::SessionStateDefaults;

    fn truncated(function: &ScalarUDF, grain: &str, array: &ArrayRef) -> ArrayRef {
        let of = |name: &str, kind: &DataType| Arc::new(Field::new(name, kind.clone(), true));
        let args = ScalarFunctionArgs {
            args: vec![ColumnarValue::Scalar(ScalarValue::from(grain)), ColumnarValue::Array(Arc::clone(array))],
            arg_fields: vec![of("grain", &DataType::Utf8), of("at", array.data_type())],
            number_rows: array.len(),
            return_field: of("begun", array.data_type()),
            config_options: Arc::new(ConfigOptions::default()),
        };
        function.invoke_with_args(args).unwrap().into_array(array.len()).unwrap()
    }

    #[test]
    fn it_is_datafusions_own_of_any_instant_grain_and_zone() {
        let own = SessionStateDefaults::default_scalar_functions();
        let own = own.into_iter().find(|function| function.name() == "date_trunc").unwrap();
        let ours = over(Arc::clone(&own));
        let day = 86_400_000_000_i64;
        let instants = (-40..40_i64).flat_map(|n| [n * 97 * day, n * 97 * day - 1, n * 31 * day + 12_345_678_901]);
        let instants = TimestampMicrosecondArray::from(instants.map(Some).chain([None]).collect::<Vec<_>>());
        for zone in ["UTC", "+00:00", "Europe/Berlin", "-09:30"] {
            let array: ArrayRef = Arc::new(instants.clone().with_timezone(zone));
            for grain in
                ["microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"]
            {
                let expected = truncated(&own, grain, &array);
                assert_eq!(&truncated(&ours, grain, &array), &expected, "{grain} in {zone}");
                assert_eq!(expected.data_type(), &DataType::Timestamp(TimeUnit::Microsecond, Some(zone.into())));
            }
        }
    }
}
