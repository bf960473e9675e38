//! `generate_series` and `range` with a cap.

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableFunction, TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::execution::SessionStateDefaults;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use std::sync::Arc;

/// The most values that one series has.
const MOST: i128 = 1_000_000;
/// What they are called.
pub(super) const NAMES: [&str; 2] = ["generate_series", "range"];

/// The name of the same series where a function stands in its arguments, perhaps of the clock: the planner puts in what it comes to, and
/// nothing in the plan tells of it any more. Nobody can write it.
pub(super) fn computed(name: &str) -> String {
    format!("{name} of the moment")
}

/// Both functions, each over DataFusion's own and by both of its names.
pub(super) fn functions() -> Vec<Arc<TableFunction>> {
    let stock = SessionStateDefaults::default_table_functions();
    let capped = |stock: Arc<TableFunction>| {
        [false, true].map(|is_computed| {
            let name = stock.name().to_owned();
            let called = if is_computed { computed(&name) } else { name.clone() };
            Arc::new(TableFunction::new(called, Arc::new(Capped { name, stock: Arc::clone(&stock), is_computed })))
        })
    };
    stock.into_iter().filter(|f| NAMES.contains(&f.name())).flat_map(capped).collect()
}

#[derive(Debug)]
struct Capped {
    name: String,
    stock: Arc<TableFunction>,
    is_computed: bool,
}

impl TableFunctionImpl for Capped {
    fn call_with_args(&self, args: TableFunctionArgs) -> Result<Arc<dyn TableProvider>> {
        // Our times are in microseconds and have a zone, which is UTC.
        let exprs: Vec<Expr> = args.exprs().iter().map(without_zone).collect();
        let args = TableFunctionArgs::new(&exprs, args.session());
        let rows = length(args.exprs());
        match rows {
            Some(rows) if rows <= MOST => {
                let inner = self.stock.create_table_provider_with_args(args)?;
                Ok(Arc::new(Series { inner, rows: rows as usize, is_computed: self.is_computed }))
            }
            _ => plan_err!(
                "{} takes whole numbers, dates or times with a step, at most {MOST} values: give a nearer end or a longer step",
                self.name
            ),
        }
    }
}

/// A time as DataFusion's own takes it: in nanoseconds, without a zone.
fn without_zone(expr: &Expr) -> Expr {
    let Expr::Literal(value, metadata) = expr else { return expr.clone() };
    let (at, nanoseconds) = match value {
        ScalarValue::TimestampSecond(Some(at), _) => (at, 1_000_000_000),
        ScalarValue::TimestampMillisecond(Some(at), _) => (at, 1_000_000),
        ScalarValue::TimestampMicrosecond(Some(at), _) => (at, 1_000),
        ScalarValue::TimestampNanosecond(Some(at), _) => (at, 1),
        _ => return expr.clone(),
    };
    // What lies beyond the years 1677 to 2262 is refused there.
    let at = at.checked_mul(nanoseconds).map(|at| ScalarValue::TimestampNanosecond(Some(at), None));
    Expr::Literal(at.unwrap_or_else(|| value.clone()), metadata.clone())
}

/// An upper bound of the values from first to last, when that can be told from the arguments.
fn length(args: &[Expr]) -> Option<i128> {
    const DAY: i128 = 86_400_000_000_000;
    let scalar = |i: usize| match args.get(i) {
        Some(Expr::Literal(value, _)) => Some(value),
        _ => None,
    };
    if args.iter().any(|e| matches!(e, Expr::Literal(v, _) if v.is_null())) {
        return Some(0);
    }
    // Whole numbers in ones, times in nanoseconds.
    let position = |value: &ScalarValue| match value {
        ScalarValue::Int64(Some(n)) => Some(i128::from(*n)),
        ScalarValue::Date32(Some(days)) => Some(i128::from(*days) * DAY),
        ScalarValue::TimestampSecond(Some(t), _) => Some(i128::from(*t) * 1_000_000_000),
        ScalarValue::TimestampMillisecond(Some(t), _) => Some(i128::from(*t) * 1_000_000),
        ScalarValue::TimestampMicrosecond(Some(t), _) => Some(i128::from(*t) * 1_000),
        ScalarValue::TimestampNanosecond(Some(t), _) => Some(i128::from(*t)),
        _ => None,
    };
    let first = position(scalar(0)?)?;
    let (from, until) = match args.len() {
        1 => (0, first),
        _ => (first, position(scalar(1)?)?),
    };
    let step = match (args.len(), scalar(2)) {
        (1 | 2, _) => 1,
        (3, Some(ScalarValue::Int64(Some(step)))) => i128::from(*step),
        (3, Some(ScalarValue::IntervalMonthDayNano(Some(step)))) => {
            // A month has 28 days at least; parts of different signs are not added up here.
            let parts = [i128::from(step.months) * 28 * DAY, i128::from(step.days) * DAY, i128::from(step.nanoseconds)];
            let sum: i128 = parts.iter().sum();
            (parts.iter().all(|p| p.signum() * sum.signum() >= 0)).then_some(sum)?
        }
        _ => return None,
    };
    match step {
        0 => None,
        step if (until - from).signum() * step.signum() < 0 => Some(0),
        step => Some(((until - from) / step).abs() + 1),
    }
}

/// A series whose length is known, so that it may stand in a cross join.
#[derive(Debug)]
pub(super) struct Series {
    inner: Arc<dyn TableProvider>,
    pub(super) rows: usize,
    /// Whether its ends may be others at another time.
    pub(super) is_computed: bool,
}

#[async_trait]
impl TableProvider for Series {
    fn schema(&self) -> SchemaRef {
        self.inner.schema()
    }

    fn table_type(&self) -> TableType {
        self.inner.table_type()
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.inner.scan(session, projection, filters, limit).await
    }
}
