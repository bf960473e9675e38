//! What takes the place of DataFusion's own operators as soon as the types of a plan are known, before anything of it is computed.

use super::{checked, likeness};
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult as _, TreeNode as _, TreeNodeRecursion};
use datafusion::config::ConfigOptions;
use datafusion::logical_expr::LogicalPlan;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::optimizer::AnalyzerRule;

/// Puts in arithmetic that tells where it has no room ([`checked`]), and LIKE that weighs what it compares ([`likeness`]).
#[derive(Debug)]
pub(super) struct Ours;

impl AnalyzerRule for Ours {
    fn name(&self) -> &'static str {
        "operators_of_ours"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(put_in).data()
    }
}

fn put_in(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    if !has_any(&plan)? {
        return Ok(Transformed::no(plan));
    }
    let input = merge_schema(&plan.inputs());
    let names = NamePreserver::new(&plan);
    plan.map_expressions(|expression| {
        let name = names.save(&expression);
        // From the outside, so that types are told of what stands there as it was.
        let changed = expression.transform_down(|expression| {
            checked::of_whole_numbers(expression, &input)
                .transform_data(|expression| Ok(likeness::weighed(expression, &input)))
        })?;
        Ok(changed.update_data(|expression| name.restore(expression)))
    })
}

/// Whether a node of a plan has any of those: most have none.
fn has_any(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_expressions(|expression| {
        found = found || expression.exists(|part| Ok(checked::is_arithmetic(part) || likeness::is_open(part)))?;
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(found)
}
