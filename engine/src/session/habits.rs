//! What people write who know other databases: put into the words of this one where it has them.
//!
//! A statement is changed as it was read, once its size is known and before it is planned. What is put in has no more of what
//! somebody wrote than was there. Where there are no such words, [`super::instead`] says what to write.

use super::mistake::Mistake;
use super::{formats, series};
use crate::{Error, Result};
use chrono_tz::Tz;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CaseWhen, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArgumentList, FunctionArguments, GroupByExpr, Ident, LimitClause, NullTreatment, ObjectName,
    ObjectNamePart, OrderBy, OrderByExpr, OrderByKind, OrderByOptions, Query, Select, SelectFlavor, SelectItem,
    SetExpr, TableFactor, TopQuantity, Value, ValueWithSpan, VisitMut as _, VisitorMut, WildcardAdditionalOptions,
    visit_expressions,
};
use std::ops::ControlFlow::{self, Break, Continue};

/// Functions that are there by another name, and take the same.
pub(super) const RENAMED: [(&str, &str); 12] = [
    ("approx_count_distinct", "approx_distinct"),
    ("datediff", "date_diff"),
    ("every", "bool_and"),
    ("first", "first_value"),
    ("last", "last_value"),
    ("list", "array_agg"),
    ("regexp_matches", "regexp_like"),
    ("sign", "signum"),
    ("str_split", "string_to_array"),
    ("string_split", "string_to_array"),
    ("strptime", "to_timestamp"),
    ("variance", "var"),
];
/// Functions of a time that are a part of it.
pub(super) const PARTS: [(&str, &str); 14] = [
    ("year", "year"),
    ("quarter", "quarter"),
    ("month", "month"),
    ("week", "week"),
    ("weekofyear", "week"),
    ("day", "day"),
    ("dayofmonth", "day"),
    ("dayofweek", "dow"),
    ("isodow", "isodow"),
    ("dayofyear", "doy"),
    ("hour", "hour"),
    ("minute", "minute"),
    ("second", "second"),
    ("epoch", "epoch"),
];

/// Puts a statement into the words of this dialect.
///
/// # Errors
/// [`Error::Question`] and [`Error::Mistake`] for what would be read as something else than it says elsewhere.
pub(super) fn in_our_words(statement: &mut Statement) -> Result<()> {
    match statement {
        Statement::Statement(inner) => match inner.visit(&mut Words) {
            Continue(()) => Ok(()),
            Break(error) => Err(*error),
        },
        Statement::Explain(explain) => in_our_words(&mut explain.statement),
        _ => Ok(()),
    }
}

struct Words;

impl VisitorMut for Words {
    type Break = Box<Error>;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        first_rows(query);
        ordered_by_all(query)
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<Self::Break> {
        // The planner reads over what stands behind the columns.
        if let GroupByExpr::All(behind) | GroupByExpr::Expressions(_, behind) = &select.group_by
            && !behind.is_empty()
        {
            return refused(
                "nothing stands behind the columns of a GROUP BY here, such as WITH ROLLUP: write GROUP BY ROLLUP (a, b), CUBE (a, b), or GROUPING SETS ((a, b), (a), ())",
            );
        }
        if select.flavor == SelectFlavor::FromFirstNoSelect {
            select.flavor = SelectFlavor::FromFirst;
            select.projection = vec![SelectItem::Wildcard(WildcardAdditionalOptions::default())];
        }
        Continue(())
    }

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Self::Break> {
        match factor {
            TableFactor::Table { sample: Some(_), .. } | TableFactor::Derived { sample: Some(_), .. } => refused(
                "TABLESAMPLE takes no sample here: write WHERE random() < 0.1 for a share of the rows, or ORDER BY random() LIMIT 100 for so many",
            ),
            TableFactor::Pivot { .. } | TableFactor::Unpivot { .. } => refused(super::instead::PIVOT),
            TableFactor::Table { name, args: Some(given), .. } => {
                series_of_the_moment(name, &given.args);
                Continue(())
            }
            TableFactor::Function { name, args, .. } => {
                series_of_the_moment(name, args);
                Continue(())
            }
            _ => Continue(()),
        }
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        match expr {
            Expr::Function(function) => {
                if let Some(other) = called(function)? {
                    *expr = other;
                }
                Continue(())
            }
            Expr::BinaryOp { op: BinaryOperator::BitwiseXor, .. } => {
                refused("`^` is no power here, as it is elsewhere: write power(2, 3)")
            }
            Expr::BinaryOp { op: BinaryOperator::DuckIntegerDivide, .. } => refused(
                "`//` is not there: whole numbers divide to whole numbers by `/`, and floor(a / b) does so of others",
            ),
            Expr::BinaryOp { op: BinaryOperator::MyIntegerDivide, .. } => refused(
                "`DIV` is not there: whole numbers divide to whole numbers by `/`, and floor(a / b) does so of others",
            ),
            // The parser takes all that follows for what is compared.
            Expr::IsDistinctFrom(_, with) | Expr::IsNotDistinctFrom(_, with)
                if matches!(
                    with.as_ref(),
                    Expr::BinaryOp { op: BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Xor, .. }
                ) =>
            {
                refused(
                    "what follows IS DISTINCT FROM is read as a part of what is compared here: put the comparison into parentheses, as in (a IS DISTINCT FROM b) AND c",
                )
            }
            Expr::AtTimeZone { time_zone, .. } => in_a_zone(time_zone),
            _ => Continue(()),
        }
    }
}

