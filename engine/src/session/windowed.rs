//! Window functions that can be stopped.
//!
//! One that looks for the next value which is not NULL walks over all the others again for each row: of a column that is NULL for long that
//! is the square of its length, and all of it is one step. So it looks itself, every few rows, whether the query goes on. So do aggregates
//! over its frames ([`framed`]). And they ask for the room of the rows that they hold ([`super::whole`], [`super::rolling`]).

use super::framed;
use super::rolling::Ledger;
use super::watch::{Come, Watch};
use super::whole::Whole;
use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{FieldRef, SchemaRef};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::window_state::WindowAggState;
use datafusion::logical_expr::{LimitEffect, PartitionEvaluator};
use datafusion::physical_expr::PhysicalSortExpr;
use datafusion::physical_expr::window::{StandardWindowExpr, StandardWindowFunctionExpr, WindowExpr};
use datafusion::physical_plan::windows::{BoundedWindowAggExec, WindowAggExec};
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};
use std::any::Any;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An operator of window functions, with those that are watched; any other as it is.
pub(super) fn watched(node: Arc<dyn ExecutionPlan>, watch: &Arc<Watch>) -> Result<Arc<dyn ExecutionPlan>> {
    let any = node.as_ref() as &dyn Any;
    if let Some(window) = any.downcast_ref::<BoundedWindowAggExec>() {
        let back = Arc::default();
        let (exprs, order) = (expressions(window.window_expr(), watch, &back), window.input_order_mode.clone());
        let can_repartition = !window.partition_keys().is_empty();
        let ledger = Ledger::new(&exprs, back, watch);
        let input = ledger.below(Arc::clone(window.input()));
        let windows = BoundedWindowAggExec::try_new(exprs, input, order, can_repartition)?;
        return Ok(ledger.above(Arc::new(windows)));
    }
    if let Some(window) = any.downcast_ref::<WindowAggExec>() {
        let exprs = expressions(window.window_expr(), watch, &Arc::default());
        let can_repartition = !window.partition_keys().is_empty();
        let windows = WindowAggExec::try_new(exprs, Arc::clone(window.input()), can_repartition)?;
        return Ok(Arc::new(Whole::new(Arc::new(windows), Arc::clone(watch))));
    }
    Ok(node)
}

fn expressions(all: &[Arc<dyn WindowExpr>], watch: &Arc<Watch>, back: &Arc<AtomicUsize>) -> Vec<Arc<dyn WindowExpr>> {
    let watched = |expr: &Arc<dyn WindowExpr>| -> Arc<dyn WindowExpr> {
        let Some(standard) = expr.as_any().downcast_ref::<StandardWindowExpr>() else {
            framed::watch_over(expr, watch);
            return Arc::clone(expr);
        };
        let inner = Arc::clone(standard.get_standard_func_expr());
        let function = Function { inner, watch: Arc::clone(watch), back: Arc::clone(back) };
        let frame = Arc::clone(expr.get_window_frame());
        Arc::new(StandardWindowExpr::new(Arc::new(function), expr.partition_by(), expr.order_by(), frame))
    };
    all.iter().map(watched).collect()
}

/// A window function of a query that is watched.
#[derive(Debug)]
struct Function {
    inner: Arc<dyn StandardWindowFunctionExpr>,
    watch: Arc<Watch>,
    /// How many rows before the next one were held for it, at most.
    back: Arc<AtomicUsize>,
}

impl StandardWindowFunctionExpr for Function {
    fn as_any(&self) -> &dyn Any {
        self.inner.as_any()
    }

    fn field(&self) -> Result<FieldRef> {
        self.inner.field()
    }

    fn expressions(&self) -> Vec<Arc<dyn PhysicalExpr>> {
        self.inner.expressions()
    }

    fn name(&self) -> &str {
        self.inner.name()
    }

    fn evaluate_args(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
        self.inner.evaluate_args(batch)
    }

    fn create_evaluator(&self) -> Result<Box<dyn PartitionEvaluator>> {
        let (inner, watch, back) = (self.inner.create_evaluator()?, Arc::clone(&self.watch), Arc::clone(&self.back));
        Ok(Box::new(Evaluator { inner, watch, back, come: Come::default() }))
    }

    fn reverse_expr(&self) -> Option<Arc<dyn StandardWindowFunctionExpr>> {
        let inner = self.inner.reverse_expr()?;
        Some(Arc::new(Self { inner, watch: Arc::clone(&self.watch), back: Arc::clone(&self.back) }))
    }

    fn get_result_ordering(&self, schema: &SchemaRef) -> Option<PhysicalSortExpr> {
        self.inner.get_result_ordering(schema)
    }

    fn limit_effect(&self) -> LimitEffect {
        self.inner.limit_effect()
    }
}

/// Its work on one partition.
#[derive(Debug)]
struct Evaluator {
    inner: Box<dyn PartitionEvaluator>,
    watch: Arc<Watch>,
    back: Arc<AtomicUsize>,
    come: Come,
}

impl PartitionEvaluator for Evaluator {
    fn memoize(&mut self, state: &mut WindowAggState) -> Result<()> {
        self.inner.memoize(state)?;
        // What begins there is held for the rows to come.
        let held = state.last_calculated_index.saturating_sub(state.window_frame_range.start);
        self.back.fetch_max(held, Ordering::Relaxed);
        Ok(())
    }

    fn get_range(&self, index: usize, rows: usize) -> Result<Range<usize>> {
        self.inner.get_range(index, rows)
    }

    fn is_causal(&self) -> bool {
        self.inner.is_causal()
    }

    fn evaluate_all(&mut self, values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        self.inner.evaluate_all(values, rows)
    }

    fn evaluate(&mut self, values: &[ArrayRef], range: &Range<usize>) -> Result<ScalarValue> {
        self.come.further(&self.watch)?;
        let value = self.inner.evaluate(values, range)?;
        self.come.gives(&value, 1)?;
        Ok(value)
    }

    fn evaluate_all_with_rank(&self, rows: usize, ranks: &[Range<usize>]) -> Result<ArrayRef> {
        self.inner.evaluate_all_with_rank(rows, ranks)
    }

    fn supports_bounded_execution(&self) -> bool {
        self.inner.supports_bounded_execution()
    }

    fn uses_window_frame(&self) -> bool {
        self.inner.uses_window_frame()
    }

    fn include_rank(&self) -> bool {
        self.inner.include_rank()
    }
}
