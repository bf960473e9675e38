//! One order for rows, where a statement says none or leaves some of it open.

use datafusion::error::Result;
use datafusion::logical_expr::{Expr, Limit, LogicalPlan, Projection, Sort, SortExpr};
use std::sync::Arc;

/// The same plan, whose rows come in the same order whenever they are the same, and of which a LIMIT takes the same. What it sorts by goes
/// first; what that leaves open is decided by all columns.
pub(super) fn always(plan: LogicalPlan) -> Result<LogicalPlan> {
    Ok(match plan {
        LogicalPlan::Sort(Sort { mut expr, input, fetch }) => {
            expr.extend(all(&input));
            LogicalPlan::Sort(Sort { expr, input, fetch })
        }
        LogicalPlan::Limit(Limit { skip, fetch, input }) => {
            LogicalPlan::Limit(Limit { skip, fetch, input: Arc::new(always(Arc::unwrap_or_clone(input))?) })
        }
        // What is sorted by need not be among what is shown.
        LogicalPlan::Projection(Projection { expr, input, .. }) if sorts(&input) => {
            LogicalPlan::Projection(Projection::try_new(expr, Arc::new(always(Arc::unwrap_or_clone(input))?))?)
        }
        plan @ (LogicalPlan::Explain(_) | LogicalPlan::Analyze(_)) => plan,
        plan => LogicalPlan::Sort(Sort { expr: all(&plan), input: Arc::new(plan), fetch: None }),
    })
}

fn sorts(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Sort(_) => true,
        LogicalPlan::Limit(limit) => sorts(&limit.input),
        LogicalPlan::Projection(projection) => sorts(&projection.input),
        _ => false,
    }
}

/// All columns of a plan by which rows can be sorted.
fn all(plan: &LogicalPlan) -> Vec<SortExpr> {
    let plain = plan.schema().iter().filter(|(_, field)| !field.data_type().is_nested());
    plain.map(|column| Expr::Column(column.into()).sort(true, false)).collect()
}

#[cfg(test)]
mod tests {
    use crate::session::Statement;
    use crate::session::tests::session;
    use arrow::array::AsArray as _;
    use arrow::datatypes::Int64Type;
    use futures::TryStreamExt as _;

    async fn numbers(text: &str) -> Vec<i64> {
        let session = session();
        let planned = session.plan(&Statement::new(text).in_one_order(), session.deadline()).await.unwrap();
        let batches: Vec<_> = planned.run().try_collect().await.unwrap();
        batches.iter().flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec()).collect()
    }

    #[tokio::test]
    async fn rows_come_in_one_order_and_a_limit_takes_the_first_of_it() {
        let rows = "(VALUES (3, 'b'), (1, 'a'), (2, 'b'), (5, 'a'), (4, 'b')) AS t (n, x)";
        for (text, expected) in [
            (format!("SELECT n FROM {rows}"), &[1, 2, 3, 4, 5][..]),
            (format!("SELECT n FROM {rows} LIMIT 2"), &[1, 2]),
            (format!("SELECT n, x FROM {rows} ORDER BY x DESC"), &[2, 3, 4, 1, 5]),
            (format!("SELECT n FROM {rows} ORDER BY x"), &[1, 5, 2, 3, 4]),
            (format!("SELECT n FROM {rows} ORDER BY x LIMIT 3 OFFSET 1"), &[5, 2, 3]),
            (format!("SELECT n FROM {rows} ORDER BY n DESC"), &[5, 4, 3, 2, 1]),
            (format!("SELECT max(n), make_array(x) FROM {rows} GROUP BY x"), &[4, 5]),
        ] {
            assert_eq!(numbers(&text).await, expected, "{text}");
        }
    }
}
