//! A statement that is planned, and has its place.

use super::bounded::Bounded;
use super::planning::Planner;
use super::watch::Watch;
use super::widths::Widths;
use super::{Limits, Statement, instead, is_too_large};
use crate::Result;
use crate::share::Share;
use crate::spans::part;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNode as _;
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::session_state::SessionState;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{EmptyRecordBatchStream, ExecutionPlan, execute_stream};
use futures::{StreamExt as _, stream};
use sha2::{Digest as _, Sha256};
use std::any::Any;
use std::fmt::{self, Write as _};
use std::sync::{Arc, OnceLock};
use tokio::runtime::Handle;
use tokio::time::Instant;

/// A statement that is planned: it has its place, and runs as soon as it is told to. `Debug` tells no SQL.
pub struct Planned {
    pub(super) plan: Arc<dyn ExecutionPlan>,
    pub(super) context: Arc<TaskContext>,
    pub(super) outline: Outline,
    pub(super) threads: Handle,
    pub(super) watch: Arc<Watch>,
    pub(super) widths: Arc<Widths>,
    pub(super) limits: Limits,
    pub(super) again: Arc<Again>,
}

/// What a statement was planned by and of, should it begin anew.
pub(super) struct Again {
    pub(super) planner: Planner,
    pub(super) state: SessionState,
    /// As it was written: mistakes have their places in it.
    pub(super) statement: Statement,
    pub(super) deadline: Instant,
}

impl Again {
    /// The statement, planned again as it says now.
    pub(super) async fn planned(&self, statement: Statement, limits: Limits) -> Result<Planned> {
        let planned = self.planner.plan(self.state.clone(), statement, self.deadline).await?;
        Ok(planned.at_most(limits.rows, limits.bytes))
    }
}

/// What is known of a plan before anything is computed. `Debug` tells no SQL.
#[derive(Clone)]
pub struct Outline {
    /// The plan, whose parameters have no values yet.
    plan: LogicalPlan,
    hash: OnceLock<String>,
    /// Whether the answer is the same for as long as the tables that it is made of stand at their versions.
    pub repeatable: bool,
}

impl Outline {
    pub(super) fn new(plan: LogicalPlan, repeatable: bool) -> Self {
        Self { plan, hash: OnceLock::new(), repeatable }
    }

    /// The same for statements that are planned alike, whatever the values of their parameters: 16 hexadecimal digits. Made when somebody
    /// asks for it, unless its session is [`hashing`](super::Session::hashing): it takes to write the whole plan, which most questions of
    /// our own are not asked for.
    pub fn hash(&self) -> &str {
        self.hash.get_or_init(|| hash(&self.plan))
    }
}

impl fmt::Debug for Outline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outline").field("repeatable", &self.repeatable).finish_non_exhaustive()
    }
}

impl fmt::Debug for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Planned").field("outline", &self.outline).finish_non_exhaustive()
    }
}

impl Planned {
    /// What is known of the plan.
    pub fn outline(&self) -> &Outline {
        &self.outline
    }

    /// What its rows are.
    pub fn schema(&self) -> SchemaRef {
        self.plan.schema()
    }

    /// The memory of the whole session, to be looked at while the statement runs and after.
    pub fn memory(&self) -> Memory {
        self.again.planner.memory.clone()
    }

    /// The same, whose answer may have so many rows and bytes at most, where its session does not let it have fewer.
    pub fn at_most(self, rows: usize, bytes: usize) -> Self {
        let Limits { rows: all, bytes: whole, .. } = self.limits;
        Self { limits: Limits { rows: rows.min(all), bytes: bytes.min(whole), ..self.limits }, ..self }
    }

    /// Begins to run it, on threads of its own. The limits hold until the stream ends; dropping it ends the query.
    ///
    /// One whose rows turn out to be too wide for its batches is planned again, for smaller ones, before any row of it is given; and one that has no
    /// room for a side of a join, so that both are sorted, for which there is room on the disk.
    ///
    /// What goes wrong comes through the stream; [`super::error`] tells it as ours.
    pub fn run(self) -> SendableRecordBatchStream {
        let running = Running::of(self);
        let schema = running.rows.schema();
        let rows = stream::unfold(running, async |mut running| running.next().await.map(|next| (next, running)));
        Box::pin(RecordBatchStreamAdapter::new(schema, rows))
    }

