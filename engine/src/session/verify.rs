//! Which statements are answered.

use super::series::Series;
use super::{patterns, squares};
use crate::{Error, Result};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::source_as_provider;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, FetchType, JoinType, LogicalPlan};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{self, SetExpr};
use std::any::Any;

/// A side of a join without an equality may have this many rows whatever the other has.
const FEW_ROWS: usize = 1_000;
/// A join without an equality may have this many pairs when both sides are bounded.
const MOST_PAIRS: usize = 10_000_000;

/// Refuses everything but reading, by its kind.
pub(super) fn statement(statement: &Statement) -> Result<()> {
    match statement {
        Statement::Statement(inner) => standard(inner),
        Statement::Explain(explain) if explain.options.analyze => Err(analysed()),
        Statement::Explain(explain) => self::statement(&explain.statement),
        other => Err(writing(&other.to_string())),
    }
}

fn standard(statement: &ast::Statement) -> Result<()> {
    match statement {
        ast::Statement::Query(query) => body(&query.body),
        ast::Statement::Explain { analyze: true, .. } => Err(analysed()),
        ast::Statement::Explain { statement, .. } => standard(statement),
        ast::Statement::ShowTables { .. }
        | ast::Statement::ShowColumns { .. }
        | ast::Statement::ExplainTable { .. } => Ok(()),
        ast::Statement::ShowVariable { .. } | ast::Statement::ShowVariables { .. } => Err(Error::Question(
            "settings are not shown here: only SHOW TABLES and SHOW COLUMNS FROM a table are answered".into(),
        )),
        other => Err(writing(&other.to_string())),
    }
}

/// A chain of set operations leans to the left, and is walked without taking stack for each.
fn body(mut expression: &SetExpr) -> Result<()> {
    loop {
        expression = match expression {
            SetExpr::Select(select) if select.into.is_some() => return Err(writing("SELECT INTO")),
            SetExpr::Query(query) => &query.body,
            SetExpr::SetOperation { left, right, .. } => {
                body(right)?;
                left
            }
            SetExpr::Select(_) | SetExpr::Values(_) | SetExpr::Table(_) => return Ok(()),
            other => return Err(writing(&other.to_string())),
        }
    }
}

fn writing(text: &str) -> Error {
    let kind: Vec<_> = text.split_whitespace().take(2).collect();
    Error::Question(format!(
        "`{}` is refused: a session only reads. Use SELECT, WITH, VALUES, EXPLAIN, SHOW TABLES, SHOW COLUMNS or DESCRIBE",
        kind.join(" ")
    ))
}

fn analysed() -> Error {
    Error::Question(
        "EXPLAIN ANALYZE is refused, because it runs the statement: use EXPLAIN, or the statement itself".into(),
    )
}

/// Refuses plans that do more than read, need not end, or cannot be stopped for long.
pub(super) fn reading(plan: &LogicalPlan) -> Result<()> {
    walk(plan, squares::check)?;
    walk(plan, |node| {
        match node {
        LogicalPlan::Ddl(_) | LogicalPlan::Dml(_) | LogicalPlan::Copy(_) | LogicalPlan::Statement(_) => {
            Err(writing(&node.display().to_string()))
        }
        LogicalPlan::Analyze(_) => Err(analysed()),
        LogicalPlan::RecursiveQuery(_) => Err(Error::Question(
            "a recursive WITH is refused, because it need not end: use generate_series for a calendar, or join the table with itself once for each level"
                .into(),
        )),
        _ => Ok(()),
    }
    })
}

/// Refuses a plan, with the values of its parameters, that compares rows with a constant which is too long.
pub(super) fn constants(plan: &LogicalPlan) -> Result<()> {
    walk(plan, patterns::check)
}

