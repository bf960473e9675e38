//! `regexp_extract(text, pattern, group)`: what of a text a pattern matches.

use arrow::array::{Array as _, ArrayRef, AsArray as _, StringArray, StringBuilder};
use arrow::compute::regexp_match;
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use std::sync::Arc;

/// The most groups of a pattern: the text of each is put down for each row.
const MOST_GROUPS: usize = 9;

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
            Some(pattern) => extracted(&texts, pattern, group)?,
            None => StringArray::new_null(texts.len()),
        };
        Ok(if is_scalar {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&found, 0)?)
        } else {
            ColumnarValue::Array(Arc::new(found))
        })
    }
}

fn extracted(texts: &ArrayRef, pattern: &str, group: i64) -> Result<StringArray> {
    let groups = most_groups(pattern);
    if groups > MOST_GROUPS {
        return plan_err!("regexp_extract takes a pattern of up to {MOST_GROUPS} groups, and this has {groups}");
    }
    let Some(group) = usize::try_from(group).ok().filter(|group| *group <= groups) else {
        return plan_err!("regexp_extract takes 0 for the whole match, or the number of a group of the pattern");
    };
    // The whole is a group, too: the first, which is always there.
    let matched = regexp_match(texts.as_ref(), &StringArray::new_scalar(format!("({pattern})")), None)?;
    let mut found = StringBuilder::new();
    for of in matched.as_list::<i32>().iter() {
        let Some(of) = of else {
            found.append_null();
            continue;
        };
        let of = of.as_string::<i32>();
        // What did not take part in a match is left out, so that a place is that of a group only where all of them are there.
        if group == 0 || of.len() == groups + 1 {
            found.append_value(of.value(group));
        } else if groups == 1 {
            found.append_null();
        } else {
            return exec_err!(
                "regexp_extract cannot tell which of several groups is number {group} where one of them matches nothing: write (?:…) for those that only hold together, and `\\(` or `[(]` of a pattern with one group"
            );
        }
    }
    Ok(found.finish())
}

/// How many groups a pattern has, or more: what is escaped is none, and what only holds together is none.
fn most_groups(pattern: &str) -> usize {
    let (mut groups, mut rest) = (0, pattern.chars());
    while let Some(letter) = rest.next() {
        match letter {
            '\\' => {
                rest.next();
            }
            '(' if !rest.as_str().starts_with("?:") => groups += 1,
            _ => {}
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, pattern: &str, group: i64) -> Option<String> {
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some(text), None]));
        let found = extracted(&texts, pattern, group).unwrap();
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
        assert_eq!(of("grün", "ü.", 0).as_deref(), Some("ün"));
    }

    #[test]
    fn what_would_be_put_down_many_times_or_is_no_pattern_is_refused() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
        let refused = |pattern: &str, group| extracted(&texts, pattern, group).unwrap_err().to_string();
        assert!(refused(&format!("{}a{}", "(".repeat(10), ")".repeat(10)), 0).contains("up to 9 groups"));
        assert!(refused("a", 1).contains("number of a group"));
        assert!(refused("(a)", -1).contains("number of a group"));
        // The first group matches nothing, and what the second matches is not told as the first's.
        assert!(refused("(x)|(a)", 1).contains("cannot tell which of several groups"));
        assert!(refused("[", 0).contains("Regular expression did not compile"));
    }
}
