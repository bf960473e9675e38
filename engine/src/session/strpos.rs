//! `strpos` (`instr`, `position`), whose work grows with the length of its texts. DataFusion's own compares the two anew at each place
//! where the second could begin, which for two long texts is the square of it, in one step that nothing stops.

use super::computed::{self, Computes};
use arrow::array::{Array, ArrayRef, AsArray as _, Int32Array, Int64Array};
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::functions::unicode;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult};
use datafusion::logical_expr::{ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF};
use std::sync::{Arc, LazyLock};

static FUNCTION: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| computed::by(Walk, unicode::strpos()));

/// Where a text first stands in another, in characters from 1; 0 where it does not.
pub(super) fn function() -> Arc<ScalarUDF> {
    Arc::clone(&FUNCTION)
}

/// Plans `position(a IN b)` by it, which DataFusion plans by its own whatever functions there are.
#[derive(Debug)]
pub(super) struct Position;

impl ExprPlanner for Position {
    fn plan_position(&self, args: Vec<Expr>) -> Result<PlannerResult<Vec<Expr>>> {
        Ok(PlannerResult::Planned(Expr::ScalarFunction(ScalarFunction::new_udf(function(), args))))
    }
}

/// Walks over a text once for each that is looked for in it.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Walk;

impl Computes for Walk {
    fn compute(&self, own: &ScalarUDF, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        // One text that is looked for in many is prepared once there, and found in one walk.
        if matches!(args.args.as_slice(), [ColumnarValue::Array(_), ColumnarValue::Scalar(_)]) {
            return own.invoke_with_args(args);
        }
        let is_scalar = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [texts, sought] = arrays.as_slice() else { return internal_err!("{} takes two texts", own.name()) };
        let found =
            texts_of(texts)?.into_iter().zip(texts_of(sought)?).map(|(text, sought)| Some(place(text?, sought?)));
        let found: ArrayRef = match args.return_field.data_type() {
            DataType::Int64 => Arc::new(found.collect::<Int64Array>()),
            _ => Arc::new(found.map(|place| i32::try_from(place?).ok()).collect::<Int32Array>()),
        };
        Ok(if is_scalar { ColumnarValue::Scalar(ScalarValue::try_from_array(&found, 0)?) } else { found.into() })
    }
}

/// The texts of a column.
pub(super) fn texts_of(array: &ArrayRef) -> Result<Vec<Option<&str>>> {
    Ok(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().iter().collect(),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().collect(),
        DataType::Utf8View => array.as_string_view().iter().collect(),
        other => return internal_err!("texts are taken here, and {other} was given"),
    })
}

fn place(text: &str, sought: &str) -> i64 {
    let before = text.find(sought).and_then(|at| text.get(..at));
    before.map_or(0, |before| i64::try_from(before.chars().count()).unwrap_or(i64::MAX).saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::super::tests::session;
    use super::*;
    use arrow::array::{LargeStringArray, StringArray, StringViewArray};
    use arrow::datatypes::{Field, Int32Type, Int64Type};
    use datafusion::config::ConfigOptions;
    use datafusion::logical_expr::ReturnFieldArgs;
    use std::time::{Duration, Instant};

    fn of(function: &ScalarUDF, args: [ColumnarValue; 2]) -> ArrayRef {
        let fields = args.each_ref().map(|arg| Arc::new(Field::new("text", arg.data_type(), true)));
        let asked = ReturnFieldArgs { arg_fields: &fields, scalar_arguments: &[None, None] };
        let return_field = function.return_field_from_args(asked).unwrap();
        let args = ScalarFunctionArgs {
            args: args.to_vec(),
            arg_fields: fields.to_vec(),
            number_rows: 6,
            return_field,
            config_options: Arc::new(ConfigOptions::default()),
        };
        function.invoke_with_args(args).unwrap().into_array(6).unwrap()
    }

    #[test]
    fn it_is_datafusions_own_of_any_two_texts() {
        let texts = [Some("alphabet"), Some("ДатаФусион数据融合📊🔥"), Some(""), None, Some("aab"), Some("ab")];
        let sought = [Some("ph"), Some("📊"), Some(""), Some("a"), Some("ab"), None];
        let kinds = |of: [Option<&str>; 6]| -> [ColumnarValue; 3] {
            let all: [ArrayRef; 3] = [
                Arc::new(StringArray::from_iter(of)),
                Arc::new(LargeStringArray::from_iter(of)),
                Arc::new(StringViewArray::from_iter(of)),
            ];
            all.map(ColumnarValue::Array)
        };
        for text in kinds(texts) {
            for sought in
                kinds(sought).into_iter().chain([ScalarValue::from("a").into(), ScalarValue::Utf8(None).into()])
            {
                let both = || [text.clone(), sought.clone()];
                assert_eq!(&of(&function(), both()), &of(&unicode::strpos(), both()), "{text:?} {sought:?}");
            }
        }
        // By hand.
        let found = of(&function(), [kinds(texts)[0].clone(), kinds(sought)[0].clone()]);
        let found: Vec<Option<i32>> = found.as_primitive::<Int32Type>().iter().collect();
        assert_eq!(found, [Some(3), Some(15), Some(1), None, Some(2), None]);
    }

    #[tokio::test]
    async fn two_long_texts_take_one_walk_however_it_is_written() {
        // A million letters, and half as many with another behind: compared at each place, half a million times half a million steps.
        let begun = Instant::now();
        for call in ["strpos(s, n)", "instr(s, n)", "position(s, n)", "position(n IN s)"] {
            let text = format!(
                "SELECT {call} AS p FROM (SELECT s, concat(left(s, 500000), 'b') AS n FROM (SELECT string_agg('aaaaaaaaaa', '') AS s FROM generate_series(1, 100000)) AS t) AS u"
            );
            let rows = session().collect(&text).await.unwrap();
            assert_eq!(rows[0].column(0).as_primitive::<Int64Type>().value(0), 0, "{call}");
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    }
}