/// Refuses an optimised plan that pairs every row of one relation with every row of another. Such joins cannot be stopped
/// once they run, so they must not begin.
pub(super) fn joins(plan: &LogicalPlan) -> Result<()> {
    walk(plan, |node| match node {
        LogicalPlan::Join(join) if join.on.is_empty() => {
            let (left, right) = (most(&join.left), most(&join.right));
            let few = |rows: Option<usize>| rows.is_some_and(|rows| rows <= FEW_ROWS);
            let pairs = left.zip(right).map(|(l, r)| l.saturating_mul(r));
            if few(left) || few(right) || pairs.is_some_and(|pairs| pairs <= MOST_PAIRS) {
                return Ok(());
            }
            Err(Error::Question(
                "a join without an equality pairs every row of both sides, which is refused for two tables: join ON a column of each (a.id = b.a_id), or bound one side with LIMIT 1000"
                    .into(),
            ))
        }
        _ => Ok(()),
    })
}

fn walk(plan: &LogicalPlan, mut check: impl FnMut(&LogicalPlan) -> Result<()>) -> Result<()> {
    let visited = plan.apply_with_subqueries(|node| match check(node) {
        Ok(()) => Ok(TreeNodeRecursion::Continue),
        Err(refused) => Err(DataFusionError::External(Box::new(refused))),
    });
    visited.map(|_| ()).map_err(super::error)
}

/// The most rows that a plan can give, when that is known without looking at data.
fn most(plan: &LogicalPlan) -> Option<usize> {
    match plan {
        LogicalPlan::EmptyRelation(empty) => Some(usize::from(empty.produce_one_row)),
        LogicalPlan::Values(values) => Some(values.values.len()),
        LogicalPlan::TableScan(scan) => {
            let series = source_as_provider(&scan.source).ok();
            let rows = series.and_then(|p| (p.as_ref() as &dyn Any).downcast_ref::<Series>().map(|s| s.rows));
            rows.or(scan.fetch)
        }
        LogicalPlan::Aggregate(aggregate) if aggregate.group_expr.is_empty() => Some(1),
        LogicalPlan::Projection(_)
        | LogicalPlan::Filter(_)
        | LogicalPlan::Window(_)
        | LogicalPlan::SubqueryAlias(_)
        | LogicalPlan::Subquery(_)
        | LogicalPlan::Repartition(_)
        | LogicalPlan::Distinct(_)
        | LogicalPlan::Aggregate(_) => match plan.inputs().as_slice() {
            // Grouping sets give more rows than they read.
            [_] if matches!(plan, LogicalPlan::Aggregate(a) if a.group_expr.iter().any(|e| matches!(e, Expr::GroupingSet(_)))) => {
                None
            }
            [input] => most(input),
            _ => None,
        },
        LogicalPlan::Sort(sort) => least(most(&sort.input), sort.fetch),
        LogicalPlan::Limit(limit) => match limit.get_fetch_type() {
            Ok(FetchType::Literal(fetch)) => least(most(&limit.input), fetch),
            _ => most(&limit.input),
        },
        LogicalPlan::Union(union) => {
            union.inputs.iter().try_fold(0_usize, |sum, input| Some(sum.saturating_add(most(input)?)))
        }
        LogicalPlan::Join(join) => match join.join_type {
            JoinType::Inner => Some(most(&join.left)?.saturating_mul(most(&join.right)?)),
            JoinType::LeftSemi | JoinType::LeftAnti | JoinType::LeftMark => most(&join.left),
            JoinType::RightSemi | JoinType::RightAnti | JoinType::RightMark => most(&join.right),
            JoinType::Left | JoinType::Right | JoinType::Full => {
                let (left, right) = (most(&join.left)?, most(&join.right)?);
                Some(left.saturating_mul(right).max(left.saturating_add(right)))
            }
        },
        _ => None,
    }
}

fn least(rows: Option<usize>, fetch: Option<usize>) -> Option<usize> {
    match (rows, fetch) {
        (Some(rows), Some(fetch)) => Some(rows.min(fetch)),
        (rows, fetch) => rows.or(fetch),
    }
}
