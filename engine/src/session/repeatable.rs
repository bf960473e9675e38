//! Whether a statement has the same answer for as long as the tables that it reads stand as they are.

use super::series::Series;
use super::{CATALOGUE, DEFAULT_SCHEMA};
use crate::entities::Layer;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::datasource::source_as_provider;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, LogicalPlan, Volatility, WindowFunctionDefinition};
use std::any::Any;

/// Whether all that a plan, as it was before anything was computed in advance, depends on is the versions of tables.
pub(super) fn check(plan: &LogicalPlan) -> Result<bool> {
    let mut repeatable = true;
    plan.apply_with_subqueries(|node| {
        repeatable &= reads_tables(node);
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                repeatable &= is_fixed(expr);
                Ok(TreeNodeRecursion::Continue)
            })
        })?;
        Ok(if repeatable { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    })?;
    Ok(repeatable)
}

/// Whether a node reads nothing, a series whose ends are written out, or what versions are noted of.
fn reads_tables(node: &LogicalPlan) -> bool {
    match node {
        LogicalPlan::TableScan(scan) => {
            let provider = source_as_provider(&scan.source).ok();
            let provider = provider.as_ref().map(|provider| provider.as_ref() as &dyn Any);
            if let Some(series) = provider.and_then(|provider| provider.downcast_ref::<Series>()) {
                return !series.is_computed;
            }
            let table = scan.table_name.clone().resolve(CATALOGUE, DEFAULT_SCHEMA);
            Layer::ALL.iter().any(|layer| layer.name() == table.schema.as_ref())
        }
        // They tell of files and of the process.
        LogicalPlan::Explain(_) | LogicalPlan::DescribeTable(_) | LogicalPlan::Extension(_) => false,
        _ => true,
    }
}

/// Whether an expression is the same for the same rows at any time.
fn is_fixed(expr: &Expr) -> bool {
    let fixed = |volatility: Volatility| volatility == Volatility::Immutable;
    match expr {
        Expr::ScalarFunction(function) => fixed(function.func.signature().volatility),
        Expr::AggregateFunction(function) => fixed(function.func.signature().volatility),
        Expr::WindowFunction(function) => match &function.fun {
            WindowFunctionDefinition::AggregateUDF(function) => fixed(function.signature().volatility),
            WindowFunctionDefinition::WindowUDF(function) => fixed(function.signature().volatility),
        },
        Expr::ScalarVariable(..) => false,
        _ => true,
    }
}
