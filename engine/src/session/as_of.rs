//! What was last before a time, or first after it: `max(b.time)` of all rows that `a.key = b.key AND b.time <= a.time` joins, or `min` of those that
//! are later. DataFusion makes every such pair, which of a history is the square of its length. Here each row of `a` meets the one row
//! that counts ([`Joined`]), as in the joins as of a time of other databases, and the aggregation above gives what it gave.

use super::as_of_join::{Joined, Wanted};
use super::few;
use async_trait::async_trait;
use datafusion::arrow::datatypes::DataType;
use datafusion::catalog::Session;
use datafusion::common::tree_node::{Transformed, TreeNode as _, TreeNodeRecursion};
use datafusion::common::{
    Column, DFSchema, DFSchemaRef, ExprSchema as _, JoinType, NullEquality, Result, internal_err,
};
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{
    Aggregate, BinaryExpr, Expr, ExprSchemable as _, Extension, Join, LogicalPlan, Operator, Projection,
    UserDefinedLogicalNode, UserDefinedLogicalNodeCore,
};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// The most rows of the tables in which a time is looked up: they are read and held as a whole, where a join over few rows of the other side would
/// pass over most of them.
const MOST: u64 = 1 << 18;

/// The same rows, where each row of a side that is looked up in few others meets one of them.
///
/// # Errors
/// When storage fails.
pub(super) async fn joined(plan: LogicalPlan) -> Result<LogicalPlan> {
    let mut looked_up = Vec::new();
    plan.apply(|node| {
        looked_up.extend(Found::below(node).map(|found| Arc::clone(found.looked_up())));
        Ok(TreeNodeRecursion::Continue)
    })?;
    let mut small = Vec::new();
    for side in looked_up {
        if few::are_at_most(&side, MOST).await? {
            small.push(side);
        }
    }
    if small.is_empty() {
        return Ok(plan);
    }
    let changed = plan.transform_down(|node| {
        let join = Found::below(&node).filter(|found| small.contains(found.looked_up())).map(|found| found.join());
        let (Some(join), LogicalPlan::Aggregate(aggregate)) = (join.transpose()?, &node) else {
            return Ok(Transformed::no(node));
        };
        let input = match aggregate.input.as_ref() {
            LogicalPlan::Projection(made) => {
                LogicalPlan::Projection(Projection::try_new(made.expr.clone(), Arc::new(join))?)
            }
            _ => join,
        };
        let (by, told) = (aggregate.group_expr.clone(), aggregate.aggr_expr.clone());
        Ok(Transformed::yes(LogicalPlan::Aggregate(Aggregate::try_new(Arc::new(input), by, told)?)))
    })?;
    Ok(changed.data)
}

/// A join below an aggregation of which one row of one side is enough for each of the other.
struct Found<'a> {
    join: &'a Join,
    /// Whether it is the right side that is looked up.
    is_right: bool,
    time: &'a Column,
    at: &'a Column,
    wanted: Wanted,
}

impl<'a> Found<'a> {
    fn below(node: &'a LogicalPlan) -> Option<Self> {
        let LogicalPlan::Aggregate(aggregate) = node else { return None };
        let (join, made) = match aggregate.input.as_ref() {
            LogicalPlan::Join(join) => (join, None),
            LogicalPlan::Projection(made) => match made.input.as_ref() {
                LogicalPlan::Join(join) => (join, Some(made)),
                _ => return None,
            },
            _ => return None,
        };
        let Some(Expr::BinaryExpr(BinaryExpr { left, op, right })) = &join.filter else { return None };
        let (Expr::Column(left), Expr::Column(right)) = (left.as_ref(), right.as_ref()) else { return None };
        let either = [(left, right, Some(*op)), (right, left, op.swap())];
        either.into_iter().find_map(|(time, at, op)| {
            let wanted = wanted(op?)?;
            let is_right = join.right.schema().has_column(time);
            let found = Self { join, is_right, time, at, wanted };
            (found.is_of_both_sides() && found.is_enough(aggregate, made)).then_some(found)
        })
    }

