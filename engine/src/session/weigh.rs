//! How large the values of a plan may become, told before any is made.
//!
//! A value that is written twice into the next, thirty times over, fills any memory, and neither folding constants nor
//! evaluating an expression asks a pool for it. So each column carries a bound: of how many of the tables' and the
//! statement's own values its values are made, and of how many operators it is made when all is put in for its names. A type
//! that gives every value a length, NULL too, is refused when that length is not small.

use super::breadth::{Breadth, Made, Widest};
use crate::{Error, Result};
use datafusion::arrow::datatypes::{DataType, Fields};
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion, TreeNodeVisitor};
use datafusion::common::{DFSchema, Result as PlanResult};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, LogicalPlan, Operator, WindowFunctionDefinition};

/// The most values that one may be made of.
const MOST_VALUES: usize = 1_000;
/// A literal counts as one value for each of these bytes.
const VALUE_BYTES: usize = 256;
/// The most operators of a condition, when all is put in for the names of columns: so it is planned, to be tested early.
const MOST_OPERATORS: usize = 100_000;
/// The most bytes, or values of a list, that a type may give to each of its values.
const MOST_FIXED: usize = 1_024;
/// What gathers all values of its rows into one.
pub(super) const GATHERING: &[&str] = &["array_agg", "string_agg"];
/// So many times as long as its text is counted what `replace` makes of it with texts that are not in the statement.
const REPLACED: usize = 256;

/// Refuses a plan in which values or conditions grow out of all measure, and tells what the rows of any other are made of.
pub(super) fn check(plan: &LogicalPlan) -> Result<Breadth> {
    let mut most = Most::default();
    columns(plan, &mut most).map_err(super::error)?;
    Ok(most.widest.breadth())
}

/// Of how much a value is made.
#[derive(Clone, Default)]
struct Weight {
    values: usize,
    operators: usize,
    made: Made,
}

impl Weight {
    fn one() -> Self {
        Self { values: 1, operators: 1, made: Made::number() }
    }

    fn and(&self, other: &Self) -> Self {
        Self {
            values: self.values.saturating_add(other.values),
            operators: self.operators.saturating_add(other.operators),
            made: self.made.and(&other.made),
        }
    }

    fn or(&self, other: &Self) -> Self {
        Self {
            values: self.values.max(other.values),
            operators: self.operators.max(other.operators),
            made: self.made.or(&other.made),
        }
    }
}

/// The heaviest of all weights.
fn heaviest<'w>(weights: impl Iterator<Item = &'w Weight>) -> Weight {
    weights.fold(Weight::one(), |most, weight| most.or(weight))
}

/// The most that was seen.
struct Most {
    /// The heaviest value, which stands for what cannot be looked up.
    weight: Weight,
    widest: Widest,
}

impl Default for Most {
    fn default() -> Self {
        Self { weight: Weight::one(), widest: Widest::default() }
    }
}

fn refused(why: String) -> DataFusionError {
    DataFusionError::External(Box::new(Error::Question(why)))
}

/// The weights of a plan's columns.
fn columns(plan: &LogicalPlan, most: &mut Most) -> PlanResult<Vec<Weight>> {
    let mut plans = Plans { open: vec![Vec::new()], most };
    plan.visit(&mut plans)?;
    Ok(plans.open.pop().and_then(|mut done| done.pop()).unwrap_or_default())
}

/// Weighs plans from the leaves on.
struct Plans<'a> {
    open: Vec<Vec<Vec<Weight>>>,
    most: &'a mut Most,
}

