//! How large a statement may be, told before it is parsed and before it is planned.
//!
//! Parsing and planning cannot be stopped, and take stack and memory that no pool sees, so what they take must be bounded
//! by what they are given.

use crate::metrics::OWN;
use crate::{Error, Result};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Expr, GroupByExpr, Ident, ObjectName, Query, Select, Visit as _, Visitor};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use std::collections::{HashMap, VecDeque};
use std::ops::ControlFlow;

/// The longest statement, in bytes.
pub const MOST_BYTES: usize = 64 << 10;
/// The most operators: each may stand one deeper in the syntax tree than the one before.
const MOST_OPERATORS: usize = 1_000;
/// The most joins, EXCEPTs and INTERSECTs: each reads the one before, and planning a chain takes the square of its length.
const MOST_JOINS: usize = 100;
/// The most brackets that stand in one another.
const MOST_BRACKETS: usize = 50;
/// The most tables and SELECTs, each name of a WITH counted as all that stands for it.
const MOST_PARTS: usize = 1_000;
/// The most tables and SELECTs of a tenant's own metric, and as how many the name of one is counted.
const OWN_PARTS: usize = 20;
/// The most queries that stand in one another, whether by brackets or by the names of a WITH.
const MOST_NESTED: usize = 50;
/// The most columns that are grouped by, those of each grouping set counted: CUBE of n columns has 2ⁿ, and planning makes a list for each.
const MOST_GROUPED: usize = 5_000;
/// The most of a tenant's own metric, and as how many the name of one is counted.
const OWN_GROUPED: usize = 100;

/// Refuses a text that is too long, or too deep, to be parsed.
pub(super) fn text(text: &str) -> Result<()> {
    if text.len() > MOST_BYTES {
        return Err(Error::Question(format!(
            "the statement has {} bytes, and at most {MOST_BYTES} are read: shorten it, for example by a join in the place of a list",
            text.len()
        )));
    }
    // What is no token is for the parser to tell: it reads the same tokens, and stops at the same one.
    let Ok(tokens) = Tokenizer::new(&GenericDialect {}, text).tokenize() else { return Ok(()) };
    let operators = tokens.iter().filter(|token| is_operator(token)).count();
    if operators > MOST_OPERATORS {
        return Err(Error::Question(format!(
            "the statement has {operators} operators (AND, +, ||, UNION, =, …), and at most {MOST_OPERATORS} are planned: use IN or VALUES for a long list, or ask in parts"
        )));
    }
    let joins = tokens.iter().filter(|token| is_join(token)).count();
    if joins > MOST_JOINS {
        return Err(Error::Question(format!(
            "the statement has {joins} of JOIN, EXCEPT and INTERSECT, and at most {MOST_JOINS} are planned: use UNION or IN, or ask in parts"
        )));
    }
    let mut open = 0_usize;
    let mut interval = false;
    for token in tokens.iter().filter(|token| !matches!(token, Token::Whitespace(_))) {
        let again = matches!(token, Token::Word(word) if word.keyword == Keyword::INTERVAL);
        if interval && again {
            // The one word that the parser takes stack for without an operator or a bracket.
            return Err(Error::Question(
                "INTERVAL stands twice in a row: write it once before each text, as in INTERVAL '1 day'".into(),
            ));
        }
        interval = again;
        match token {
            Token::LParen | Token::LBracket | Token::LBrace => open += 1,
            Token::RParen | Token::RBracket | Token::RBrace => open = open.saturating_sub(1),
            _ => {}
        }
        if open > MOST_BRACKETS {
            return Err(Error::Question(format!(
                "the statement's brackets stand more than {MOST_BRACKETS} deep: take some away, or name inner queries with WITH"
            )));
        }
    }
    Ok(())
}

