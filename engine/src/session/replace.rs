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

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, StringArray};
    use arrow::datatypes::Field;
    use datafusion::config::ConfigOptions;

    /// Each `x` of so many rows replaced; what a row is then, or why there is none.
    fn replaced(rows: usize, text: &str, to: &str) -> Result<String, String> {
        let texts: ArrayRef = Arc::new(StringArray::from(vec![text; rows]));
        let constant = |text: &str| ColumnarValue::Scalar(ScalarValue::from(text));
        let field = Arc::new(Field::new("text", DataType::Utf8, true));
        let args = ScalarFunctionArgs {
            args: vec![ColumnarValue::Array(texts), constant("x"), constant(to)],
            arg_fields: vec![Arc::clone(&field); 3],
            number_rows: rows,
            return_field: field,
            config_options: Arc::new(ConfigOptions::default()),
        };
        let made = function().invoke_with_args(args).map_err(|refused| refused.to_string())?;
        let made = made.into_array(rows).unwrap();
        assert_eq!(made.len(), rows);
        Ok(made.as_string::<i32>().value(rows - 1).to_owned())
    }

    #[test]
    fn what_is_made_of_a_row_and_of_a_batch_has_a_bound() {
        assert_eq!(replaced(3, "axbx", "-"), Ok("a-b-".to_owned()));
        let thousand = "y".repeat(1_000);
        // The text itself counts as well, since some of it may stay.
        assert_eq!(replaced(1, &"x".repeat(1_047), &thousand).map(|text| text.len()), Ok(1_047_000));
        let told = "replace makes up to 1048576 bytes for a row and 67108864 for a batch of rows";
        let refused = |rows, text: &str| replaced(rows, text, &thousand).is_err_and(|why| why.contains(told));
        assert!(refused(1, &"x".repeat(1_048)));
        // A million bytes a row: of 67 rows they have room together, of 68 not.
        let text = "x".repeat(1_000);
        assert_eq!(replaced(67, &text, &thousand).map(|text| text.len()), Ok(1_000_000));
        assert!(refused(68, &text));
    }
}
