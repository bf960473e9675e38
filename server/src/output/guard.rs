//! Texts that no spreadsheet takes for a formula, for files that people open: what stands in them was written by others (OWASP, CSV Injection).

use crate::Result;
use arrow::array::{ArrayRef, AsArray as _, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field};
use std::borrow::Cow;
use std::sync::Arc;

/// A text with an apostrophe before what would begin a formula; any other as it is.
fn guard(text: &str) -> Cow<'_, str> {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠') => {
            Cow::Owned(format!("'{text}"))
        }
        _ => Cow::Borrowed(text),
    }
}

/// Whether a type is one of texts, however they are held.
fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, of) => is_text(of),
        _ => false,
    }
}

/// A column as it is called and held once it is guarded.
pub(super) fn field(of: &Field) -> Field {
    let kind = if is_text(of.data_type()) { DataType::Utf8 } else { of.data_type().clone() };
    of.clone().with_name(guard(of.name())).with_data_type(kind)
}

/// A column whose texts are guarded. Numbers are none: `-1` of theirs stays what it is.
pub(super) fn column(of: &ArrayRef) -> Result<ArrayRef> {
    if !is_text(of.data_type()) {
        return Ok(Arc::clone(of));
    }
    let texts = cast(of, &DataType::Utf8)?;
    Ok(Arc::new(texts.as_string::<i32>().iter().map(|text| text.map(guard)).collect::<StringArray>()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{DictionaryArray, Float64Array, LargeStringArray, StringViewArray};
    use arrow::datatypes::Int32Type;

    #[test]
    fn what_begins_a_formula_is_guarded_however_texts_are_held_and_numbers_are_none() {
        for begins in ["=1", "+1", "-1", "@a", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠a"] {
            assert!(guard(begins).starts_with('\''), "{begins}");
        }
        assert!(guard("a=1") == "a=1" && guard("").is_empty());
        let texts = [Some("=1"), None, Some("a")];
        let held: [ArrayRef; 4] = [
            Arc::new(StringArray::from_iter(texts)),
            Arc::new(LargeStringArray::from_iter(texts)),
            Arc::new(StringViewArray::from_iter(texts)),
            Arc::new(DictionaryArray::<Int32Type>::from_iter(texts)),
        ];
        let guarded: ArrayRef = Arc::new(StringArray::from_iter([Some("'=1"), None, Some("a")]));
        for texts in held {
            let named = field(&Field::new("-x", texts.data_type().clone(), true));
            assert_eq!((named.name().as_str(), named.data_type()), ("'-x", &DataType::Utf8));
            assert_eq!(&column(&texts).unwrap(), &guarded);
        }
        let numbers: ArrayRef = Arc::new(Float64Array::from(vec![-1.5]));
        assert_eq!(&column(&numbers).unwrap(), &numbers);
    }
}