    /// The side whose rows are kept.
    fn rows(&self) -> &'a Arc<LogicalPlan> {
        if self.is_right { &self.join.left } else { &self.join.right }
    }

    fn looked_up(&self) -> &'a Arc<LogicalPlan> {
        if self.is_right { &self.join.right } else { &self.join.left }
    }

    fn keeps_all(&self) -> bool {
        self.join.join_type != JoinType::Inner
    }

    /// Whether rows of one side meet those of the other that have the same keys, and a time before or after their own.
    fn is_of_both_sides(&self) -> bool {
        let (rows, looked_up) = (self.rows().schema(), self.looked_up().schema());
        let kept = if self.is_right { JoinType::Left } else { JoinType::Right };
        let times = looked_up.field_from_column(self.time).ok().zip(rows.field_from_column(self.at).ok());
        let is_alike = |(left, right): &(Expr, Expr)| {
            let kinds = left.get_type(self.join.left.schema()).ok().zip(right.get_type(self.join.right.schema()).ok());
            kinds.is_some_and(|(left, right)| left == right && has_one_form(&left))
        };
        (self.join.join_type == JoinType::Inner || self.join.join_type == kept)
            && self.join.null_equality == NullEquality::NullEqualsNothing
            && !self.join.on.is_empty()
            && self.join.on.iter().all(is_alike)
            && is_no_larger(self.looked_up())
            && times.is_some_and(|(time, at)| {
                let kind = time.data_type();
                kind == at.data_type() && matches!(kind, DataType::Timestamp(..) | DataType::Int64)
            })
    }

    /// Whether an aggregation gives the same where each row met the one that counts alone: it has the greatest, or the least, of the times, and
    /// whatever else it has of the other side does not tell how often a row is there.
    fn is_enough(&self, aggregate: &Aggregate, made: Option<&Projection>) -> bool {
        let is_time = |expr: &Expr| matches!(expr, Expr::Column(column) if column == self.time);
        let is_of_rows = |expr: &Expr| is_plain(expr) && is_over(expr, self.rows().schema());
        let made_of = |column: &Column| {
            let made = made?;
            let place = made.schema.maybe_index_of_column(column)?;
            made.expr.get(place).map(unnamed)
        };
        // What an expression of the aggregation is, in the columns of the join.
        let time = |expr: &Expr| match (expr, made) {
            (Expr::Column(column), Some(_)) => made_of(column).is_some_and(is_time),
            (expr, _) => is_time(expr),
        };
        let of_rows = |expr: &Expr| match made {
            Some(_) => {
                is_plain(expr) && expr.column_refs().iter().all(|column| made_of(column).is_some_and(is_of_rows))
            }
            None => is_of_rows(expr),
        };
        let extreme = if self.wanted.is_last { "max" } else { "min" };
        let tells = |expr: &Expr| {
            let Expr::AggregateFunction(AggregateFunction { func, params }) = unnamed(expr) else { return None };
            let is_plain = params.filter.is_none() && params.order_by.is_empty() && params.null_treatment.is_none();
            match params.args.as_slice() {
                [of] if is_plain && time(of) && func.name() == extreme => Some(true),
                [of] if is_plain && of_rows(of) && matches!(func.name(), "max" | "min") => Some(false),
                _ => None,
            }
        };
        let told: Option<Vec<bool>> = aggregate.aggr_expr.iter().map(tells).collect();
        told.is_some_and(|told| told.contains(&true))
            && aggregate.group_expr.iter().all(of_rows)
            && made.is_none_or(|made| made.expr.iter().map(unnamed).all(|expr| is_time(expr) || is_of_rows(expr)))
    }

    fn join(&self) -> Result<LogicalPlan> {
        let of_rows = |pair: &(Expr, Expr)| match pair.clone() {
            (left, right) if self.is_right => (left, right),
            (left, right) => (right, left),
        };
        let node = AsOf::new(
            [Arc::unwrap_or_clone(Arc::clone(self.rows())), Arc::unwrap_or_clone(Arc::clone(self.looked_up()))],
            self.join.on.iter().map(of_rows).collect(),
            [self.at.clone(), self.time.clone()],
            self.wanted,
            self.keeps_all(),
        )?;
        Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
    }
}

/// Which time is wanted where the time is so beside that of a row.
fn wanted(op: Operator) -> Option<Wanted> {
    let (is_last, is_same_too) = match op {
        Operator::LtEq => (true, true),
        Operator::Lt => (true, false),
        Operator::GtEq => (false, true),
        Operator::Gt => (false, false),
        _ => return None,
    };
    Some(Wanted { is_last, is_same_too })
}

/// Whether what is equal is written alike: not so of floats, of which 0 and -0 are equal.
fn has_one_form(kind: &DataType) -> bool {
    kind.is_integer()
        || kind.is_decimal()
        || matches!(
            kind,
            DataType::Boolean
                | DataType::Utf8
                | DataType::LargeUtf8
                | DataType::Utf8View
                | DataType::Date32
                | DataType::Timestamp(..)
        )
}

/// Whether a plan gives no more rows than its tables have.
fn is_no_larger(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::TableScan(_) | LogicalPlan::Values(_) | LogicalPlan::EmptyRelation(_) => true,
        LogicalPlan::Projection(_)
        | LogicalPlan::Filter(_)
        | LogicalPlan::SubqueryAlias(_)
        | LogicalPlan::Sort(_)
        | LogicalPlan::Limit(_)
        | LogicalPlan::Distinct(_) => plan.inputs().into_iter().all(is_no_larger),
        _ => false,
    }
}

