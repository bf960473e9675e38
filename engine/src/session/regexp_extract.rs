//! `regexp_extract(text, pattern, group)`: what of a text a pattern matches.

use super::matched::{Search, goes_on, ready};
use arrow::array::{Array as _, ArrayRef, AsArray as _, StringArray, StringBuilder};
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use std::sync::Arc;

/// The first match of a pattern in a text, or what one of its groups matched there; NULL where it does not match. Unlike what replaces by a
/// pattern, it makes no text that is longer than the one that it is given.
pub(super) fn function() -> Arc<ScalarUDF> {
    let signature = Signature::one_of(
        vec![
            TypeSignature::Exact(vec![DataType::Utf8, DataType::Utf8]),
            TypeSignature::Exact(vec![DataType::Utf8, DataType::Utf8, DataType::Int64]),
        ],
        Volatility::Immutable,
    );
    Arc::new(ScalarUDF::from(RegexpExtract { signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct RegexpExtract {
    signature: Signature,
}

impl ScalarUDFImpl for RegexpExtract {
    fn name(&self) -> &str {
        "regexp_extract"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let (texts, pattern, group) = match args.args.as_slice() {
            [texts, pattern] => (texts, pattern, 0),
            [texts, pattern, ColumnarValue::Scalar(ScalarValue::Int64(Some(group)))] => (texts, pattern, *group),
            _ => return plan_err!("regexp_extract takes the number of a group as a constant"),
        };
        let ColumnarValue::Scalar(ScalarValue::Utf8(pattern)) = pattern else {
            return plan_err!("regexp_extract takes its pattern as a constant");
        };
        let is_scalar = matches!(texts, ColumnarValue::Scalar(_));
        let texts = texts.to_array(if is_scalar { 1 } else { args.number_rows })?;
        let found = match pattern {
            Some(pattern) => {
                let (goes_on, ready) = (goes_on(&args.config_options), ready(&args.config_options));
                extracted(&texts, Search::new(self.name(), pattern, None, &goes_on, ready)?, group)?
            }
            None => StringArray::new_null(texts.len()),
        };
        Ok(if is_scalar {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&found, 0)?)
        } else {
            ColumnarValue::Array(Arc::new(found))
        })
    }
}

fn extracted(texts: &ArrayRef, mut search: Search<'_>, group: i64) -> Result<StringArray> {
    let groups = search.groups()?;
    let Some(group) = usize::try_from(group).ok().filter(|group| *group <= groups) else {
        return plan_err!("regexp_extract takes 0 for the whole match, or the number of a group of the pattern");
    };
    let mut found = StringBuilder::new();
    for text in texts.as_string::<i32>() {
        let Some(text) = text else {
            found.append_null();
            continue;
        };
        search.steps.takes(text.len())?;
        let matched = match group {
            0 => search.regex.find(text),
            group => search.regex.captures(text).and_then(|groups| groups.get(group)),
        };
        found.append_option(matched.map(|matched| matched.as_str()));
    }
    Ok(found.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn searching(pattern: &str) -> Result<Search<'static>> {
        Search::new("regexp_extract", pattern, None, &|| Ok(()), None)
    }

    fn of(text: &str, pattern: &str, group: i64) -> Option<String> {
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some(text), None]));
        let found = extracted(&texts, searching(pattern).unwrap(), group).unwrap();
        assert!(found.len() == 2 && found.is_null(1));
        found.is_valid(0).then(|| found.value(0).to_owned())
    }

    #[test]
    fn the_first_match_or_a_group_of_it_is_taken() {
        assert_eq!(of("fix SHOP-12 and PAY-3", "[A-Z]+-[0-9]+", 0).as_deref(), Some("SHOP-12"));
        assert_eq!(of("fix SHOP-12", "([A-Z]+)-([0-9]+)", 0).as_deref(), Some("SHOP-12"));
        assert_eq!(of("fix SHOP-12", "([A-Z]+)-([0-9]+)", 1).as_deref(), Some("SHOP"));
        assert_eq!(of("fix SHOP-12", "([A-Z]+)-([0-9]+)", 2).as_deref(), Some("12"));
        assert_eq!(of("fix", "[A-Z]+-[0-9]+", 0), None);
        assert_eq!(of("f(x)", r"\((\w)\)", 1).as_deref(), Some("x"));
        assert_eq!(of("ab", "(?:a|x)(b)", 1).as_deref(), Some("b"));
        assert_eq!(of("b", "(a)?b", 0).as_deref(), Some("b"));
        assert_eq!(of("b", "(a)?b", 1), None);
        assert_eq!(of("a", "(x)|(a)", 1), None, "a group that takes no part in the match is none");
        assert_eq!(of("a", "(x)|(a)", 2).as_deref(), Some("a"));
        assert_eq!(of("f(x)", r"[(](\w)", 1).as_deref(), Some("x"));
        assert_eq!(of("Fix SHOP-12", "(?i)fix (?P<key>[a-z]+)", 1).as_deref(), Some("SHOP"));
        assert_eq!(of("abc", "", 0).as_deref(), Some(""));
        assert_eq!(of("grün", "ü.", 0).as_deref(), Some("ün"));
    }

    #[test]
    fn what_would_be_put_down_many_times_or_is_no_pattern_is_refused() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
        let refused = |pattern: &str, group| {
            searching(pattern).and_then(|search| extracted(&texts, search, group)).unwrap_err().to_string()
        };
        assert!(refused(&format!("{}a{}", "(".repeat(10), ")".repeat(10)), 0).contains("up to 9 groups"));
        assert!(refused("a", 1).contains("number of a group"));
        assert!(refused("(a)", -1).contains("number of a group"));
        assert!(refused("[", 0).contains("Regular expression did not compile"));
    }
}
