//! How often the optimizer goes over the plans of what figures are made of.
//!
//! It goes over a plan until nothing is left to do, three times at most. To what several expressions have in common it gives a new name each
//! time, so that it never sees that nothing is: of every metric, what it does the third time is to give other names. That takes as
//! long as the first, and of what is asked for figures planning takes most.

use chrono::{DateTime, Utc};
use datafusion::common::Result;
use datafusion::common::alias::AliasGenerator;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::config::ConfigOptions;
use datafusion::execution::FunctionRegistry;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::OptimizerConfig;
use std::sync::Arc;

/// How often it goes over the plan of a statement that has no other statement within.
const ENOUGH: usize = 2;

/// The same plan with what DataFusion knows to be quicker.
pub(super) fn optimized(state: &SessionState, plan: LogicalPlan) -> Result<LogicalPlan> {
    // A statement within another, as in a metric of a tenant's own, may be brought up one at a time.
    if has_statements_within(&plan)? {
        return state.optimizer().optimize(plan, state, |_, _| {});
    }
    state.optimizer().optimize(plan, &Passes::of(state, ENOUGH), |_, _| {})
}

fn has_statements_within(plan: &LogicalPlan) -> Result<bool> {
    let mut has_any = false;
    plan.apply(|node| {
        node.apply_subqueries(|_| {
            has_any = true;
            Ok(TreeNodeRecursion::Stop)
        })
    })?;
    Ok(has_any)
}

/// What the optimizer goes by, for so many passes at most.
struct Passes<'a> {
    state: &'a SessionState,
    options: Arc<ConfigOptions>,
}

impl<'a> Passes<'a> {
    fn of(state: &'a SessionState, most: usize) -> Self {
        let mut options = ConfigOptions::clone(state.config_options());
        options.optimizer.max_passes = most;
        Self { state, options: Arc::new(options) }
    }
}

impl OptimizerConfig for Passes<'_> {
    fn query_execution_start_time(&self) -> Option<DateTime<Utc>> {
        self.state.query_execution_start_time()
    }

    fn alias_generator(&self) -> &Arc<AliasGenerator> {
        self.state.alias_generator()
    }

    fn options(&self) -> Arc<ConfigOptions> {
        Arc::clone(&self.options)
    }

    fn function_registry(&self) -> Option<&dyn FunctionRegistry> {
        self.state.function_registry()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::session::{Parameters, Session, parse, planning};

    /// A statement's plan after so many passes, without the names that each gives anew.
    pub(crate) async fn after(session: &Session, text: &str, passes: usize) -> String {
        let state = session.state.clone();
        let parsed = parse::statement(text).unwrap();
        let (plan, _) = planning::logical(&state, parsed, &Parameters::default()).await.unwrap();
        let plan = state.analyzer().execute_and_check(plan, state.config_options(), |_, _| {}).unwrap();
        assert!(!has_statements_within(&plan).unwrap(), "{text}");
        let plan = state.optimizer().optimize(plan, &Passes::of(&state, passes), |_, _| {}).unwrap();
        let mut told = String::new();
        for (n, part) in plan.display_indent().to_string().split("__common_expr_").enumerate() {
            let part = if n == 0 { part } else { part.trim_start_matches(|c: char| c.is_ascii_digit()) };
            told.push_str(part);
            told.push('…');
        }
        told
    }

    #[tokio::test]
    async fn a_statement_within_another_is_seen() {
        let session = crate::session::tests::session();
        for (text, has_one) in [
            ("SELECT id FROM changes WHERE commits > 1", false),
            ("SELECT id FROM changes WHERE commits IN (SELECT commits FROM changes WHERE id = 'x')", true),
            ("SELECT * FROM (SELECT id FROM changes WHERE commits > (SELECT max(commits) FROM changes)) AS t", true),
        ] {
            let parsed = parse::statement(text).unwrap();
            let planned = planning::logical(&session.state, parsed, &Parameters::default()).await;
            assert_eq!(has_statements_within(&planned.unwrap().0).unwrap(), has_one, "{text}");
        }
    }
}