fn refused<T>(why: &str) -> ControlFlow<Box<Error>, T> {
    Break(Box::new(Error::Question(why.to_owned())))
}

/// Refuses a zone that there is not, which would be told only when its times are written.
fn in_a_zone(zone: &Expr) -> ControlFlow<Box<Error>> {
    match zone {
        Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(name), .. })
            if !name.starts_with(['+', '-']) && name.parse::<Tz>().is_err() =>
        {
            refused(&format!("`'{name}'` is not a time zone: use a name of the tz database, such as 'Europe/Berlin'"))
        }
        _ => Continue(()),
    }
}

/// A series that has a function in its arguments, `now()` perhaps, goes by the name that says so.
fn series_of_the_moment(name: &mut ObjectName, args: &[FunctionArg]) {
    let is_function = |expr: &Expr| if matches!(expr, Expr::Function(_)) { Break(()) } else { Continue(()) };
    if let [ObjectNamePart::Identifier(ident)] = name.0.as_mut_slice()
        && ident.quote_style.is_none()
        && series::NAMES.contains(&ident.value.as_str())
        && args.iter().any(|arg| visit_expressions(arg, is_function).is_break())
    {
        ident.value = series::computed(&ident.value);
    }
}

/// `FETCH FIRST 3 ROWS ONLY` and `TOP 3` are a LIMIT.
fn first_rows(query: &mut Query) {
    let is_free = match &query.limit_clause {
        None => true,
        Some(LimitClause::LimitOffset { limit, .. }) => limit.is_none(),
        Some(LimitClause::OffsetCommaLimit { .. }) => false,
    };
    if !is_free {
        return;
    }
    let fetch = query.fetch.take_if(|fetch| !fetch.percent && !fetch.with_ties);
    let mut most = fetch.map(|fetch| fetch.quantity.unwrap_or_else(|| number(1)));
    if most.is_none()
        && let SetExpr::Select(select) = query.body.as_mut()
    {
        let top = select.top.take_if(|top| !top.percent && !top.with_ties && top.quantity.is_some());
        most = top.and_then(|top| top.quantity).map(|quantity| match quantity {
            TopQuantity::Expr(expr) => expr,
            TopQuantity::Constant(rows) => number(rows),
        });
    }
    let Some(most) = most else { return };
    match &mut query.limit_clause {
        Some(LimitClause::LimitOffset { limit, .. }) => *limit = Some(most),
        clause => *clause = Some(LimitClause::LimitOffset { limit: Some(most), offset: None, limit_by: Vec::new() }),
    }
}

