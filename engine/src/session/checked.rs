//! Arithmetic of whole numbers that tells where its result has no room. DataFusion's own goes round there: the sum of two large numbers is a
//! small one, and nothing shows that it is none.

use arrow::compute::kernels::numeric::{add, mul, neg, sub};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue, internal_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, ExprSchemable as _, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr_common::datum::apply;
use std::sync::Arc;

/// Whether an expression is arithmetic.
pub(super) fn is_arithmetic(expression: &Expr) -> bool {
    match expression {
        Expr::BinaryExpr(both) => Operation::of(both.op).is_some(),
        Expr::Negative(_) => true,
        _ => false,
    }
}

/// The same arithmetic, which tells where it has no room; any other expression as it is.
pub(super) fn of_whole_numbers(expression: Expr, input: &DFSchema) -> Transformed<Expr> {
    match expression {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match Operation::of(op) {
            Some(operation) if whole(&left, input).is_some_and(|kind| Some(kind) == whole(&right, input)) => {
                Transformed::yes(operation.call(vec![*left, *right]))
            }
            _ => Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right })),
        },
        Expr::Negative(of) if whole(&of, input).is_some_and(|kind| kind.is_signed_integer()) => {
            Transformed::yes(Operation::Negate.call(vec![*of]))
        }
        other => Transformed::no(other),
    }
}

/// The type of an expression of whole numbers.
fn whole(expression: &Expr, input: &DFSchema) -> Option<DataType> {
    expression.get_type(input).ok().filter(DataType::is_integer)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Operation {
    Add,
    Subtract,
    Multiply,
    Negate,
}

impl Operation {
    fn of(operator: Operator) -> Option<Self> {
        match operator {
            Operator::Plus => Some(Self::Add),
            Operator::Minus => Some(Self::Subtract),
            Operator::Multiply => Some(Self::Multiply),
            _ => None,
        }
    }

    fn call(self, args: Vec<Expr>) -> Expr {
        let signature = Signature::any(args.len(), Volatility::Immutable);
        let function = Arc::new(ScalarUDF::from(Arithmetic { operation: self, signature }));
        Expr::ScalarFunction(ScalarFunction::new_udf(function, args))
    }
}

/// A function that no statement can name.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Arithmetic {
    operation: Operation,
    signature: Signature,
}

