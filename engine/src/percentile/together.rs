//! Several percentiles of the same values: gathered once, where each by itself would hold all of them again.

use super::wanted::field;
use super::{Exact, Fraction, Kind, exact_percentiles};
use arrow::datatypes::DataType;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, Result, ScalarValue};
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, Projection};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use std::any::Any;
use std::sync::Arc;

/// Brings `exact_median(x)` and `exact_percentile(x, 0.9)` of one aggregation together, where they have the same filter, and
/// takes each figure from the struct that comes of it.
#[derive(Debug)]
pub struct Together;

/// Values that more than one percentile is wanted of.
struct Shared {
    of: Expr,
    filter: Option<Expr>,
    fractions: Vec<Fraction>,
}

impl OptimizerRule for Together {
    fn name(&self) -> &'static str {
        "percentiles_together"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Aggregate(aggregate) = plan else { return Ok(Transformed::no(plan)) };
        let shared = shared(&aggregate.aggr_expr);
        if shared.is_empty() {
            return Ok(Transformed::no(LogicalPlan::Aggregate(aggregate)));
        }
        Ok(Transformed::yes(brought_together(aggregate, &shared)?))
    }
}

/// What more than one percentile is wanted of.
fn shared(expressions: &[Expr]) -> Vec<Shared> {
    let mut all: Vec<Shared> = Vec::new();
    for (of, filter, fraction) in expressions.iter().filter_map(percentile) {
        match all.iter_mut().find(|shared| shared.is_of(of, filter)) {
            Some(shared) if shared.fractions.contains(&fraction) => {}
            Some(shared) => shared.fractions.push(fraction),
            None => all.push(Shared { of: of.clone(), filter: filter.cloned(), fractions: vec![fraction] }),
        }
    }
    all.retain(|shared| shared.fractions.len() > 1);
    all
}

impl Shared {
    fn is_of(&self, of: &Expr, filter: Option<&Expr>) -> bool {
        &self.of == of && self.filter.as_ref() == filter
    }

    /// All of its percentiles at once.
    fn expression(&self) -> Expr {
        let function = exact_percentiles(self.fractions.clone());
        let (of, filter) = (vec![self.of.clone()], self.filter.clone().map(Box::new));
        Expr::AggregateFunction(AggregateFunction::new_udf(function, of, false, filter, vec![], None))
    }
}

/// What an expression takes a percentile of, which rows it leaves out, and which percentile; nothing when it is something else.
fn percentile(expression: &Expr) -> Option<(&Expr, Option<&Expr>, Fraction)> {
    let Expr::AggregateFunction(AggregateFunction { func, params }) = expression else { return None };
    let exact = (func.inner().as_ref() as &dyn Any).downcast_ref::<Exact>()?;
    if params.distinct || params.null_treatment.is_some() || params.order_by.len() > 1 {
        return None;
    }
    let fraction = match (&exact.kind, params.args.get(1)) {
        (Kind::Median, None) => Fraction::HALF,
        (Kind::Percentile, Some(Expr::Literal(p, _))) => {
            let ScalarValue::Float64(Some(p)) = p.cast_to(&DataType::Float64).ok()? else { return None };
            // One that is refused is refused where it is computed.
            let fraction = Fraction::new(p).ok()?;
            if params.order_by.first().is_some_and(|by| !by.asc) { fraction.seen_from_above() } else { fraction }
        }
        _ => return None,
    };
    Some((params.args.first()?, params.filter.as_deref(), fraction))
}

/// The same rows of the same columns, from an aggregation that gathers what is shared once.
fn brought_together(aggregate: Aggregate, shared: &[Shared]) -> Result<LogicalPlan> {
    let Aggregate { input, group_expr, aggr_expr, schema, .. } = aggregate;
    let together: Vec<_> = shared.iter().map(Shared::expression).collect();
    let groups = schema.fields().len() - aggr_expr.len();
    let mut columns: Vec<_> = schema.iter().take(groups).map(|named| Expr::Column(Column::from(named))).collect();
    let mut alone = Vec::new();
    for (expression, (qualifier, given)) in aggr_expr.into_iter().zip(schema.iter().skip(groups)) {
        let place = percentile(&expression).and_then(|(of, filter, fraction)| {
            let place = shared.iter().position(|shared| shared.is_of(of, filter))?;
            Some((place, shared[place].fractions.iter().position(|one| *one == fraction)?))
        });
        match place {
            Some((at, which)) => {
                let all = Expr::Column(Column::from_name(together[at].schema_name().to_string()));
                columns.push(get_field(all, field(which)).alias_qualified(qualifier.cloned(), given.name()));
            }
            None => {
                columns.push(Expr::Column(Column::from((qualifier, given))));
                alone.push(expression);
            }
        }
    }
    alone.extend(together);
    let gathered = Aggregate::try_new(input, group_expr, alone)?;
    Ok(LogicalPlan::Projection(Projection::try_new(columns, Arc::new(LogicalPlan::Aggregate(gathered)))?))
}