fn unnamed(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(alias) => unnamed(&alias.expr),
        expr => expr,
    }
}

/// Whether an expression is the same each time, and of its columns alone.
fn is_plain(expr: &Expr) -> bool {
    let asks = expr.exists(|part| {
        Ok(matches!(
            part,
            Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_) | Expr::OuterReferenceColumn(..)
        ))
    });
    !expr.is_volatile() && matches!(asks, Ok(false))
}

fn is_over(expr: &Expr, schema: &DFSchema) -> bool {
    expr.column_refs().into_iter().all(|column| schema.has_column(column))
}

/// The rows of one plan, each with the time that counts of another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct AsOf {
    /// The rows, and what is looked up.
    sides: [LogicalPlan; 2],
    on: Vec<(Expr, Expr)>,
    /// The time of a row, and the one that is looked up.
    times: [Column; 2],
    wanted: Wanted,
    /// Whether rows without such a time stay, with NULL.
    keeps_all: bool,
    schema: DFSchemaRef,
}

impl AsOf {
    fn new(
        sides: [LogicalPlan; 2],
        on: Vec<(Expr, Expr)>,
        times: [Column; 2],
        wanted: Wanted,
        keeps_all: bool,
    ) -> Result<Self> {
        let [rows, looked_up] = &sides;
        let (named, time) = looked_up.schema().qualified_field_from_column(&times[1])?;
        let time = Arc::new(time.as_ref().clone().with_nullable(true));
        let columns = rows.schema().iter().map(|(named, field)| (named.cloned(), Arc::clone(field)));
        let columns = columns.chain([(named.cloned(), time)]).collect();
        let metadata =
            [rows, looked_up].into_iter().flat_map(|side| side.schema().inner().metadata().clone()).collect();
        let schema = DFSchema::new_with_metadata(columns, metadata)?;
        Ok(Self { sides, on, times, wanted, keeps_all, schema: Arc::new(schema) })
    }
}

impl PartialOrd for AsOf {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (&self.sides, &self.on, &self.times).partial_cmp(&(&other.sides, &other.on, &other.times))
    }
}

impl UserDefinedLogicalNodeCore for AsOf {
    fn name(&self) -> &'static str {
        "AsOf"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        self.sides.iter().collect()
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        let pairs = self.on.iter().flat_map(|(row, looked_up)| [row.clone(), looked_up.clone()]);
        pairs.chain(self.times.iter().cloned().map(Expr::Column)).collect()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [at, time] = &self.times;
        let on: Vec<String> = self.on.iter().map(|(row, looked_up)| format!("{row} = {looked_up}")).collect();
        write!(f, "AsOf: {} {time} {at} on {}", self.wanted, on.join(", "))
    }

    fn with_exprs_and_inputs(&self, exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let Ok(sides) = <[LogicalPlan; 2]>::try_from(inputs) else { return internal_err!("it has two sides") };
        let (on, times) = exprs.split_at(exprs.len().saturating_sub(self.times.len()));
        let [Expr::Column(at), Expr::Column(time)] = times else { return internal_err!("its times are columns") };
        let on = on.chunks_exact(2).filter_map(|pair| Some((pair.first()?.clone(), pair.get(1)?.clone()))).collect();
        Self::new(sides, on, [at.clone(), time.clone()], self.wanted, self.keeps_all)
    }
}

/// Plans what DataFusion does, and joins as of a time.
#[derive(Debug)]
pub(super) struct Planner;

#[async_trait]
impl QueryPlanner for Planner {
    async fn create_physical_plan(&self, plan: &LogicalPlan, session: &dyn Session) -> Result<Arc<dyn ExecutionPlan>> {
        let planner = DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(Self)]);
        planner.create_physical_plan(plan, session).await
    }
}

#[async_trait]
impl ExtensionPlanner for Planner {
    async fn plan_extension(
        &self,
        planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _logical: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn Session,
        context: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let (Some(node), [rows, looked_up]) = (node.as_any().downcast_ref::<AsOf>(), inputs) else { return Ok(None) };
        let of =
            |expr: &Expr, side: usize| planner.create_physical_expr(expr, node.sides[side].schema(), session, context);
        let on = node.on.iter().map(|(row, looked_up)| Ok((of(row, 0)?, of(looked_up, 1)?)));
        let on = on.collect::<Result<_>>()?;
        let [at, time] = node.times.each_ref().map(|time| Expr::Column(time.clone()));
        let joined = Joined::new(
            [Arc::clone(rows), Arc::clone(looked_up)],
            on,
            [of(&at, 0)?, of(&time, 1)?],
            node.wanted,
            (node.keeps_all, Arc::clone(node.schema.inner())),
        );
        Ok(Some(Arc::new(joined)))
    }
}
