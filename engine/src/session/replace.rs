//! `replace`, which knows the size of its result before it makes it.

use crate::Error;
use arrow::array::{Array as _, AsArray, StringBuilder};
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use std::sync::Arc;

/// The longest text that one call makes.
const MOST_BYTES: usize = 1 << 20;
/// The most that the calls for one batch make together.
const MOST_BATCH_BYTES: usize = 64 << 20;

/// Every occurrence of one text in another, replaced by a third.
pub(super) fn function() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::from(Replace { signature: Signature::uniform(3, vec![DataType::Utf8], Volatility::Immutable) }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Replace {
    signature: Signature,
}

impl ScalarUDFImpl for Replace {
    fn name(&self) -> &str {
        "replace"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let scalar = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [texts, from, to] = arrays.as_slice() else { return plan_err!("replace takes three texts") };
        let (texts, from, to) = (texts.as_string::<i32>(), from.as_string::<i32>(), to.as_string::<i32>());
        let mut made = StringBuilder::new();
        let mut sum = 0_usize;
        for ((text, from), to) in texts.iter().zip(from).zip(to) {
            let (Some(text), Some(from), Some(to)) = (text, from, to) else {
                made.append_null();
                continue;
            };
            let added = text.matches(from).count().saturating_mul(to.len());
            let size = text.len().saturating_add(added);
            sum = sum.saturating_add(size);
            if added > 0 && (size > MOST_BYTES || sum > MOST_BATCH_BYTES) {
                return Err(DataFusionError::External(Box::new(Error::Question(format!(
                    "replace makes up to {MOST_BYTES} bytes for a row and {MOST_BATCH_BYTES} for a batch of rows, and would make more here: replace by a shorter text"
                )))));
            }
            made.append_value(text.replace(from, to));
        }
        let made = made.finish();
        Ok(if scalar && made.len() == 1 {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&made, 0)?)
        } else {
            ColumnarValue::Array(Arc::new(made))
        })
    }
}
