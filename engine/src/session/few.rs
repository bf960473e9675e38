//! Plans over few rows are of one part. Dealing rows out to several threads, and gathering them again, takes longer than those rows do: of
//! a question over some thousands of them, a third of the processor's time.

use super::series::Series;
use crate::lake::TenantTable;
use crate::policy::Narrowed;
use datafusion::catalog::TableProvider;
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::source_as_provider;
use datafusion::error::DataFusionError;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use std::any::Any;
use std::sync::Arc;

/// As many rows of all tables together are few.
pub(super) const FEW: u64 = 1 << 15;

/// Sets a session to operators of one part where a plan is over few rows.
///
/// # Errors
/// When storage fails.
pub(super) async fn set(state: &mut SessionState, plan: &LogicalPlan) -> Result<()> {
    if state.config().target_partitions() > 1 && are_at_most(plan, FEW).await? {
        state.config_mut().options_mut().execution.target_partitions = 1;
    }
    Ok(())
}

/// Whether it is known that all tables of a plan have so many rows together at most. It is not of what a policy stands before: the form of a plan
/// would tell how many rows there are that it hides.
///
/// # Errors
/// When storage fails.
pub(super) async fn are_at_most(plan: &LogicalPlan, most: u64) -> Result<bool> {
    let mut tables = Vec::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            tables.push(source_as_provider(&scan.source)?);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    let mut all = 0_u64;
    for table in tables {
        match rows(&table).await? {
            Some(rows) if rows <= most - all => all += rows,
            _ => return Ok(false),
        }
    }
    Ok(true)
}

async fn rows(table: &Arc<dyn TableProvider>) -> Result<Option<u64>> {
    let any = table.as_ref() as &dyn Any;
    let whole = any.downcast_ref::<Narrowed>().map_or(any, |narrowed| narrowed.whole() as &dyn Any);
    if let Some(series) = whole.downcast_ref::<Series>() {
        return Ok(u64::try_from(series.rows).ok());
    }
    match whole.downcast_ref::<TenantTable>() {
        Some(table) => table.rows().await.map_err(|error| DataFusionError::External(Box::new(error))),
        None => Ok(None),
    }
}
