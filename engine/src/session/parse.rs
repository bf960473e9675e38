//! Text to statement, in no more steps than its length warrants.
//!
//! Where a word may begin a special form or be a plain name, the parser tries one, and on a mistake the other. In one
//! another such attempts double: `cast(cast(cast(`, forty deep and left open, would take a thread for years, and nothing
//! can stop it. So each expression that is begun is counted, and the count has a limit.

use crate::{Error, Result};
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::Expr;
use datafusion::sql::sqlparser::dialect::{Dialect, GenericDialect};
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use std::any::TypeId;
use std::cell::Cell;

/// The most expressions that are begun while a statement is parsed. A statement as long as may be has some thirty thousand.
const MOST_BEGUN: usize = 100_000;
/// The deepest that what the parser reads may stand in one another.
const DEEPEST: usize = 50;

/// The single statement of a text.
///
/// # Errors
/// [`Error::Question`] when there is none, more than one, or it takes too many attempts to find out.
pub(super) fn statement(text: &str) -> Result<Statement> {
    let counted = Counted { begun: Cell::new(0) };
    let parser = DFParserBuilder::new(text).with_dialect(&counted).with_recursion_limit(DEEPEST).build();
    let statements = parser.and_then(|mut parser| parser.parse_statements());
    if counted.begun.get() > MOST_BEGUN {
        return Err(Error::Question(format!(
            "the statement's brackets leave too many ways to read it (more than {MOST_BEGUN} were tried): see whether each is closed, and name inner queries with WITH"
        )));
    }
    let mut statements = statements.map_err(super::error)?;
    match (statements.pop_front(), statements.len()) {
        (Some(statement), 0) => Ok(statement),
        (None, _) => Err(Error::Question("there is no statement: write a SELECT".into())),
        _ => Err(Error::Question("a single statement is answered at a time: send each on its own".into())),
    }
}

/// The dialect that the planner expects, with `ORDER BY ALL` and a count of the expressions begun.
#[derive(Debug)]
struct Counted {
    begun: Cell<usize>,
}

/// What `GenericDialect` answers otherwise than a dialect does by default.
macro_rules! as_generic {
    ($($method:ident)*) => { $(fn $method(&self) -> bool { GenericDialect.$method() })* };
}

impl Dialect for Counted {
    fn dialect(&self) -> TypeId {
        TypeId::of::<GenericDialect>()
    }

    fn parse_prefix(&self, _parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
        self.begun.set(self.begun.get() + 1);
        // Of all errors this is the one after which no other attempt is made.
        (self.begun.get() > MOST_BEGUN).then_some(Err(ParserError::RecursionLimitExceeded))
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        GenericDialect.is_delimited_identifier_start(ch)
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        GenericDialect.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        GenericDialect.is_identifier_part(ch)
    }

    // What it is by is written in, or known to the planner: `habits`.
    fn supports_order_by_all(&self) -> bool {
        true
    }