/// Whether a token can make the syntax tree one deeper without a bracket.
fn is_operator(token: &Token) -> bool {
    match token {
        Token::Word(word) => matches!(
            word.keyword,
            Keyword::AND
                | Keyword::OR
                | Keyword::XOR
                | Keyword::NOT
                | Keyword::IS
                | Keyword::NOTNULL
                | Keyword::IN
                | Keyword::BETWEEN
                | Keyword::LIKE
                | Keyword::ILIKE
                | Keyword::RLIKE
                | Keyword::REGEXP
                | Keyword::SIMILAR
                | Keyword::OVERLAPS
                | Keyword::MEMBER
                | Keyword::COLLATE
                | Keyword::AT
                | Keyword::DIV
                | Keyword::UNION
                | Keyword::EXCEPT
                | Keyword::MINUS
                | Keyword::INTERSECT
                | Keyword::JOIN
                | Keyword::APPLY
        ),
        Token::Plus | Token::Minus | Token::Mul | Token::Div | Token::Mod | Token::StringConcat => true,
        Token::LBracket | Token::DoubleColon | Token::Colon => true,
        Token::Number(..) | Token::Comma | Token::Period | Token::SemiColon | Token::Whitespace(_) | Token::EOF => {
            false
        }
        Token::LParen | Token::RParen | Token::RBracket | Token::LBrace | Token::RBrace => false,
        Token::SingleQuotedString(_) | Token::DoubleQuotedString(_) | Token::EscapedStringLiteral(_) => false,
        // Every other operator of every dialect, and kinds of literals that hardly anyone writes a thousand of.
        _ => true,
    }
}

fn is_join(token: &Token) -> bool {
    matches!(token, Token::Word(word) if matches!(
        word.keyword,
        Keyword::JOIN | Keyword::EXCEPT | Keyword::MINUS | Keyword::INTERSECT
    ))
}

/// Refuses a statement that is planned as more than it says: each name of a WITH stands for a copy of its query.
pub(super) fn parts(statement: &Statement) -> Result<()> {
    match statement {
        Statement::Statement(inner) => match inner.visit(&mut Parts::default()) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(refused) => Err(refused),
        },
        Statement::Explain(explain) => parts(&explain.statement),
        _ => Ok(()),
    }
}

/// Refuses the statement of a tenant's own metric that is planned as more than naming it is counted as.
pub(super) fn own(statement: &Statement) -> Result<()> {
    let mut parts = Parts::default();
    if let Statement::Statement(inner) = statement
        && let ControlFlow::Break(refused) = inner.visit(&mut parts)
    {
        return Err(refused);
    }
    if parts.whole.parts > OWN_PARTS {
        return Err(Error::Question(format!(
            "the statement has {} tables and SELECTs, when each name of a WITH is counted as all of its query, and a metric has at most {OWN_PARTS}: name less",
            parts.whole.parts
        )));
    }
    if parts.whole.grouped > OWN_GROUPED {
        return Err(Error::Question(format!(
            "the statement groups by {} columns, when those of each grouping set of CUBE, ROLLUP and GROUPING SETS are counted, and a metric by at most {OWN_GROUPED}: group by fewer",
            parts.whole.grouped
        )));
    }
    Ok(())
}

/// What a query is planned as.
#[derive(Clone, Copy, Default)]
struct Size {
    parts: usize,
    nested: usize,
    grouped: usize,
}

/// A query that is being read.
#[derive(Default)]
struct Open {
    size: Size,
    /// The names of its WITH whose queries are still to come: they are read before all else, in their order.
    names: VecDeque<String>,
    /// What those names meant outside of it.
    outside: Vec<(String, Option<Size>)>,
}

#[derive(Default)]
struct Parts {
    open: Vec<Open>,
    known: HashMap<String, Size>,
    /// What the outermost query is planned as.
    whole: Size,
}