impl<'n> TreeNodeVisitor<'n> for Plans<'_> {
    type Node = LogicalPlan;

    fn f_down(&mut self, _plan: &'n LogicalPlan) -> PlanResult<TreeNodeRecursion> {
        self.open.push(Vec::new());
        Ok(TreeNodeRecursion::Continue)
    }

    fn f_up(&mut self, plan: &'n LogicalPlan) -> PlanResult<TreeNodeRecursion> {
        let inputs = self.open.pop().unwrap_or_default();
        let fields = plan.schema().fields();
        let heaviest = heaviest(inputs.iter().flatten());
        let schemas: Vec<_> = plan.inputs().into_iter().map(LogicalPlan::schema).collect();
        let mut of = |expr: &Expr| -> PlanResult<Weight> {
            let lookup = schemas.first().zip(inputs.first()).filter(|_| inputs.len() == 1);
            let mut exprs =
                Exprs { open: vec![<(Weight, Weight)>::default()], lookup, heaviest: &heaviest, most: &mut *self.most };
            expr.visit(&mut exprs)?;
            Ok(exprs.open.pop().map_or_else(Weight::one, |(_, sum)| sum))
        };
        let mut weights = match plan {
            LogicalPlan::Projection(p) => p.expr.iter().map(&mut of).collect::<PlanResult<Vec<_>>>()?,
            LogicalPlan::Aggregate(a) => {
                let mut weights = Vec::new();
                for expr in &a.group_expr {
                    match expr {
                        Expr::GroupingSet(set) => {
                            for expr in set.distinct_expr() {
                                weights.push(of(expr)?);
                            }
                        }
                        expr => weights.push(of(expr)?),
                    }
                }
                // With grouping sets stands which of them a row is of.
                let keys = fields.len().saturating_sub(a.aggr_expr.len());
                weights.resize(keys, Weight::one());
                for expr in &a.aggr_expr {
                    weights.push(Weight { operators: 1, ..of(expr)? });
                }
                weights
            }
            LogicalPlan::Window(w) => {
                let mut weights = inputs.first().cloned().unwrap_or_default();
                for expr in &w.window_expr {
                    weights.push(Weight { operators: 1, ..of(expr)? });
                }
                weights
            }
            LogicalPlan::Values(v) => {
                let mut weights = vec![Weight::one(); fields.len()];
                for row in &v.values {
                    for (weight, expr) in weights.iter_mut().zip(row) {
                        *weight = weight.or(&of(expr)?);
                    }
                }
                weights
            }
            LogicalPlan::Union(_) => {
                let column = |i: usize| self::heaviest(inputs.iter().filter_map(|input| input.get(i)));
                (0..fields.len()).map(column).collect()
            }
            LogicalPlan::Filter(f) => {
                let condition = of(&f.predicate)?;
                if condition.operators > MOST_OPERATORS {
                    return Err(refused(format!(
                        "a condition comes to more than {MOST_OPERATORS} operators, when all is put in for the names of its columns: compute less from column to column before it"
                    )));
                }
                inputs.first().cloned().unwrap_or_default()
            }
            LogicalPlan::TableScan(_) => {
                let widest = &mut self.most.widest;
                fields.iter().map(|field| Weight { made: widest.column(field.name()), ..Weight::one() }).collect()
            }
            // These keep their input's columns, or put those of two side by side. What they sort or join by is computed too.
            other => {
                other.apply_expressions(|expr| of(expr).map(|_| TreeNodeRecursion::Continue))?;
                inputs.iter().flatten().cloned().collect()
            }
        };
        if weights.len() != fields.len() {
            weights = vec![heaviest.clone(); fields.len()];
        }
        for (weight, field) in weights.iter_mut().zip(fields) {
            small(field.data_type())?;
            if is_fixed(field.data_type()) {
                *weight = Weight { values: 1, made: Made::number(), ..*weight };
            }
            weight.values = weight.values.max(1);
            self.most.weight = self.most.weight.or(weight);
            if weight.values > MOST_VALUES {
                return Err(refused(format!(
                    "the column `{}` is made of more than {MOST_VALUES} values put together: concatenate less",
                    field.name()
                )));
            }
        }
        self.most.widest.row(weights.iter().map(|weight| &weight.made));
        if let Some(outer) = self.open.last_mut() {
            outer.push(weights);
        }
        Ok(TreeNodeRecursion::Continue)
    }
}

