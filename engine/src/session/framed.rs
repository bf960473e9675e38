//! Aggregates over the frames of a window that can be stopped.
//!
//! All of a partition may be one step: a frame that looks ahead is whole when the last row has come, and then each row looks for the ends of
//! its own, with `RANGE` value by value. So the aggregate itself looks, every few rows, whether the query goes on. Which query it is of is
//! told to it once that is planned.

use super::watch::{Come, Watch};
use arrow::array::{Array as _, ArrayRef};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::expr::WindowFunctionParams;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Expr, LogicalPlan, ReversedUDAF, SetMonotonicity, Signature,
    WindowFunctionDefinition,
};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use datafusion::physical_expr::window::{PlainAggregateWindowExpr, SlidingAggregateWindowExpr, WindowExpr};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

/// Puts aggregates that can be stopped in the place of those that a window has.
#[derive(Debug)]
pub(super) struct Framed;

impl OptimizerRule for Framed {
    fn name(&self) -> &'static str {
        "aggregates_of_frames_that_can_be_stopped"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        if !matches!(plan, LogicalPlan::Window(_)) {
            return Ok(Transformed::no(plan));
        }
        plan.map_expressions(|expression| expression.transform_up(|expression| Ok(stoppable(expression))))
    }
}

fn stoppable(expression: Expr) -> Transformed<Expr> {
    match expression {
        Expr::WindowFunction(mut call) => {
            let aggregate = match &call.fun {
                WindowFunctionDefinition::AggregateUDF(function) if !function.inner().is::<Stoppable>() => {
                    Some(Stoppable::like(Arc::clone(function), Arc::default()))
                }
                _ => None,
            };
            let Some(aggregate) = aggregate else { return Transformed::no(Expr::WindowFunction(call)) };
            call.fun = WindowFunctionDefinition::AggregateUDF(aggregate);
            Transformed::yes(Expr::WindowFunction(call))
        }
        other => Transformed::no(other),
    }
}

/// Tells an aggregate over frames, where this is one, which query it is of.
pub(super) fn watch_over(expr: &Arc<dyn WindowExpr>, watch: &Arc<Watch>) {
    if let Some(stoppable) = aggregate(expr) {
        // Each plan has its own, so nobody has set it before.
        let _ = stoppable.of.set(Arc::clone(watch));
    }
}

fn aggregate(expr: &Arc<dyn WindowExpr>) -> Option<&Stoppable> {
    let any = expr.as_any();
    let plain = any.downcast_ref::<PlainAggregateWindowExpr>().map(PlainAggregateWindowExpr::get_aggregate_expr);
    let sliding =
        || any.downcast_ref::<SlidingAggregateWindowExpr>().map(SlidingAggregateWindowExpr::get_aggregate_expr);
    plain.or_else(sliding)?.fun().inner().downcast_ref::<Stoppable>()
}

/// An aggregate as it is, of a query that is watched once it is known.
#[derive(Debug)]
struct Stoppable {
    inner: Arc<AggregateUDF>,
    of: Arc<OnceLock<Arc<Watch>>>,
}

impl Stoppable {
    fn like(inner: Arc<AggregateUDF>, of: Arc<OnceLock<Arc<Watch>>>) -> Arc<AggregateUDF> {
        Arc::new(AggregateUDF::from(Self { inner, of }))
    }

    fn watched(&self, values: Box<dyn Accumulator>) -> Box<dyn Accumulator> {
        match self.of.get() {
            Some(watch) => Box::new(Values { inner: values, watch: Arc::clone(watch), come: Come::default(), rows: 0 }),
            None => values,
        }
    }
}

impl PartialEq for Stoppable {
    fn eq(&self, other: &Self) -> bool {
        self.inner == other.inner
    }
}

impl Eq for Stoppable {}

impl Hash for Stoppable {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl AggregateUDFImpl for Stoppable {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn window_function_schema_name(&self, call: &WindowFunctionParams) -> Result<String> {
        self.inner.window_function_schema_name(call)
    }

    fn window_function_display_name(&self, call: &WindowFunctionParams) -> Result<String> {
        self.inner.window_function_display_name(call)
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(types)
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(types)
    }

    fn return_field(&self, fields: &[FieldRef]) -> Result<FieldRef> {
        self.inner.return_field(fields)
    }

    fn is_nullable(&self) -> bool {
        self.inner.is_nullable()
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        self.inner.state_fields(args)
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(self.watched(self.inner.accumulator(args)?))
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(self.watched(self.inner.create_sliding_accumulator(args)?))
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        match self.inner.reverse_udf() {
            ReversedUDAF::Reversed(other) => ReversedUDAF::Reversed(Self::like(other, Arc::clone(&self.of))),
            same => same,
        }
    }

    fn supports_null_handling_clause(&self) -> bool {
        self.inner.supports_null_handling_clause()
    }

    fn supports_within_group_clause(&self) -> bool {
        self.inner.supports_within_group_clause()
    }