impl Parts {
    fn add(&mut self, size: Size) -> ControlFlow<Error> {
        let Some(open) = self.open.last_mut() else { return ControlFlow::Continue(()) };
        open.size.parts = open.size.parts.saturating_add(size.parts);
        open.size.nested = open.size.nested.max(size.nested);
        open.size.grouped = open.size.grouped.saturating_add(size.grouped);
        if open.size.parts > MOST_PARTS {
            return ControlFlow::Break(Error::Question(format!(
                "the statement has more than {MOST_PARTS} tables and SELECTs, when each name of a WITH is counted as all of its query: name less, or ask in parts"
            )));
        }
        if open.size.nested > MOST_NESTED {
            return ControlFlow::Break(Error::Question(format!(
                "the statement's queries stand more than {MOST_NESTED} deep in one another, names of a WITH included: do more in each, or ask in parts"
            )));
        }
        if open.size.grouped > MOST_GROUPED {
            return ControlFlow::Break(Error::Question(format!(
                "the statement groups by more than {MOST_GROUPED} columns, when those of each grouping set are counted (CUBE of n columns has 2ⁿ sets): take nine or fewer for CUBE, name the sets that are wanted by GROUPING SETS, or ask in parts"
            )));
        }
        ControlFlow::Continue(())
    }
}

impl Visitor for Parts {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Error> {
        let tables = query.with.iter().flat_map(|with| &with.cte_tables);
        let names = tables.map(|table| name(&table.alias.name)).collect();
        self.open.push(Open { names, ..Open::default() });
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &Query) -> ControlFlow<Error> {
        let Some(closed) = self.open.pop() else { return ControlFlow::Continue(()) };
        for (name, outside) in closed.outside.into_iter().rev() {
            match outside {
                Some(size) => self.known.insert(name, size),
                None => self.known.remove(&name),
            };
        }
        let size = Size { nested: closed.size.nested + 1, ..closed.size };
        match self.open.last_mut() {
            Some(outer) => match outer.names.pop_front() {
                Some(name) => {
                    let outside = self.known.insert(name.clone(), size);
                    outer.outside.push((name, outside));
                    // It is planned where it is named, and once more where it stands.
                    self.add(Size { grouped: size.grouped, ..Size::default() })
                }
                None => self.add(size),
            },
            None => {
                self.whole = size;
                ControlFlow::Continue(())
            }
        }
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Error> {
        self.add(Size { parts: 1, nested: 0, grouped: grouped(select) })
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<Error> {
        let size = match relation.0.as_slice() {
            [part] => part.as_ident().and_then(|ident| self.known.get(&name(ident))).copied(),
            [.., schema, _] if schema.as_ident().is_some_and(|schema| name(schema) == OWN) => {
                Some(Size { parts: OWN_PARTS, nested: OWN_PARTS, grouped: OWN_GROUPED })
            }
            _ => None,
        };
        self.add(size.unwrap_or(Size { parts: 1, nested: 0, grouped: 0 }))
    }
}

/// Lists of columns that are grouped by: how many there are, and how many columns all of them have.
#[derive(Clone, Copy)]
struct Lists {
    lists: usize,
    columns: usize,
}

impl Lists {
    /// Each of these put together with each of those.
    fn with(self, other: Self) -> Self {
        let columns = self.columns.saturating_mul(other.lists);
        Self {
            lists: self.lists.saturating_mul(other.lists),
            columns: columns.saturating_add(other.columns.saturating_mul(self.lists)),
        }
    }
}

/// How many columns the grouping sets of a SELECT have; 0 where it has one list, as most have.
fn grouped(select: &Select) -> usize {
    let GroupByExpr::Expressions(by, _) = &select.group_by else { return 0 };
    let all = by.iter().map(lists).fold(Lists { lists: 1, columns: 0 }, Lists::with);
    if all.lists > 1 { all.columns.max(all.lists) } else { 0 }
}

fn lists(by: &Expr) -> Lists {
    let width = |of: &[Vec<Expr>]| of.iter().map(Vec::len).sum::<usize>();
    match by {
        // Each column is in half of them.
        Expr::Cube(of) => {
            let power = u32::try_from(of.len()).ok().and_then(|n| 1_usize.checked_shl(n));
            let lists = power.unwrap_or(usize::MAX);
            Lists { lists, columns: width(of).saturating_mul(lists / 2) }
        }
        Expr::Rollup(of) => Lists { lists: of.len() + 1, columns: width(of).saturating_mul(of.len()) },
        Expr::GroupingSets(of) => Lists { lists: of.len(), columns: width(of) },
        _ => Lists { lists: 1, columns: 1 },
    }
}

/// A name as the planner compares it.
fn name(ident: &Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_ascii_lowercase(),
    }
}