/// `ORDER BY ALL` is by each column in turn. Those of a `*` are known to the planner alone, which orders by them.
fn ordered_by_all(query: &mut Query) -> ControlFlow<Box<Error>> {
    let Some(OrderBy { kind, .. }) = &mut query.order_by else { return Continue(()) };
    let OrderByKind::All(options) = kind else { return Continue(()) };
    let options = *options;
    let Some(columns) = columns(&query.body) else {
        return match query.body.as_ref() {
            SetExpr::Select(_) => Continue(()),
            _ => refused("ORDER BY ALL does not know how many columns there are: name them, or give their numbers"),
        };
    };
    let by = |place| OrderByExpr { expr: number(place), options, with_fill: None };
    *kind = OrderByKind::Expressions((1..=columns).map(by).collect());
    Continue(())
}

/// How many columns a query has, where that is written.
fn columns(mut body: &SetExpr) -> Option<u64> {
    loop {
        body = match body {
            SetExpr::Select(select) => {
                let is_one =
                    |item: &SelectItem| matches!(item, SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. });
                let is_written = !select.projection.is_empty() && select.projection.iter().all(is_one);
                return is_written.then_some(select.projection.len() as u64);
            }
            SetExpr::SetOperation { left, .. } => left,
            SetExpr::Query(query) => &query.body,
            _ => return None,
        }
    }
}

fn number(number: u64) -> Expr {
    Expr::value(Value::Number(number.to_string(), false))
}

fn text(text: &str) -> Expr {
    Expr::value(Value::SingleQuotedString(text.to_owned()))
}

fn is_text(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(_), .. }))
}

/// Gives a call the name and the arguments that it has here, or tells what stands in its place.
fn called(function: &mut Function) -> ControlFlow<Box<Error>, Option<Expr>> {
    let [ObjectNamePart::Identifier(ident)] = function.name.0.as_slice() else { return Continue(None) };
    let (name, at) = (ident.value.to_lowercase(), (ident.span.start.line, ident.span.start.column));
    let name = name.as_str();
    if ["list_agg", "listagg", "group_concat", "string_agg"].contains(&name) {
        gathered(function);
        return Continue(None);
    }
    if let Some((_, ours)) = RENAMED.iter().find(|(theirs, _)| *theirs == name) {
        rename(function, ours);
        return Continue(None);
    }
    if name == "to_char" {
        return formatted(function, at);
    }
    let is_aggregate = ["count_if", "countif", "arg_max", "max_by", "arg_min", "min_by"].contains(&name);
    let is_bare = function.over.is_none() && function.filter.is_none();
    if function.null_treatment.is_some() || !function.within_group.is_empty() || !(is_aggregate || is_bare) {
        return Continue(None);
    }
    if let Some((_, part)) = PARTS.iter().find(|(theirs, _)| *theirs == name) {
        if let Some([time]) = taken(function) {
            call(function, "date_part", vec![text(part), time]);
        }
        return Continue(None);
    }
    match name {
        "strftime" => {
            if let Some([one, other]) = taken(function) {
                let (time, format) = if is_text(&one) { (other, one) } else { (one, other) };
                call(function, "to_char", vec![time, format]);
            }
        }
        "dayname" | "monthname" => {
            let format = if name == "dayname" { "%A" } else { "%B" };
            if let Some([time]) = taken(function) {
                call(function, "to_char", vec![time, text(format)]);
            }
        }
        "count_if" | "countif" => {
            if let Some([condition]) = taken(function) {
                call(function, "count", Vec::new());
                if let FunctionArguments::List(list) = &mut function.args {
                    list.args.push(FunctionArg::Unnamed(FunctionArgExpr::Wildcard));
                }
                let condition = match function.filter.take() {
                    Some(filter) => binary(*filter, BinaryOperator::And, condition),
                    None => condition,
                };
                function.filter = Some(Box::new(condition));
            }
        }
        "arg_max" | "max_by" | "arg_min" | "min_by" if function.over.is_none() => {
            if let Some([value, by]) = taken(function) {
                let options = OrderByOptions { asc: Some(name.contains("min")), nulls_first: Some(false) };
                call(function, "first_value", vec![value]);
                if let FunctionArguments::List(list) = &mut function.args {
                    let by = OrderByExpr { expr: by, options, with_fill: None };
                    list.clauses.push(FunctionArgumentClause::OrderBy(vec![by]));
                }
                function.null_treatment = Some(NullTreatment::IgnoreNulls);
            }
        }
        "if" | "iff" | "iif" => {
            if let Some([condition, result, other]) = taken(function) {
                return Continue(Some(Expr::Case {
                    case_token: AttachedToken::empty(),
                    end_token: AttachedToken::empty(),
                    operand: None,
                    conditions: vec![CaseWhen { condition, result }],
                    else_result: Some(Box::new(other)),
                }));
            }
        }
        "date_add" => {
            if let Some([time, more]) = taken(function) {
                return Continue(Some(Expr::Nested(Box::new(binary(time, BinaryOperator::Plus, more)))));
            }
        }
        "date" => {
            if let Some([time]) = taken(function) {
                let (kind, data_type) = (CastKind::Cast, DataType::Date);
                return Continue(Some(Expr::Cast {
                    kind,
                    expr: Box::new(time),
                    data_type,
                    array: false,
                    format: None,
                }));
            }
        }
        _ => {}
    }
    Continue(None)
}

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) }
}