    /// The same, of what somebody `executes` of the plan, and once. Tasks that operators begin at once belong to those threads, too.
    pub(super) fn begin(
        self,
        executes: impl FnOnce(Arc<dyn ExecutionPlan>, Arc<TaskContext>) -> DataFusionResult<SendableRecordBatchStream>
        + Send
        + 'static,
    ) -> SendableRecordBatchStream {
        let Self { plan, context, threads, watch, widths, limits, again, .. } = self;
        let schema = plan.schema();
        let placed = move |failure| instead::in_stream(again.statement.text(), failure);
        let begins = move || -> DataFusionResult<SendableRecordBatchStream> {
            let rows = executes(plan, context).map_err(&placed)?;
            let schema = rows.schema();
            let given = rows.map(move |rows| rows.and_then(|rows| widths.gives().map(|()| rows)).map_err(&placed));
            Ok(Box::pin(RecordBatchStreamAdapter::new(schema, given)))
        };
        Box::pin(Bounded::new(schema, begins, (&threads, part!("run")), watch, limits))
    }
}

/// A query that runs, and what it takes to run it again.
struct Running {
    rows: SendableRecordBatchStream,
    /// Whether any were given.
    given: bool,
    /// Whether one side of a join is kept in memory.
    hashes: bool,
    widths: Arc<Widths>,
    limits: Limits,
    again: Arc<Again>,
}

impl Running {
    fn of(planned: Planned) -> Self {
        let (widths, limits, again) = (Arc::clone(&planned.widths), planned.limits, Arc::clone(&planned.again));
        // Looking at a node does not fail.
        let hashes = planned.plan.exists(|node| Ok((node.as_ref() as &dyn Any).is::<HashJoinExec>())).unwrap_or(false);
        Self { rows: planned.begin(execute_stream), given: false, hashes, widths, limits, again }
    }

    async fn next(&mut self) -> Option<DataFusionResult<RecordBatch>> {
        loop {
            let next = self.rows.next().await;
            let Some(statement) = next.as_ref().and_then(|next| self.otherwise(next.as_ref().err()?)) else {
                self.given |= matches!(next, Some(Ok(_)));
                return next;
            };
            // Its place is free before it waits for one again.
            self.rows = Box::pin(EmptyRecordBatchStream::new(self.rows.schema()));
            match self.again.planned(statement, self.limits).await {
                Ok(planned) => *self = Self::of(planned),
                Err(failure) => return Some(Err(DataFusionError::External(Box::new(failure)))),
            }
        }
    }

    /// How it is to be planned where it failed, and another plan may not.
    fn otherwise(&self, failure: &DataFusionError) -> Option<Statement> {
        let statement = &self.again.statement;
        if let Some(batches) = self.widths.narrower() {
            tracing::debug!(?batches, "a query's rows are wide: it begins anew with smaller batches");
            return Some(statement.clone().in_batches(batches));
        }
        let sorts = self.hashes && !self.given && !statement.is_joined_by_sorting() && is_too_large(failure);
        sorts.then(|| {
            tracing::debug!("a query has no room for a side of a join: it begins anew and sorts both");
            statement.clone().joined_by_sorting()
        })
    }
}

/// The memory that a session's sorts, joins and groupings hold.
#[derive(Clone, Debug)]
pub struct Memory(pub(super) Arc<Share>);

impl Memory {
    /// The most bytes that were held at once until now.
    pub fn peak_bytes(&self) -> usize {
        self.0.peak()
    }
}

/// The hash of a plan, whose parameters have no values yet.
fn hash(plan: &LogicalPlan) -> String {
    let mut sum = Sum(Sha256::new());
    // Nothing is written but into the sum, which takes anything.
    let _ = write!(sum, "{}", plan.display_indent());
    sum.0.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Takes a text without holding it.
struct Sum(Sha256);

impl fmt::Write for Sum {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::session::Statement;
    use crate::session::tests::session;

    #[tokio::test]
    async fn a_plan_is_hashed_where_it_is_made_for_whoever_asks_for_that() {
        let statement = Statement::new("SELECT count(*) FROM changes");
        for (session, is_hashed) in [(session(), false), (session().hashing(), true)] {
            let planned = session.plan(&statement, session.deadline()).await.unwrap();
            assert_eq!(planned.outline.hash.get().is_some(), is_hashed);
            assert_eq!(planned.outline().hash().len(), 16);
        }
    }
}
