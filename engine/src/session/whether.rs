//! Whether a CASE has a value, without making that value: which rows count is asked of the reason why one does not, a text that nobody
//! reads then.

use datafusion::common::tree_node::{Transformed, TreeNode as _, TreeNodeRecursion};
use datafusion::common::{Column, Result};
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, LogicalPlan, Projection, SubqueryAlias, lit};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use std::sync::Arc;

/// Asks each branch of a CASE, in the place of what comes of them, whether it is NULL: where it is written so, and where a view makes the
/// CASE of which nothing else is asked.
#[derive(Debug)]
pub(super) struct Whether;

impl OptimizerRule for Whether {
    fn name(&self) -> &'static str {
        "whether_a_case_is_null"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let plan = match plan {
            LogicalPlan::Projection(projection) => of_views(projection)?,
            plan => Transformed::no(plan),
        };
        plan.transform_data(|plan| {
            let names = NamePreserver::new(&plan);
            plan.map_expressions(|expression| {
                let name = names.save(&expression);
                let changed = expression.transform_down(|expression| {
                    Ok(match asked(&expression) {
                        Some((Expr::Case(case), wanted)) => Transformed::yes(is_null(Expr::Case(case.clone()), wanted)),
                        _ => Transformed::no(expression),
                    })
                })?;
                Ok(changed.update_data(|expression| name.restore(expression)))
            })
        })
    }
}

/// What it is asked of whether it is NULL, or whether it is not.
fn asked(expression: &Expr) -> Option<(&Expr, bool)> {
    match expression {
        Expr::IsNull(of) => Some((of, true)),
        Expr::IsNotNull(of) => Some((of, false)),
        _ => None,
    }
}

/// A projection over one that makes a CASE, between which nothing but names stands.
fn of_views(outer: Projection) -> Result<Transformed<LogicalPlan>> {
    let (mut below, mut names) = (Arc::clone(&outer.input), Vec::new());
    while let LogicalPlan::SubqueryAlias(alias) = below.as_ref() {
        names.push(alias.alias.clone());
        below = Arc::clone(&alias.input);
    }
    let LogicalPlan::Projection(inner) = below.as_ref() else {
        return Ok(Transformed::no(LogicalPlan::Projection(outer)));
    };
    let mut made = inner.expr.clone();
    let mut known = Vec::new();
    for (expression, seen) in made.iter_mut().zip(outer.input.schema().iter()) {
        let column = Column::from(seen);
        let case = expression.clone().unalias();
        if let (Expr::Case(_), Some(wanted)) = (&case, only_asked(&outer.expr, &column)?) {
            *expression = is_null(case, wanted).alias(&column.name);
            known.push(column);
        }
    }
    if known.is_empty() {
        return Ok(Transformed::no(LogicalPlan::Projection(outer)));
    }
    let mut input = LogicalPlan::Projection(Projection::try_new(made, Arc::clone(&inner.input))?);
    for name in names.into_iter().rev() {
        input = LogicalPlan::SubqueryAlias(SubqueryAlias::try_new(Arc::new(input), name)?);
    }
    let told = outer.expr.iter().zip(outer.schema.iter()).map(|(expression, (_, field))| {
        let told = expression.clone().transform_down(|expression| {
            Ok(match asked(&expression) {
                Some((Expr::Column(column), _)) if known.contains(column) => {
                    Transformed::yes(Expr::Column(column.clone()))
                }
                _ => Transformed::no(expression),
            })
        })?;
        Ok(if told.transformed { told.data.unalias().alias(field.name()) } else { told.data })
    });
    let told = Projection::try_new(told.collect::<Result<_>>()?, Arc::new(input))?;
    Ok(Transformed::yes(LogicalPlan::Projection(told)))
}

/// Whether it is asked of a column that it is NULL, or that it is not, and nothing else.
fn only_asked(expressions: &[Expr], column: &Column) -> Result<Option<bool>> {
    let (mut times, mut asks) = (0, Vec::new());
    for expression in expressions {
        expression.apply(|expression| {
            match asked(expression) {
                Some((Expr::Column(of), wanted)) if of == column => asks.push(wanted),
                _ => times += usize::from(matches!(expression, Expr::Column(of) if of == column)),
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
    }
    Ok(asks.first().copied().filter(|wanted| times == asks.len() && asks.iter().all(|other| other == wanted)))
}

/// Whether an expression is NULL, or whether it is not.
fn is_null(expression: Expr, wanted: bool) -> Expr {
    match expression {
        Expr::Case(Case { expr, when_then_expr, else_expr }) => {
            let branch = |then: Box<Expr>| Box::new(is_null(*then, wanted));
            let branches = when_then_expr.into_iter().map(|(when, then)| (when, branch(then))).collect();
            // Without an ELSE it is NULL where nothing holds.
            let otherwise = else_expr.map_or_else(|| Box::new(lit(wanted)), branch);
            Expr::Case(Case::new(expr, branches, Some(otherwise)))
        }
        Expr::Literal(value, _) => lit(value.is_null() == wanted),
        other if wanted => other.is_null(),
        other => other.is_not_null(),
    }
}

#[cfg(test)]
mod tests {
    use crate::session::tests::{session, shown};

    #[tokio::test]
    async fn the_value_of_a_case_is_not_made_where_it_is_asked_whether_there_is_one() {
        let session = session();
        let case = "CASE WHEN commits > 9 THEN 'many' WHEN commits = 3 THEN NULL WHEN commits < 2 THEN \
                    CASE commits WHEN 0 THEN 'none' END WHEN commits < 5 THEN repository_id END";
        // `commits` goes from 0 to 13.
        for (asked, expected) in [("IS NULL", "1 3 5 6 7 8 9"), ("IS NOT NULL", "0 2 4 10 11 12 13")] {
            let text = format!(
                "SELECT string_agg(CAST(commits AS TEXT), ' ' ORDER BY commits) AS those FROM changes WHERE ({case}) {asked}"
            );
            let plan = shown(&session, &format!("EXPLAIN {text}")).await;
            assert!(!plan.contains("many") && !plan.contains("none") && plan.contains("repository_id"), "{plan}");
            let answer = shown(&session, &text).await;
            assert!(answer.contains(&format!("| {expected} |")), "{asked}: {answer}");
        }
    }

    #[tokio::test]
    async fn what_counts_of_a_metric_is_told_without_its_reasons() {
        let session = session();
        let plan = async |select: &str| {
            shown(&session, &format!("EXPLAIN SELECT {select} FROM dora.change_lead_time AS d")).await
        };
        for without in ["at, excluded IS NULL AS kept", "excluded IS NULL AS a, excluded IS NULL OR at IS NULL AS b"] {
            let plan = plan(without).await;
            assert!(!plan.contains("no lead time"), "{plan}");
        }
        for with in
            ["excluded IS NULL, excluded", "excluded IS NULL, excluded IS NOT NULL", "coalesce(excluded, '') = ''"]
        {
            let plan = plan(with).await;
            assert!(plan.contains("no lead time"), "{plan}");
        }
        // 14 changes have a lead time, and none was deployed.
        let answer = shown(
            &session,
            "SELECT count(*) FILTER (WHERE kept) AS kept FROM \
            (SELECT excluded IS NULL AS kept FROM dora.change_lead_time) AS d",
        )
        .await;
        assert!(answer.contains("| 14 "), "{answer}");
    }
}