/// Weighs expressions from the leaves on: the heaviest and the sum of what an expression is made of.
struct Exprs<'a> {
    open: Vec<(Weight, Weight)>,
    lookup: Option<(&'a &'a std::sync::Arc<DFSchema>, &'a Vec<Weight>)>,
    heaviest: &'a Weight,
    most: &'a mut Most,
}

impl<'n> TreeNodeVisitor<'n> for Exprs<'_> {
    type Node = Expr;

    fn f_down(&mut self, _expr: &'n Expr) -> PlanResult<TreeNodeRecursion> {
        self.open.push(<(Weight, Weight)>::default());
        Ok(TreeNodeRecursion::Continue)
    }

    fn f_up(&mut self, expr: &'n Expr) -> PlanResult<TreeNodeRecursion> {
        let (greatest, sum) = self.open.pop().unwrap_or_default();
        let values = match expr {
            Expr::Column(column) => {
                let known = self
                    .lookup
                    .and_then(|(schema, weights)| weights.get(schema.maybe_index_of_column(column)?).cloned());
                return self.add(known.unwrap_or_else(|| self.heaviest.clone()));
            }
            Expr::OuterReferenceColumn(..) => return self.add(self.most.weight.clone()),
            Expr::ScalarSubquery(query) => {
                let weights = columns(&query.subquery, self.most)?;
                return self.add(heaviest(weights.iter()));
            }
            Expr::Exists(exists) => {
                columns(&exists.subquery.subquery, self.most)?;
                1
            }
            Expr::InSubquery(within) => {
                columns(&within.subquery.subquery, self.most)?;
                1
            }
            Expr::Literal(value, _) => {
                small(&value.data_type())?;
                1 + value.size() / VALUE_BYTES
            }
            Expr::BinaryExpr(binary) if binary.op == Operator::StringConcat => sum.values,
            // What arithmetic and tests give is of a fixed width.
            Expr::BinaryExpr(_) | Expr::Like(_) | Expr::SimilarTo(_) | Expr::InList(_) | Expr::Between(_) => 1,
            Expr::Case(_) => greatest.values,
            Expr::ScalarFunction(call) => match call.name() {
                "arrow_cast" | "arrow_try_cast" => {
                    if let Some(Expr::Literal(kind, _)) = call.args.get(1)
                        && let Some(Ok(kind)) = kind.try_as_str().flatten().map(str::parse::<DataType>)
                    {
                        small(&kind)?;
                    }
                    grown(sum.values, 2)
                }
                "coalesce" | "nvl" | "nvl2" | "nullif" | "greatest" | "least" => greatest.values,
                // Two characters for each byte; up to four bytes for each byte.
                "encode" | "upper" | "lower" | "initcap" => grown(sum.values, 2),
                "translate" => grown(sum.values, 4),
                // Two characters of a format stand for up to thirty-five.
                "to_char" => sum.values.saturating_mul(18),
                // The separator stands between each two.
                "concat_ws" => sum.values.saturating_mul(1 + call.args.len()),
                _ => sum.values,
            },
            // A nested value is longer when written out.
            Expr::Cast(cast) => {
                small(cast.field.data_type())?;
                grown(greatest.values, 2)
            }
            Expr::TryCast(cast) => {
                small(cast.field.data_type())?;
                grown(greatest.values, 2)
            }
            Expr::WindowFunction(call) => {
                if let WindowFunctionDefinition::AggregateUDF(gathering) = &call.fun
                    && GATHERING.contains(&gathering.name())
                {
                    return Err(refused(format!(
                        "{} with OVER would gather the rows of a window once for each of them: use it with GROUP BY, and join the table with that",
                        gathering.name()
                    )));
                }
                sum.values
            }
            _ => sum.values,
        };
        let made = made(expr, values, &greatest, &sum);
        // A literal is there once, however many rows there are.
        if !matches!(expr, Expr::Literal(..)) {
            self.most.widest.value(&made);
        }
        self.add(Weight { values, operators: sum.operators.saturating_add(1), made })
    }
}

