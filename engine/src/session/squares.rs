//! What takes the product of two lengths, or makes a pattern ready for each row, in one step that nothing stops: one of the two is written in
//! the statement, or comes as a parameter.

use crate::{Error, Result};
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan, Operator, Volatility};

/// Refuses what a node computes of two columns where it may of one.
pub(super) fn check(node: &LogicalPlan) -> Result<()> {
    each(node, refused)
}

/// Refuses a node for what is told of the first of its expressions, and of their parts, of which anything is.
pub(super) fn each(node: &LogicalPlan, refused: impl Fn(&Expr) -> Option<String>) -> Result<()> {
    let mut told = None;
    let looked = node.apply_expressions(|expr| {
        expr.apply(|expr| {
            told = refused(expr);
            Ok(if told.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })
    });
    looked.map_err(super::error)?;
    told.map_or(Ok(()), |why| Err(Error::Question(why)))
}

/// What is told of an expression that is refused.
fn refused(expr: &Expr) -> Option<String> {
    match expr {
        Expr::ScalarFunction(call) => {
            let varies = |at: usize| call.args.get(at).is_some_and(is_of_rows);
            match call.name() {
                name @ "array_has_all" if varies(0) && varies(1) => {
                    Some(each_with_each(name, "empty(array_except(b, a)), which is whether a has all that b has"))
                }
                name @ "array_has_any" if varies(0) && varies(1) => {
                    Some(each_with_each(name, "NOT empty(array_intersect(a, b))"))
                }
                name @ ("btrim" | "ltrim" | "rtrim") if varies(1) => Some(format!(
                    "`{name}` compares each letter with each of those that it takes away: write those out, as in {name}(x, ' .')"
                )),
                name @ ("regexp_like" | "regexp_count" | "regexp_instr") if varies(1) => Some(of_rows(name)),
                // A pattern is made ready by its flags.
                name @ "regexp_like" if varies(2) => Some(flags_of_rows(name)),
                name @ "regexp_count" if varies(3) => Some(flags_of_rows(name)),
                name @ "regexp_instr" if varies(4) => Some(flags_of_rows(name)),
                _ => None,
            }
        }
        Expr::BinaryExpr(binary) => match binary.op {
            Operator::RegexMatch | Operator::RegexIMatch | Operator::RegexNotMatch | Operator::RegexNotIMatch
                if is_of_rows(&binary.right) =>
            {
                Some(of_rows(&binary.op.to_string()))
            }
            _ => None,
        },
        Expr::SimilarTo(similar) if is_of_rows(&similar.pattern) => Some(of_rows("SIMILAR TO")),
        _ => None,
    }
}

fn each_with_each(name: &str, instead: &str) -> String {
    format!(
        "`{name}` compares each value of one array with each of the other, which is refused of two columns: write {instead}"
    )
}

fn of_rows(name: &str) -> String {
    format!("`{name}` takes its pattern as a constant: write it out, or give it as a parameter")
}

fn flags_of_rows(name: &str) -> String {
    format!("`{name}` takes its flags as a constant: write them out, or give them as a parameter")
}

/// Whether a value may be another for each row, or is as long as rows make it.
pub(super) fn is_of_rows(expr: &Expr) -> bool {
    let varies = expr.exists(|expr| {
        Ok(match expr {
            Expr::Column(_) | Expr::OuterReferenceColumn(..) | Expr::ScalarSubquery(_) => true,
            Expr::ScalarFunction(call) => call.func.signature().volatility == Volatility::Volatile,
            _ => false,
        })
    });
    varies.unwrap_or(true)
}