    as_generic! {
        supports_unicode_string_literal supports_partition_by_after_order_by supports_array_join_syntax
        supports_group_by_expr supports_group_by_with_modifier supports_left_associative_joins_without_parens
        supports_connect_by supports_match_recognize supports_pipe_operator supports_start_transaction_modifier
        supports_window_function_null_treatment_arg supports_dictionary_syntax
        supports_window_clause_named_window_reference supports_parenthesized_set_variables
        supports_select_wildcard_except support_map_literal_syntax allow_extract_custom allow_extract_single_quotes
        supports_extract_comma_syntax supports_create_view_comment_syntax supports_parens_around_table_factor
        supports_values_as_table_factor supports_create_index_with_clause supports_explain_with_utility_options
        supports_limit_comma supports_update_order_by supports_from_first_select supports_projection_trailing_commas
        supports_asc_desc_in_column_definition supports_try_convert supports_bitwise_shift_operators
        supports_comment_on supports_load_extension supports_named_fn_args_with_assignment_operator
        supports_struct_literal supports_empty_projections supports_nested_comments supports_multiline_comment_hints
        supports_user_host_grantee supports_string_escape_constant supports_array_typedef_with_brackets
        supports_match_against supports_set_names supports_comma_separated_set_assignments
        supports_filter_during_aggregation supports_select_wildcard_exclude supports_data_type_signed_suffix
        supports_interval_options supports_quote_delimited_string supports_select_wildcard_replace
        supports_select_wildcard_ilike supports_select_wildcard_rename supports_optimize_table supports_install
        supports_detach supports_prewhere supports_with_fill supports_limit_by supports_interpolate supports_settings
        supports_select_format supports_comment_optimizer_hint supports_constraint_keyword_without_name
        supports_key_column_option supports_comma_separated_trim supports_cte_without_as
        supports_select_item_multi_column_alias supports_xml_expressions
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    /// Whether a text is told to be none, within a time that only a hang goes beyond.
    fn refused(text: String) -> String {
        let (sender, receiver) = channel();
        let shown: String = text.chars().take(60).collect();
        let thread = std::thread::Builder::new().stack_size(16 << 20);
        thread.spawn(move || sender.send(statement(&text).map(|s| s.to_string()))).unwrap();
        let told =
            receiver.recv_timeout(Duration::from_secs(60)).unwrap_or_else(|_| panic!("`{shown}…` is still read"));
        match told {
            Err(Error::Question(why)) => why,
            Err(Error::Mistake(mistake)) => mistake.why,
            other => panic!("`{shown}…`: {other:?}"),
        }
    }

    #[test]
    fn a_statement_left_open_is_refused_and_not_read_for_ever() {
        for open in [
            "cast(",
            "try_cast(",
            "not(",
            "ceil(",
            "substring(",
            "trim(",
            "position(",
            "extract(",
            "f(",
            "a.f(",
            "[",
            "(",
            "interval(",
            "interval -",
            "(x) -> ",
            "case when ",
            "case when interval ",
            "array(select ",
            "exists(select ",
            "(select ",
            "{",
            "cast(interval ",
            "struct(",
        ] {
            refused(format!("SELECT {}", open.repeat(40)));
            refused(format!("SELECT {})", open.repeat(40)));
        }
        for open in ["(", "(select * from ", "((select * from ", "(((select * from ", "((((select * from "] {
            refused(format!("SELECT * FROM {}", open.repeat(40 / open.matches('(').count())));
        }
        for open in ["(select * from t where x in ", "((select * from t where x in ", "((select x in "] {
            refused(format!("SELECT * FROM t WHERE x IN {}", open.repeat(40 / open.matches('(').count())));
        }
        assert!(refused(format!("SELECT {}", "cast(".repeat(40))).contains("too many ways to read it"));
    }

    #[test]
    fn types_in_one_another_fit_the_stack() {
        for open in ["array<", "map(int, ", "nullable("] {
            refused(format!("SELECT cast(1 as {}", open.repeat(1_000)));
        }
    }

    #[test]
    fn a_long_statement_is_read_as_the_planner_would() {
        let list = vec!["1"; 20_000].join(",");
        let nested = (0..12).fold("x".to_owned(), |inner, i| format!("coalesce(cast({inner} AS BIGINT), {i})"));
        for text in [
            format!("SELECT * FROM t WHERE a IN ({list})"),
            format!("SELECT {nested} FROM t"),
            "SELECT a, count(*) FILTER (WHERE b) OVER (PARTITION BY c ORDER BY d ROWS 2 PRECEDING) FROM t".into(),
            "SELECT * EXCLUDE (a) FROM t ORDER BY a LIMIT 3".into(),
            "SELECT array_filter(a, x -> x > 1), [1, 2][1], {'a': 1}, INTERVAL '1 day', a::int FROM t".into(),
            "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a DESC) FROM t QUALIFY row_number() OVER () = 1".into(),
            "EXPLAIN VERBOSE SELECT extract(year FROM a), trim(BOTH 'x' FROM b), position('a' IN b) FROM t".into(),
            "FROM t".into(),
            "SHOW TABLES".into(),
        ] {
            let stock =
                DFParserBuilder::new(text.as_str()).build().unwrap().parse_statements().unwrap().pop_front().unwrap();
            assert_eq!(statement(&text).unwrap(), stock, "{text}");
        }
    }
}
