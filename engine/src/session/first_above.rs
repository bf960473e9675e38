//! `first_above(x, list)`: which of some numbers is the first above another, for cutting a range into unequal parts.

use arrow::array::{Array as _, ArrayRef, AsArray, Int64Array};
use arrow::datatypes::{DataType, Field, Int64Type};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use std::sync::Arc;

/// The least of a constant list of whole numbers that is greater than `x`; NULL where none is.
pub(super) fn function() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::from(FirstAbove { signature: Signature::user_defined(Volatility::Immutable) }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct FirstAbove {
    signature: Signature,
}

impl ScalarUDFImpl for FirstAbove {
    fn name(&self) -> &str {
        "first_above"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match types {
            [x, DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _)]
                if is_whole(x) && is_whole(item.data_type()) =>
            {
                Ok(vec![DataType::Int64, DataType::List(Arc::new(Field::new_list_field(DataType::Int64, true)))])
            }
            _ => plan_err!("first_above takes a whole number and a list of whole numbers, such as [1, 10, 100]"),
        }
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [x, ColumnarValue::Scalar(ScalarValue::List(list))] = args.args.as_slice() else {
            return plan_err!("first_above takes its list as a constant");
        };
        let mut cuts: Vec<i64> = if list.is_valid(0) {
            list.value(0).as_primitive::<Int64Type>().iter().flatten().collect()
        } else {
            Vec::new()
        };
        cuts.sort_unstable();
        let above = |x: i64| cuts.get(cuts.partition_point(|cut| *cut <= x)).copied();
        match x {
            ColumnarValue::Scalar(ScalarValue::Int64(x)) => {
                Ok(ColumnarValue::Scalar(ScalarValue::Int64(x.and_then(above))))
            }
            ColumnarValue::Array(array) => {
                let found: Int64Array = array.as_primitive::<Int64Type>().iter().map(|x| x.and_then(above)).collect();
                Ok(ColumnarValue::Array(Arc::new(found) as ArrayRef))
            }
            ColumnarValue::Scalar(other) => plan_err!("first_above takes a whole number, not {}", other.data_type()),
        }
    }
}

fn is_whole(kind: &DataType) -> bool {
    kind.is_integer() || *kind == DataType::Null
}