    /// What a frame without rows has, for which no accumulator is asked.
    fn default_value(&self, data_type: &DataType) -> Result<ScalarValue> {
        if let Some(watch) = self.of.get() {
            watch.goes_on()?;
        }
        self.inner.default_value(data_type)
    }

    fn set_monotonicity(&self, data_type: &DataType) -> SetMonotonicity {
        self.inner.inner().set_monotonicity(data_type)
    }
}

/// What an aggregate holds of one partition.
#[derive(Debug)]
struct Values {
    inner: Box<dyn Accumulator>,
    watch: Arc<Watch>,
    come: Come,
    /// How many rows it was given.
    rows: usize,
}

impl Accumulator for Values {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.rows = self.rows.saturating_add(values.first().map_or(0, |values| values.len()));
        self.inner.update_batch(values)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.inner.retract_batch(values)
    }

    fn supports_retract_batch(&self) -> bool {
        self.inner.supports_retract_batch()
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.come.further(&self.watch)?;
        let value = self.inner.evaluate()?;
        // Where all of a partition is one frame, the first value is that of all its rows.
        let rows = if self.come.is_at_first() { self.rows.max(1) } else { 1 };
        self.come.gives(&value, rows)?;
        Ok(value)
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.inner.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.inner.state()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.inner.merge_batch(states)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::session;
    use crate::session::whole::Whole;
    use crate::session::{Limits, Statement};
    use arrow::array::Int64Array;
    use arrow::datatypes::{Field, Schema};
    use datafusion::common::tree_node::TreeNodeRecursion;
    use datafusion::execution::SessionStateDefaults;
    use datafusion::physical_plan::windows::BoundedWindowAggExec;
    use std::any::Any;
    use std::time::Duration;
    use tokio::time::Instant;

    #[tokio::test]
    async fn every_aggregate_over_frames_is_told_its_query() {
        let session = session();
        for text in [
            "SELECT sum(commits) OVER (ORDER BY id) FROM changes",
            "SELECT count(*) OVER (ORDER BY commits RANGE BETWEEN 2 PRECEDING AND 3 FOLLOWING) FROM changes",
            "SELECT sum(commits) FILTER (WHERE commits > 1) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) FROM changes",
            "SELECT max(n) FROM (SELECT avg(commits) OVER (PARTITION BY title ORDER BY id ROWS 2 PRECEDING) AS n FROM changes) AS t",
            "SELECT exact_median(commits) OVER (ORDER BY commits) FROM changes",
            "SELECT sum(commits) OVER () FROM changes",
        ] {
            // Each question anew, though the session is the same.
            for _ in 0..2 {
                let planned = session.plan(&Statement::new(text), session.deadline()).await.unwrap();
                let mut told = 0;
                let looked = planned.plan.apply(|node| {
                    let any = node.as_ref() as &dyn Any;
                    let bounded = any.downcast_ref::<BoundedWindowAggExec>().map(BoundedWindowAggExec::window_expr);
                    let whole = || any.downcast_ref::<Whole>().map(Whole::window_expr);
                    for expr in bounded.or_else(whole).unwrap_or_default() {
                        let watch = aggregate(expr).and_then(|stoppable| stoppable.of.get());
                        assert!(watch.is_some_and(|watch| Arc::ptr_eq(watch, &planned.watch)), "{text}");
                        told += 1;
                    }
                    Ok(TreeNodeRecursion::Continue)
                });
                looked.unwrap();
                assert_eq!(told, 1, "{text}");
            }
        }
    }

    #[test]
    fn an_aggregate_that_nobody_waits_for_ends_within_a_few_rows() {
        let all = SessionStateDefaults::default_aggregate_functions();
        let inner = all.into_iter().find(|function| function.name() == "sum").unwrap();
        let watch = Watch::new(Instant::now() + Duration::from_secs(3_600), Limits::default());
        let sum = Stoppable { inner, of: Arc::new(OnceLock::from(Arc::clone(&watch))) };
        let (schema, field) = (Schema::empty(), Arc::new(Field::new("x", DataType::Int64, true)));
        let fields = [Arc::clone(&field)];
        let args = AccumulatorArgs {
            return_field: field,
            schema: &schema,
            ignore_nulls: false,
            order_bys: &[],
            is_reversed: false,
            name: "sum",
            is_distinct: false,
            exprs: &[],
            expr_fields: &fields,
        };
        let mut values = sum.accumulator(args).unwrap();
        values.update_batch(&[Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef]).unwrap();
        for _ in 0..1_000 {
            assert_eq!(values.evaluate().unwrap(), ScalarValue::Int64(Some(3)));
        }
        assert!(sum.default_value(&DataType::Int64).is_ok());
        watch.ends();
        let left = (0..64).find_map(|_| values.evaluate().err()).expect("it went on for as long as it liked");
        assert!(left.to_string().contains("nobody waits"), "{left}");
        assert!(sum.default_value(&DataType::Int64).is_err(), "a frame without rows");
    }
}
