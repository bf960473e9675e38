//! Joins that can be stopped.

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult as _, TreeNode as _};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec, NestedLoopJoinExec, SortMergeJoinExec};
use datafusion::physical_plan::unnest::UnnestExec;
use std::any::Any;
use std::sync::Arc;

/// The plan with a point of rest above every operator that makes many rows out of few.
///
/// DataFusion lets tasks rest where rows are read. A join with a high fan-out reads one batch and then gives thousands, so the
/// aggregate above it would go on for seconds after its query was dropped.
///
/// One case is left: a hash join whose further condition drops nearly every pair gives nothing to rest at until a whole batch
/// of its probe side is done. It ends there.
pub(super) fn restful(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    plan.transform_up(|node| {
        let any = node.as_ref() as &dyn Any;
        let multiplies = any.is::<HashJoinExec>()
            || any.is::<NestedLoopJoinExec>()
            || any.is::<CrossJoinExec>()
            || any.is::<SortMergeJoinExec>()
            || any.is::<UnnestExec>();
        Ok(if multiplies { Transformed::yes(Arc::new(CooperativeExec::new(node)) as _) } else { Transformed::no(node) })
    })
    .data()
}