impl ScalarUDFImpl for Arithmetic {
    fn name(&self) -> &'static str {
        match self.operation {
            Operation::Add => "add",
            Operation::Subtract => "subtract",
            Operation::Multiply => "multiply",
            Operation::Negate => "negate",
        }
    }

    /// A column is called as what it stands for.
    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let operator = match self.operation {
            Operation::Add => Operator::Plus,
            Operation::Subtract | Operation::Negate => Operator::Minus,
            Operation::Multiply => Operator::Multiply,
        };
        Ok(match args {
            [left, right] => format!("{} {operator} {}", left.schema_name(), right.schema_name()),
            [of] => format!("({operator} {})", of.schema_name()),
            _ => self.name().to_owned(),
        })
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types.first() {
            Some(kind) => Ok(kind.clone()),
            None => internal_err!("{} takes numbers", self.name()),
        }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let Some(first) = args.arg_fields.first() else { return internal_err!("{} takes numbers", self.name()) };
        let may_be_null = args.arg_fields.iter().any(|field| field.is_nullable());
        Ok(Arc::new(Field::new(self.name(), first.data_type().clone(), may_be_null)))
    }

    /// An outer join whose rows are asked for a result of it is planned as an inner one, as with DataFusion's own.
    fn is_strict(&self) -> bool {
        true
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match (self.operation, args.args.as_slice()) {
            (Operation::Add, [left, right]) => apply(left, right, add),
            (Operation::Subtract, [left, right]) => apply(left, right, sub),
            (Operation::Multiply, [left, right]) => apply(left, right, mul),
            (Operation::Negate, [ColumnarValue::Array(array)]) => Ok(ColumnarValue::Array(neg(array.as_ref())?)),
            (Operation::Negate, [ColumnarValue::Scalar(value)]) => {
                let negated = neg(value.to_array()?.as_ref())?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&negated, 0)?))
            }
            _ => internal_err!("{} takes numbers", self.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::session::tests::{refusal, session};
    use crate::session::{Parameters, Statement};
    use arrow::array::AsArray as _;
    use arrow::datatypes::{DataType, Int64Type};
    use datafusion::common::ScalarValue;
    use futures::TryStreamExt as _;

    #[tokio::test]
    async fn a_whole_number_that_has_no_room_is_told_wherever_it_stands() {
        let session = session();
        // The changes have from 0 to 13 commits.
        for text in [
            "SELECT 9223372036854775807 + 1",
            "SELECT abs(-9223372036854775807) + 1 + 1",
            "SELECT commits + 9223372036854775807 FROM changes",
            "SELECT -9223372036854775807 - commits FROM changes",
            "SELECT commits * 4611686018427387904 FROM changes",
            "SELECT -x FROM (SELECT -9223372036854775807 - min(commits) - 1 AS x FROM changes) AS t",
            "SELECT CAST(2147483647 AS INT) + CAST(commits AS INT) FROM changes",
            "SELECT id FROM changes WHERE commits + 9223372036854775807 < 0",
            "SELECT commits + 9223372036854775807 AS n, count(*) FROM changes GROUP BY 1",
            "SELECT max(commits * 4611686018427387904) FROM changes",
            "SELECT id FROM changes ORDER BY commits + 9223372036854775807",
            "SELECT id FROM changes WHERE commits IN (SELECT commits + 9223372036854775807 FROM changes)",
            "SELECT a.id FROM changes a JOIN changes b ON a.commits = b.commits + 9223372036854775807",
            "SELECT sum(commits * 4611686018427387904) OVER (ORDER BY id) FROM changes",
        ] {
            let why = refusal(&session, text).await;
            assert!(why.contains("beyond what its type holds") && why.contains("DECIMAL(38, 0)"), "{text}: {why}");
        }
        let one = Statement::new("SELECT $1 + 1").with(Parameters::Numbered(vec![ScalarValue::Int64(Some(i64::MAX))]));
        let told = match session.plan(&one, session.deadline()).await {
            Ok(planned) => planned.run().try_collect::<Vec<_>>().await.map(|_| ()).map_err(|e| e.to_string()),
            Err(refused) => Err(refused.to_string()),
        };
        assert!(told.as_ref().is_err_and(|told| told.contains("beyond what its type holds")), "{told:?}");
    }

    #[tokio::test]
    async fn what_has_room_is_computed_as_before_under_the_same_name() {
        let session = session();
        for (expression, expected) in [
            ("9223372036854775806 + 1", i64::MAX),
            ("-9223372036854775807 - 1", i64::MIN),
            ("2 + 3 * 4 - -5", 19),
            ("-(7)", -7),
            ("10 - 4 - 3", 3),
            // What no row comes to is not computed.
            ("max(CASE WHEN commits < 1 THEN commits + 9223372036854775807 ELSE 0 END)", i64::MAX),
            ("sum(commits + 1)", 105),
            ("max(-commits)", 0),
        ] {
            let rows = session.collect(&format!("SELECT {expression} AS n FROM changes LIMIT 1")).await.unwrap();
            assert_eq!(rows[0].column(0).as_primitive::<Int64Type>().value(0), expected, "{expression}");
        }
        let rows =
            session.collect("SELECT commits + 1, -commits, CAST(NULL AS BIGINT) + 1 FROM changes").await.unwrap();
        let schema = rows[0].schema();
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        assert!(names[0].ends_with("commits + Int64(1)"), "{names:?}");
        assert!(names[1].starts_with("(- ") && names[1].ends_with("commits)"), "{names:?}");
        assert!(schema.fields().iter().all(|field| *field.data_type() == DataType::Int64));
        assert_eq!(rows[0].column(2).null_count(), rows[0].num_rows());
        // What is counted of takes such numbers, too.
        assert_eq!(session.collect("SELECT id FROM changes LIMIT 1 + 2").await.unwrap()[0].num_rows(), 3);
    }
}
