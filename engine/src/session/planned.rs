//! A statement that is planned, and has its place.

use super::bounded::Bounded;
use super::watch::Watch;
use super::{Limits, error, instead};
use crate::share::Share;
use crate::spans::part;
use crate::{Error, Result};
use arrow::datatypes::SchemaRef;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::TryStreamExt as _;
use sha2::{Digest as _, Sha256};
use std::fmt::{self, Write as _};
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::time::timeout_at;

/// A statement that is planned: it has its place, and runs as soon as it is told to. `Debug` tells no SQL.
pub struct Planned {
    pub(super) plan: Arc<dyn ExecutionPlan>,
    pub(super) context: Arc<TaskContext>,
    pub(super) outline: Outline,
    pub(super) threads: Handle,
    pub(super) watch: Arc<Watch>,
    pub(super) limits: Limits,
    pub(super) memory: Memory,
    /// The statement as it was written, in which mistakes have their places.
    pub(super) text: String,
}

/// What is known of a plan before anything is computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// The same for statements that are planned alike, whatever the values of their parameters: 16 hexadecimal digits.
    pub hash: String,
    /// Whether the answer is the same for as long as the tables that it is made of stand at their versions.
    pub repeatable: bool,
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
        self.memory.clone()
    }

    /// The same, whose answer may have so many rows and bytes at most, where its session does not let it have fewer.
    pub fn at_most(self, rows: usize, bytes: usize) -> Self {
        let Limits { rows: all, bytes: whole, .. } = self.limits;
        Self { limits: Limits { rows: rows.min(all), bytes: bytes.min(whole), ..self.limits }, ..self }
    }

    /// Begins to run it, on threads of its own. The limits hold until the stream ends; dropping it ends the query.
    ///
    /// # Errors
    /// [`Error::TimedOut`] at the time limit. What goes wrong later comes through the stream; [`error`] tells it as ours.
    pub async fn run(self) -> Result<SendableRecordBatchStream> {
        self.begin(execute_stream).await
    }

    /// The same, of what somebody `executes` of the plan.
    pub(super) async fn begin(
        self,
        executes: impl FnOnce(Arc<dyn ExecutionPlan>, Arc<TaskContext>) -> DataFusionResult<SendableRecordBatchStream>
        + Send
        + 'static,
    ) -> Result<SendableRecordBatchStream> {
        let Self { plan, context, threads, watch, limits, text, .. } = self;
        let span = part!("run");
        let within = span.clone();
        // Tasks that operators begin at once belong to those threads, too.
        let begun = threads.spawn_blocking(move || within.in_scope(|| executes(plan, context).map_err(error)));
        let late = |_| Error::TimedOut { seconds: limits.seconds };
        let stream = timeout_at(watch.deadline, begun).await.map_err(late)???;
        let schema = stream.schema();
        let placed = stream.map_err(move |failure| instead::in_stream(&text, failure));
        let stream = Box::pin(RecordBatchStreamAdapter::new(schema, placed));
        Ok(Box::pin(Bounded::new(stream, (&threads, span), watch, limits)))
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
pub(super) fn hash(plan: &LogicalPlan) -> String {
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
