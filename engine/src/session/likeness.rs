//! LIKE whose pattern comes from rows, or is made by a function. How much is compared is known when texts and patterns are there, and is
//! looked at before it is done: all of it is one step, which nothing stops.

use super::patterns::{is_walked, text};
use super::strpos::texts_of;
use crate::Error;
use arrow::array::{Array, ArrayRef};
use arrow::compute::kernels::comparison::{ilike, like, nilike, nlike};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue, internal_err};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable as _, Like, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility,
};
use std::sync::Arc;

/// What the letters of texts come to, each as often as its pattern has letters, for the rows of a batch.
const MOST_LETTERS: usize = 1 << 30;

/// Whether an expression is a LIKE of which only its rows tell what it takes. Else its pattern was looked at in the statement.
pub(super) fn is_open(expression: &Expr) -> bool {
    matches!(expression, Expr::Like(like) if like.escape_char.unwrap_or('\\') == '\\' && text(&like.pattern).is_none())
}

/// The same LIKE, which weighs what it compares; any other expression as it is.
pub(super) fn weighed(expression: Expr, input: &DFSchema) -> Transformed<Expr> {
    if !is_open(&expression) {
        return Transformed::no(expression);
    }
    match expression {
        Expr::Like(Like { negated, expr, pattern, case_insensitive, .. }) if are_texts(&expr, &pattern, input) => {
            let signature = Signature::any(2, Volatility::Immutable);
            let function = Arc::new(ScalarUDF::from(Likeness { negated, case_insensitive, signature }));
            Transformed::yes(Expr::ScalarFunction(ScalarFunction::new_udf(function, vec![*expr, *pattern])))
        }
        other => Transformed::no(other),
    }
}

fn are_texts(expr: &Expr, pattern: &Expr, input: &DFSchema) -> bool {
    let kind = |of: &Expr| of.get_type(input).ok();
    let text = kind(expr);
    matches!(text, Some(DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)) && text == kind(pattern)
}

/// A function that no statement can name.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Likeness {
    negated: bool,
    case_insensitive: bool,
    signature: Signature,
}

impl ScalarUDFImpl for Likeness {
    fn name(&self) -> &'static str {
        match (self.negated, self.case_insensitive) {
            (false, false) => "like",
            (true, false) => "not_like",
            (false, true) => "ilike",
            (true, true) => "not_ilike",
        }
    }

    /// A column is called as what it stands for.
    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let [text, pattern] = args else { return Ok(self.name().to_owned()) };
        let (not, like) =
            (if self.negated { "NOT " } else { "" }, if self.case_insensitive { "ILIKE" } else { "LIKE" });
        Ok(format!("{} {not}{like} {}", text.schema_name(), pattern.schema_name()))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let may_be_null = args.arg_fields.iter().any(|field| field.is_nullable());
        Ok(Arc::new(Field::new(self.name(), DataType::Boolean, may_be_null)))
    }

    /// As LIKE is: an outer join whose rows are asked for it is planned as an inner one.
    fn is_strict(&self) -> bool {
        true
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_scalar = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [texts, patterns] = arrays.as_slice() else { return internal_err!("{} takes two texts", self.name()) };
        weigh(texts, patterns, self.case_insensitive)?;
        let (texts, patterns): (&dyn Array, &dyn Array) = (texts.as_ref(), patterns.as_ref());
        let alike = match (self.negated, self.case_insensitive) {
            (false, false) => like(&texts, &patterns),
            (true, false) => nlike(&texts, &patterns),
            (false, true) => ilike(&texts, &patterns),
            (true, true) => nilike(&texts, &patterns),
        }?;
        if is_scalar {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&alike, 0)?));
        }
        Ok(ColumnarValue::Array(Arc::new(alike) as ArrayRef))
    }
}

/// Refuses what takes too long.
fn weigh(texts: &ArrayRef, patterns: &ArrayRef, case_insensitive: bool) -> Result<()> {
    let both = texts_of(texts)?.into_iter().zip(texts_of(patterns)?).filter_map(|(text, pattern)| text.zip(pattern));
    let compared = both
        .filter(|(_, pattern)| !is_walked(pattern, case_insensitive))
        .map(|(text, pattern)| (text.len(), pattern.len()));
    let all = compared.fold(0_usize, |sum, (text, pattern)| sum.saturating_add(text.saturating_mul(pattern)));
    if all <= MOST_LETTERS {
        return Ok(());
    }
    Err(DataFusionError::External(Box::new(Error::Question(
        "`LIKE` compares long texts with long patterns here, which takes too long at once: shorten both, as in left(x, 1000), or write contains(x, y) where % stands at the ends of a pattern alone"
            .to_owned(),
    ))))
}

#[cfg(test)]
mod tests {
    use crate::session::tests::{refusal, session, shown};
    use arrow::array::AsArray as _;
    use arrow::datatypes::Int64Type;
    use std::time::{Duration, Instant};

    #[tokio::test]
    async fn patterns_of_rows_are_like_those_that_are_written_out() {
        let session = session();
        for (how, expected) in [("LIKE", 2), ("NOT LIKE", 4), ("ILIKE", 3), ("NOT ILIKE", 3)] {
            let text = format!(
                "SELECT count(*) AS n FROM (VALUES ('abc', 'a%c'), ('abc', '%B%'), ('abc', 'a_'), ('abc', '_bc'), ('abc', ''), ('abc', 'b%'), ('abc', NULL), (NULL, 'a')) AS t (s, p) WHERE s {how} p"
            );
            let rows = session.collect(&text).await.unwrap();
            assert_eq!(rows[0].column(0).as_primitive::<Int64Type>().value(0), expected, "{how}");
        }
        let plan = shown(&session, "EXPLAIN SELECT id FROM changes WHERE id LIKE repository_id").await;
        assert!(plan.contains("like("), "{plan}");
        let plan = shown(&session, "EXPLAIN SELECT id FROM changes WHERE id LIKE concat('c', '%')").await;
        assert!(!plan.contains("like("), "what is a constant stays as it is, of which files are passed over:\n{plan}");
    }

    #[tokio::test]
    async fn a_long_pattern_is_not_compared_with_a_long_text() {
        let session = session();
        let begun = Instant::now();
        // A million letters, and as many marks: each may go on at each letter.
        let gathered = "SELECT string_agg('aaaaaaaaaa', '') AS s, string_agg('%a%a%a%a%a', '') AS p FROM generate_series(1, 100000)";
        for text in [
            format!("SELECT s LIKE concat(p, 'b') FROM ({gathered}) AS t"),
            format!("SELECT s NOT ILIKE concat(p, 'b') FROM ({gathered}) AS t"),
            format!("SELECT s ILIKE concat('%', s, 'b%') FROM ({gathered}) AS t"),
            // The pattern is a constant, which a function makes.
            "SELECT s LIKE replace(replace('xxxxxxxxxx', 'x', 'yyyyyyyyyyyyyyyyyyyy'), 'y', '%a%a%a%a%a%a') FROM (SELECT string_agg('aaaaaaaaaa', '') AS s FROM generate_series(1, 100000)) AS t".to_owned(),
        ] {
            let why = refusal(&session, &text).await;
            assert!(why.contains("`LIKE` compares long texts"), "{text}: {why}");
        }
        let found = format!("SELECT CAST(s LIKE concat('%', left(s, 500000)) AS INT) AS n FROM ({gathered}) AS t");
        assert!(shown(&session, &found).await.contains('1'), "what ends a text is found in one walk");
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    }
}
