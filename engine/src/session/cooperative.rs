//! Joins that can be stopped, and a place that is held until they are.

use super::held::{Place, held};
use super::watch::Watch;
use super::widths::{Widths, repeats};
use super::{unfolded, windowed};
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult as _, TreeNode as _};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::joins::{
    CrossJoinExec, HashJoinExec, HashJoinExecBuilder, NestedLoopJoinExec, SortMergeJoinExec,
};
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::unnest::UnnestExec;
use std::any::Any;
use std::sync::Arc;

/// The plan with a point of rest above every operator that makes many rows out of few.
///
/// DataFusion lets tasks rest where rows are read. A join with a high fan-out reads one batch and then gives thousands, so the
/// aggregate above it would go on for seconds after its query was dropped.
///
/// A hash join whose further condition drops nearly every pair gives nothing to rest at until a whole batch of its probe side is done:
/// that condition looks itself whether the query goes on, each time that some thousand pairs are put to it. So do window functions, as they
/// go from row to row ([`windowed`]). Where values are read or gathered, it is measured how long they are ([`Widths`]), and what would be
/// made at once of a row whose arrays are unfolded is measured before ([`unfolded`]).
pub(super) fn restful(
    plan: Arc<dyn ExecutionPlan>,
    place: Place,
    watch: &Arc<Watch>,
    widths: &Arc<Widths>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let does_repeat = plan.exists(|node| Ok(repeats(node.as_ref())))?;
    let restful = plan
        .transform_up(|node| {
            let before = Arc::clone(&node);
            let node = unfolded::measured(windowed::watched(watched(node, watch)?, watch)?)?;
            let node = widths.measured(node, does_repeat)?;
            let any = node.as_ref() as &dyn Any;
            let spawns = any.is::<CoalescePartitionsExec>()
                || any.is::<SortPreservingMergeExec>()
                || any.is::<RepartitionExec>();
            if spawns {
                let hold = |child: &Arc<dyn ExecutionPlan>| held(Arc::clone(child), Arc::clone(&place));
                let children = node.children().into_iter().map(hold).collect();
                let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
                return Ok(Transformed::yes(node.replace_children(children, options)?));
            }
            let multiplies = any.is::<HashJoinExec>()
                || any.is::<NestedLoopJoinExec>()
                || any.is::<CrossJoinExec>()
                || any.is::<SortMergeJoinExec>()
                || any.is::<UnnestExec>();
            Ok(if multiplies {
                Transformed::yes(Arc::new(CooperativeExec::new(node)) as _)
            } else {
                let is_another = !Arc::ptr_eq(&before, &node);
                Transformed::new_transformed(node, is_another)
            })
        })
        .data()?;
    // The partitions of the whole are run in tasks as well.
    Ok(held(restful, place))
}

/// A hash join whose further condition is watched; any other operator as it is.
fn watched(node: Arc<dyn ExecutionPlan>, watch: &Arc<Watch>) -> Result<Arc<dyn ExecutionPlan>> {
    let Some(join) = (node.as_ref() as &dyn Any).downcast_ref::<HashJoinExec>() else { return Ok(node) };
    let Some(filter) = join.filter() else { return Ok(node) };
    let condition = watch.watching(filter.expression());
    let filter = JoinFilter::new(condition, filter.column_indices().to_vec(), Arc::clone(filter.schema()));
    HashJoinExecBuilder::from(join).with_filter(Some(filter)).build_exec()
}
