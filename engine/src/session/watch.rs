//! What a step of a query knows of all of it: whether it goes on, which nothing tells it from outside, and what was made ready for it.

use super::Limits;
use super::bounded::size;
use super::ready::Ready;
use crate::Error;
use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Schema};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::config::{ConfigEntry, ConfigExtension, ConfigOptions, ExtensionOptions};
use datafusion::error::DataFusionError;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_plan::PhysicalExpr;
use std::any::Any;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::time::Instant;

/// After how many rows a step that goes from row to row looks whether it goes on.
const ROWS: usize = 64;
/// How many rows a window gives at once, and the most bytes of long values that a function of it may give for them: they are made by no pool.
const AT_ONCE: usize = 8_192;
const MOST_BYTES: usize = 256 << 20;

/// When a query has to end, and whether it ended before.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) deadline: Instant,
    seconds: u64,
    ended: AtomicBool,
    /// The patterns that it searches by.
    pub(super) ready: Ready,
}

impl Watch {
    /// Of a query that may run until then.
    pub(super) fn new(deadline: Instant, limits: Limits) -> Arc<Self> {
        Arc::new(Self { deadline, seconds: limits.seconds, ended: AtomicBool::new(false), ready: Ready::default() })
    }

    /// Nobody waits for it any more.
    pub(super) fn ends(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    /// Ends it as well where nobody waits any more for it to be planned.
    pub(super) fn waiting(self: &Arc<Self>) -> Waiting {
        Waiting(Some(Arc::clone(self)))
    }

    /// What is told at the deadline.
    pub(super) fn late(&self) -> DataFusionError {
        external(Error::TimedOut { seconds: self.seconds })
    }

    /// A condition that is as `condition`, and fails once the query is over.
    pub(super) fn watching(self: &Arc<Self>, condition: &Arc<dyn PhysicalExpr>) -> Arc<dyn PhysicalExpr> {
        Arc::new(Watched { condition: Arc::clone(condition), watch: Arc::clone(self) })
    }

    /// The same session, in which functions find it.
    pub(super) fn within(self: &Arc<Self>, mut state: SessionState) -> SessionState {
        state.config_mut().options_mut().extensions.insert(Watching(Arc::clone(self)));
        // Expressions are given those that were there when the statement came.
        let options = Arc::clone(state.config_options());
        state.execution_props_mut().config_options = Some(options);
        state
    }

    /// That of the query that a function is computed in, where there is any.
    pub(super) fn of(options: &ConfigOptions) -> Option<&Self> {
        options.extensions.get::<Watching>().map(|watching| watching.0.as_ref())
    }

    /// Whether it goes on.
    ///
    /// # Errors
    /// When it does not; this is what it ends with.
    pub(super) fn goes_on(&self) -> Result<()> {
        if self.ended.load(Ordering::Relaxed) {
            return Err(external(left()));
        }
        if Instant::now() >= self.deadline {
            return Err(self.late());
        }
        Ok(())
    }
}

/// Somebody waits for a query; with this it ends, unless it is done before.
#[derive(Debug)]
pub(super) struct Waiting(Option<Arc<Watch>>);

impl Waiting {
    /// What they waited for is there.
    pub(super) fn done(mut self) {
        self.0 = None;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(watch) = &self.0 {
            watch.ends();
        }
    }
}

/// A query's watch among its settings, which reach every function. It is none that a statement could name.
#[derive(Clone, Debug)]
struct Watching(Arc<Watch>);

impl ConfigExtension for Watching {
    const PREFIX: &'static str = "pulse";
}

impl ExtensionOptions for Watching {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn cloned(&self) -> Box<dyn ExtensionOptions> {
        Box::new(self.clone())
    }

    fn set(&mut self, key: &str, _value: &str) -> Result<()> {
        plan_err!("{key} is no setting")
    }

    fn entries(&self) -> Vec<ConfigEntry> {
        Vec::new()
    }
}

/// How far a step has come that goes from row to row of a window.
#[derive(Debug, Default)]
pub(super) struct Come {
    rows: usize,
    /// What the long values of the rows that are given at once take.
    bytes: usize,
}

impl Come {
    /// It comes to the next row: every few of them it looks whether the query goes on.
    ///
    /// # Errors
    /// As [`Watch::goes_on`].
    pub(super) fn further(&mut self, watch: &Watch) -> Result<()> {
        if self.rows.is_multiple_of(ROWS) {
            watch.goes_on()?;
        }
        if self.rows.is_multiple_of(AT_ONCE) {
            self.bytes = 0;
        }
        self.rows = self.rows.wrapping_add(1);
        Ok(())
    }

    /// Whether it has come to one row and no further.
    pub(super) fn is_at_first(&self) -> bool {
        self.rows == 1
    }

    /// So many rows are given a value.
    ///
    /// # Errors
    /// When what is given at once is too long.
    pub(super) fn gives(&mut self, value: &ScalarValue, rows: usize) -> Result<()> {
        self.bytes = self.bytes.saturating_add(long(value).saturating_mul(rows));
        if self.bytes > MOST_BYTES {
            return Err(external(Error::Question(format!(
                "a window repeats a long value for its rows, which comes to more than {} MiB: shorten it, as in left(x, 100), or join it to what comes of the window",
                MOST_BYTES >> 20
            ))));
        }
        Ok(())
    }
}

/// The bytes of a value that may be of any length.
fn long(value: &ScalarValue) -> usize {
    match value {
        ScalarValue::Utf8(Some(text)) | ScalarValue::LargeUtf8(Some(text)) | ScalarValue::Utf8View(Some(text)) => {
            text.len()
        }
        ScalarValue::Binary(Some(bytes))
        | ScalarValue::LargeBinary(Some(bytes))
        | ScalarValue::BinaryView(Some(bytes)) => bytes.len(),
        ScalarValue::List(list) => size(&(Arc::clone(list) as ArrayRef)),
        _ => 0,
    }
}

/// What a query ends with that nobody waits for.
pub(super) fn left() -> Error {
    Error::Question("nobody waits for the answer any more".into())
}

fn external(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// A condition of a query that is watched.
#[derive(Debug)]
struct Watched {
    condition: Arc<dyn PhysicalExpr>,
    watch: Arc<Watch>,
}

impl PartialEq for Watched {
    fn eq(&self, other: &Self) -> bool {
        self.condition.as_ref() == other.condition.as_ref()
    }
}

impl Eq for Watched {}

impl Hash for Watched {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.condition.hash(state);
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.condition, f)
    }
}

impl PhysicalExpr for Watched {
    fn data_type(&self, rows: &Schema) -> Result<DataType> {
        self.condition.data_type(rows)
    }

    fn nullable(&self, rows: &Schema) -> Result<bool> {
        self.condition.nullable(rows)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        self.watch.goes_on()?;
        self.condition.evaluate(batch)
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.condition]
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
        Ok(self.watch.watching(children.first().unwrap_or(&self.condition)))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.condition.fmt_sql(f)
    }
}