/// What a value is made of that an expression makes of `values` ones.
fn made(expr: &Expr, values: usize, greatest: &Weight, sum: &Weight) -> Made {
    match expr {
        Expr::Literal(value, _) => Made::of_bytes(value.size()),
        Expr::BinaryExpr(binary) if binary.op == Operator::StringConcat => sum.made.clone(),
        Expr::BinaryExpr(_) | Expr::Like(_) | Expr::SimilarTo(_) | Expr::InList(_) | Expr::Between(_) => Made::number(),
        Expr::AggregateFunction(call) if GATHERING.contains(&call.func.name()) => Made::gathered(),
        Expr::ScalarFunction(call) if call.name() == "replace" => sum.made.times(replaced(&call.args)),
        _ if values <= greatest.values => greatest.made.clone(),
        _ => sum.made.times(values.div_ceil(sum.values.max(1))),
    }
}

/// How many times as long as its text at most is what `replace` makes of it.
fn replaced(args: &[Expr]) -> usize {
    let length = |i: usize| match args.get(i) {
        Some(Expr::Literal(value, _)) => value.try_as_str().flatten().map(str::len),
        _ => None,
    };
    match (length(1), length(2)) {
        // Between any two characters, before the first and behind the last.
        (Some(0), Some(to)) => to.saturating_mul(2).saturating_add(1),
        (Some(from), Some(to)) => to.div_ceil(from).max(1),
        _ => REPLACED,
    }
}

impl Exprs<'_> {
    fn add(&mut self, weight: Weight) -> PlanResult<TreeNodeRecursion> {
        self.most.weight = self.most.weight.or(&weight);
        if weight.values > MOST_VALUES {
            return Err(refused(format!(
                "an expression puts more than {MOST_VALUES} values together: concatenate less"
            )));
        }
        if let Some((greatest, sum)) = self.open.last_mut() {
            *greatest = greatest.or(&weight);
            *sum = sum.and(&weight);
        }
        Ok(TreeNodeRecursion::Continue)
    }
}

/// One value of a table is let off, so that what is merely cleaned again and again stays light.
fn grown(values: usize, times: usize) -> usize {
    if values <= 1 { values } else { values.saturating_mul(times) }
}

/// Refuses a type whose every value is large. Their room is made at once, and by no pool.
fn small(kind: &DataType) -> PlanResult<()> {
    match fixed(kind) {
        0..=MOST_FIXED => Ok(()),
        _ => Err(refused(format!(
            "a type gives each of its values, and each NULL, more than {MOST_FIXED} bytes or places: use BYTEA, or a list without a length"
        ))),
    }
}

/// How long a type makes each of its values at least.
fn fixed(kind: &DataType) -> usize {
    let all = |fields: &Fields| fields.iter().fold(1_usize, |sum, f| sum.saturating_add(fixed(f.data_type())));
    match kind {
        DataType::FixedSizeBinary(length) => usize::try_from(*length).unwrap_or(usize::MAX).max(1),
        DataType::FixedSizeList(value, length) => {
            usize::try_from(*length).unwrap_or(usize::MAX).saturating_mul(fixed(value.data_type()))
        }
        DataType::Struct(fields) => all(fields),
        DataType::List(value)
        | DataType::LargeList(value)
        | DataType::ListView(value)
        | DataType::LargeListView(value)
        | DataType::Map(value, _) => fixed(value.data_type()),
        DataType::Dictionary(_, value) => fixed(value),
        DataType::RunEndEncoded(_, value) => fixed(value.data_type()),
        DataType::Union(fields, _) => {
            fields.iter().fold(1_usize, |sum, (_, f)| sum.saturating_add(fixed(f.data_type())))
        }
        _ => 1,
    }
}

fn is_fixed(kind: &DataType) -> bool {
    kind.is_primitive() || matches!(kind, DataType::Boolean | DataType::Null | DataType::FixedSizeBinary(_))
}
