//! How parameters are written, and what they are before they have values.
//!
//! They are written `$1`, `$2`, … or `?`, each `?` being the next. What each of them is, is told by what it stands beside: a
//! column that it is compared with, a CAST, a LIMIT, a function that says what it takes.

use super::MOST_PARAMETERS;
use crate::{Error, Result, texts};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::DFSchema;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::logical_expr::expr::{Placeholder, ScalarFunction};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable as _, LogicalPlan};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{self, Value, visit_expressions, visit_expressions_mut};
use std::ops::ControlFlow;

/// Numbers each `?` of a statement as `$1`, `$2`, … in the order in which they are written.
pub(super) fn number(statement: &mut Statement) -> Result<()> {
    match statement {
        Statement::Statement(inner) => number_each(inner),
        Statement::Explain(explain) => number(&mut explain.statement),
        _ => Ok(()),
    }
}

fn number_each(statement: &mut ast::Statement) -> Result<()> {
    let (mut marks, mut numbered) = (Vec::new(), false);
    let _all = visit_expressions(statement, |expr| {
        if let ast::Expr::Value(value) = expr
            && let Value::Placeholder(name) = &value.value
        {
            if name == "?" {
                marks.push(value.span.start);
            } else {
                numbered = true;
            }
        }
        ControlFlow::<()>::Continue(())
    });
    if marks.is_empty() {
        return Ok(());
    }
    if numbered {
        return Err(Error::Question("parameters are written either all as `?` or all as `$1`, `$2`, …".into()));
    }
    // The tree is not walked in the order of the text: FROM may stand before SELECT.
    marks.sort();
    let _all = visit_expressions_mut(statement, |expr| {
        if let ast::Expr::Value(value) = expr
            && let Value::Placeholder(name) = &mut value.value
            && let Ok(place) = marks.binary_search(&value.span.start)
        {
            *name = format!("${}", place + 1);
        }
        ControlFlow::<()>::Continue(())
    });
    Ok(())
}

/// The parameters of a plan, `$1` first. One whose type nothing tells is of type NULL.
pub(super) fn wanted(plan: &LogicalPlan) -> Result<SchemaRef> {
    let mut found = Found::default();
    let walked = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::Limit(limit) = node {
            for bound in [&limit.skip, &limit.fetch].into_iter().flatten() {
                if let Expr::Placeholder(mark) = bound.as_ref() {
                    found.note(mark, Some(&DataType::Int64))?;
                }
            }
        }
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                match expr {
                    Expr::Placeholder(mark) => found.note(mark, None)?,
                    Expr::Cast(cast) => found.cast(&cast.expr, cast.field.data_type())?,
                    Expr::TryCast(cast) => found.cast(&cast.expr, cast.field.data_type())?,
                    Expr::ScalarFunction(call) if call.args.iter().any(is_open) => {
                        found.call(call, &merge_schema(&node.inputs()))?;
                    }
                    _ => {}
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    });
    walked.map_err(super::error)?;
    let fields = found.0.into_iter().enumerate().map(|(place, kind)| {
        let name = format!("${}", place + 1);
        Field::new(name, kind.unwrap_or(DataType::Null), true)
    });
    Ok(SchemaRef::new(Schema::new(fields.collect::<Vec<_>>())))
}

fn is_open(expr: &Expr) -> bool {
    matches!(expr, Expr::Placeholder(_))
}

/// The types of parameters, as far as they are known: whatever is told first.
#[derive(Default)]
struct Found(Vec<Option<DataType>>);

impl Found {
    fn note(&mut self, mark: &Placeholder, kind: Option<&DataType>) -> datafusion::common::Result<()> {
        let refused = |why: String| datafusion::error::DataFusionError::External(Box::new(Error::Question(why)));
        let number = mark.id.get(1..).and_then(|number| number.parse::<usize>().ok());
        let Some(place) = number.and_then(|number| number.checked_sub(1)) else {
            return Err(refused(format!("`{}` is no parameter: write `?`, or `$1`, `$2`, …", mark.id)));
        };
        if place >= MOST_PARAMETERS {
            return Err(refused(format!(
                "`{}` is beyond the {MOST_PARAMETERS} parameters that a statement may have",
                mark.id
            )));
        }
        if self.0.len() <= place {
            self.0.resize(place + 1, None);
        }
        if let Some(known @ None) = self.0.get_mut(place) {
            *known = kind.or(mark.field.as_ref().map(|field| field.data_type())).map(texts::plain);
        }
        Ok(())
    }

    /// Those of a call, where the function makes its arguments of the types that it takes by a rule of its own.
    fn call(&mut self, call: &ScalarFunction, schema: &DFSchema) -> datafusion::common::Result<()> {
        let given: datafusion::common::Result<Vec<_>> = call.args.iter().map(|arg| arg.get_type(schema)).collect();
        let Ok(taken) = given.and_then(|given| call.func.coerce_types(&given)) else { return Ok(()) };
        for (arg, kind) in call.args.iter().zip(&taken) {
            if let Expr::Placeholder(mark) = arg
                && !kind.is_null()
            {
                self.note(mark, Some(kind))?;
            }
        }
        Ok(())
    }

    fn cast(&mut self, of: &Expr, to: &DataType) -> datafusion::common::Result<()> {
        match of {
            Expr::Placeholder(mark) => self.note(mark, Some(to)),
            _ => Ok(()),
        }
    }
}
