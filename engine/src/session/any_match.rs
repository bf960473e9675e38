//! Whether a row has any match is asked of each key once. DataFusion pairs a row with all of its matches, however many, before it keeps
//! the row or leaves it out: of the items of projects that had incidents each item with each incident. Here what is looked in is grouped
//! by its keys first.

use super::few;
use datafusion::common::tree_node::{Transformed, TreeNode as _, TreeNodeRecursion};
use datafusion::common::{JoinType, Result};
use datafusion::logical_expr::{Aggregate, Expr, Join, LogicalPlan};
use std::sync::Arc;

/// The most rows of the tables that are looked in: to group more may take longer than to pair them.
const MOST: u64 = 1 << 20;

/// The same rows, where matches of many rows are looked for in fewer.
///
/// # Errors
/// When storage fails.
pub(super) async fn once(plan: LogicalPlan) -> Result<LogicalPlan> {
    let mut sides = Vec::new();
    plan.apply(|node| {
        if let LogicalPlan::Join(join) = node
            && keys(join).is_some()
        {
            sides.push((Arc::clone(&join.left), Arc::clone(&join.right)));
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    let mut grouped = Vec::new();
    for (rows, looked_in) in sides {
        if few::are_at_most(&looked_in, MOST).await? && !few::are_at_most(&rows, few::FEW).await? {
            grouped.push(looked_in);
        }
    }
    if grouped.is_empty() {
        return Ok(plan);
    }
    let changed = plan.transform_down(|node| {
        let LogicalPlan::Join(join) = &node else { return Ok(Transformed::no(node)) };
        let Some(keys) = keys(join).filter(|_| grouped.contains(&join.right)) else { return Ok(Transformed::no(node)) };
        let right = LogicalPlan::Aggregate(Aggregate::try_new(Arc::clone(&join.right), keys, Vec::new())?);
        Ok(Transformed::yes(LogicalPlan::Join(Join { right: Arc::new(right), ..join.clone() })))
    })?;
    Ok(changed.data)
}

/// The columns by which a match is looked for; `None` where more than these is asked, where all matches are wanted, and where there is one of each
/// already.
fn keys(join: &Join) -> Option<Vec<Expr>> {
    let asks_for_any = matches!(join.join_type, JoinType::LeftSemi | JoinType::LeftAnti) && join.filter.is_none();
    if !asks_for_any || matches!(join.right.as_ref(), LogicalPlan::Aggregate(_) | LogicalPlan::Distinct(_)) {
        return None;
    }
    let mut keys: Vec<Expr> = Vec::new();
    for (_, key) in &join.on {
        if !matches!(key, Expr::Column(_)) {
            return None;
        }
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    (!keys.is_empty()).then_some(keys)
}

#[cfg(test)]
mod tests {
    use super::super::Statement;
    use super::super::tests::session;
    use arrow::array::AsArray as _;
    use arrow::datatypes::Int64Type;
    use datafusion::physical_plan::displayable;

    /// How many rows a condition leaves of so many numbers, and how many operators of its plan group by anything.
    async fn left(numbers: usize, condition: &str) -> (i64, usize) {
        let session = session();
        let text = format!("SELECT count(*) FROM generate_series(1, {numbers}) AS a(x) WHERE {condition}");
        let planned = session.plan(&Statement::new(text.as_str()), session.deadline()).await;
        let planned = planned.unwrap_or_else(|error| panic!("{text}: {error}"));
        let plan = displayable(planned.plan.as_ref()).indent(true).to_string();
        let rows = session.collect(&text).await.unwrap_or_else(|error| panic!("{text}: {error}"));
        (
            rows[0].column(0).as_primitive::<Int64Type>().value(0),
            plan.matches("gby=[").count() - plan.matches("gby=[]").count(),
        )
    }

    #[tokio::test]
    async fn a_match_is_looked_for_among_keys_of_which_each_is_there_once() {
        // Of 0 to 9 each a hundred times; 0 is none of the numbers.
        let tens = "SELECT value % 10 FROM generate_series(1, 1000)";
        let of = |key: &str| format!("SELECT 1 FROM ({tens}) AS b(y) WHERE y = {key}");
        for (condition, kept) in [
            (format!("x IN ({tens})"), 9),
            (format!("EXISTS ({})", of("x")), 9),
            (format!("NOT EXISTS ({})", of("x")), 99_991),
            (format!("x NOT IN ({tens})"), 99_991),
            // Of a NULL nobody knows what it is.
            (format!("x NOT IN ({tens} UNION ALL SELECT NULL)"), 0),
            (format!("x IN ({tens} UNION ALL SELECT NULL)"), 9),
        ] {
            let ((many, grouping), (few, alone)) = (left(100_000, &condition).await, left(20_000, &condition).await);
            assert_eq!((many, few), (kept, if kept > 9 { kept - 80_000 } else { kept }), "{condition}");
            assert!(grouping > 0 && alone == 0, "{condition}: {grouping} operators group, and {alone} of few rows");
        }
        // What else is asked of a match may be so of one and not of another.
        let more = format!("EXISTS (SELECT 1 FROM ({tens}) AS b(y) WHERE y = x % 10 AND y + x < 20)");
        assert_eq!(left(100_000, &more).await, (14, 0));
    }
}