/// The arguments of a call, when there are as many and nothing else stands with them.
fn taken<const N: usize>(function: &mut Function) -> Option<[Expr; N]> {
    let FunctionArguments::List(list) = &mut function.args else { return None };
    let is_plain = |arg: &FunctionArg| matches!(arg, FunctionArg::Unnamed(FunctionArgExpr::Expr(_)));
    if list.args.len() != N
        || !list.args.iter().all(is_plain)
        || !list.clauses.is_empty()
        || list.duplicate_treatment.is_some()
    {
        return None;
    }
    let args = std::mem::take(&mut list.args).into_iter().filter_map(|arg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    });
    args.collect::<Vec<_>>().try_into().ok()
}

/// Another name, in the place of the one that is written.
fn rename(function: &mut Function, name: &str) {
    let written = function.name.0.first().and_then(ObjectNamePart::as_ident).map(|ident| ident.span);
    let ident = written.map_or_else(|| Ident::new(name), |span| Ident::with_span(span, name));
    function.name = ObjectName::from(vec![ident]);
}

fn call(function: &mut Function, name: &str, args: Vec<Expr>) {
    rename(function, name);
    function.args = FunctionArguments::List(FunctionArgumentList {
        duplicate_treatment: None,
        args: args.into_iter().map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg))).collect(),
        clauses: Vec::new(),
    });
}

/// Texts that are put together: with a comma unless it is said otherwise, in the order that is said in any of three ways.
fn gathered(function: &mut Function) {
    rename(function, "string_agg");
    let FunctionArguments::List(list) = &mut function.args else { return };
    let is_separator = |clause: &FunctionArgumentClause| matches!(clause, FunctionArgumentClause::Separator(_));
    let separator = list.clauses.iter().position(is_separator).map(|at| list.clauses.remove(at));
    if list.args.len() == 1 {
        let between = match separator {
            Some(FunctionArgumentClause::Separator(value)) => Expr::Value(value),
            _ => text(","),
        };
        list.args.push(FunctionArg::Unnamed(FunctionArgExpr::Expr(between)));
    }
    if !function.within_group.is_empty() {
        list.clauses.push(FunctionArgumentClause::OrderBy(std::mem::take(&mut function.within_group)));
    }
}

/// A format of PostgreSQL's as ours. One with a `%` is ours.
fn formatted(function: &mut Function, at: (u64, u64)) -> ControlFlow<Box<Error>, Option<Expr>> {
    let FunctionArguments::List(list) = &mut function.args else { return Continue(None) };
    if let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(ValueWithSpan {
        value: Value::SingleQuotedString(format),
        ..
    })))) = list.args.get_mut(1)
        && !format.contains('%')
    {
        match formats::ours(format) {
            Ok(of_ours) => *format = of_ours,
            Err(rest) => {
                let why = format!(
                    "to_char knows no `{}` in a format: it takes YYYY, IYYY, MM, Mon, Month, DD, DDD, Dy, Day, ID, IW, HH24, HH12, MI, SS, MS, US and AM, or what strftime does, such as '%Y-%m-%d'; letters as they are stand in double quotes",
                    rest.escape_default()
                );
                return Break(Box::new(Mistake::at(why, at).into()));
            }
        }
    }
    Continue(None)
}
