//! What to write instead of what other databases have and this one has not.

use super::asked;
use super::mistake::{Mistake, place, quoted};
use crate::Error;
use datafusion::error::DataFusionError;

/// Of what turns rows into columns.
pub(super) const PIVOT: &str = "PIVOT and UNPIVOT are not there: write a column for each value, as in count(*) FILTER (WHERE kind = 'commit') AS commits, or for the reverse a SELECT for each column, put together by UNION ALL";

/// Functions that are not there, by name.
pub(super) const FUNCTIONS: [(&str, &str); 40] = [
    ("add_months", "write at + INTERVAL '1 month'"),
    ("age", "write date_diff('day', began_at, ended_at), or ended_at - began_at"),
    ("approx_percentile_cont", "write percentile_cont(x, 0.9), which is exact"),
    ("approx_quantile", "write percentile_cont(x, 0.9), which is exact"),
    ("arg_max", "in a window write first_value(x) OVER (… ORDER BY y DESC)"),
    ("array_to_string", "write string_agg(x, ',') over the rows of an unnest"),
    ("columns", "name the columns, or write * EXCLUDE (id)"),
    ("date_sub", "write at - INTERVAL '1 day', or date_diff('day', a, b)"),
    ("dateadd", "write at + INTERVAL '1 day'"),
    ("epoch_ms", "write extract(epoch FROM at) * 1000"),
    ("format", "put texts together by || or concat"),
    ("generate_series", "it stands in FROM: SELECT value FROM generate_series(1, 10)"),
    ("get_json_object", "payloads are texts here; what is in them has columns in core"),
    ("getdate", "write now()"),
    ("hash", "write md5(x) or sha256(x)"),
    ("histogram", "write floor(x / 10) AS bucket, count(*) … GROUP BY bucket"),
    ("isnull", "write coalesce(a, b), or a IS NULL"),
    ("json_extract", "payloads are texts here; what is in them has columns in core"),
    ("json_extract_string", "payloads are texts here; what is in them has columns in core"),
    ("json_value", "payloads are texts here; what is in them has columns in core"),
    ("last_day", "write CAST(date_trunc('month', at) + INTERVAL '1 month' - INTERVAL '1 day' AS DATE)"),
    ("len", "write length(x) of a text, or cardinality(x) of an array"),
    ("levenshtein", "it takes the square of its texts' lengths; compare texts by ILIKE or regexp_like"),
    ("lpad", "write right(concat('000', x), 3)"),
    ("mode", "write SELECT x, count(*) AS n … GROUP BY x ORDER BY n DESC LIMIT 1"),
    ("months_between", "write date_diff('month', a, b)"),
    ("percentile_disc", "write percentile_cont(x, 0.9)"),
    ("printf", "put texts together by || or concat"),
    ("quantile", "write quantile_cont(x, 0.9)"),
    ("quantile_disc", "write quantile_cont(x, 0.9)"),
    ("range", "it stands in FROM: SELECT value FROM range(0, 10)"),
    ("regexp_match", "write regexp_extract(x, '([A-Z]+)-[0-9]+', 1), or regexp_like(x, '…')"),
    ("regexp_replace", "a few characters of it make any amount of text; write replace(x, 'a', 'b'), or regexp_extract"),
    ("regexp_substr", "write regexp_extract(x, '[A-Z]+-[0-9]+')"),
    ("repeat", "a few characters of it make any amount of text; write the text out"),
    ("rpad", "write left(concat(x, '000'), 3)"),
    ("sum_if", "write sum(x) FILTER (WHERE …)"),
    ("time_bucket", "write date_trunc('week', at), or date_bin(INTERVAL '15 minutes', at)"),
    ("timezone", "write at AT TIME ZONE 'Europe/Berlin'"),
    ("width_bucket", "write floor((x - 0) / 10)"),
];
/// What is told of a form that is not there, by something that the parser or the planner says of it.
const FORMS: [(&str, &str); 12] = [
    ("found: PIVOT", PIVOT),
    ("found: UNPIVOT", PIVOT),
    (
        "found: SUMMARIZE",
        "SUMMARIZE is not there: DESCRIBE facts.changes tells the columns, and count(x), count(DISTINCT x), min(x), median(x) and max(x) what is in one",
    ),
    (
        "end of statement, found: USING",
        "USING SAMPLE is not there: write WHERE random() < 0.1 for a share of the rows, or ORDER BY random() LIMIT 100 for so many",
    ),
    (
        "Expected: MATCH_CONDITION",
        "ASOF JOIN is not there: join all rows that come before, and keep the last by QUALIFY row_number() OVER (PARTITION BY a.id ORDER BY b.at DESC) = 1",
    ),
    (
        "OuterReferenceColumn",
        "a subquery in FROM sees no column of what stands beside it, with LATERAL or without: join it by an equality and keep a row of each by QUALIFY row_number() OVER (PARTITION BY … ORDER BY …) = 1; of an array write unnest(x) after SELECT",
    ),
    (
        "Invalid interval arithmetic operation",
        "an interval is not multiplied here: write it out, as in INTERVAL '3 days', or add days to a date, as in current_date - 3",
    ),
    (
        "ANY in LIKE expression",
        "LIKE ANY is not there: write one LIKE after the other with OR, or regexp_like(title, '^(a|b)')",
    ),
    (
        "keyword: DIV",
        "DIV is not there: whole numbers divide to whole numbers by `/`, and floor(a / b) does so of others",
    ),
    (
        "Projections require unique expression names",
        "two columns of a SELECT have one name: give each a name of its own by AS",
    ),
    ("Expected: an expression, found: *", "a value is missing beside `*`: a power is written power(2, 3)"),
    ("Dot access not supported", "a field of a value is taken by its name in brackets, as in x['a']"),
];

/// What to write instead, of what a failure tells.
pub(super) fn of(failure: &str) -> Option<String> {
    if let Some(name) = quoted(failure, "Invalid function '", "'") {
        let (_, instead) = FUNCTIONS.iter().find(|(theirs, _)| *theirs == name)?;
        return Some(format!("there is no function `{name}` here: {instead}"));
    }
    FORMS.iter().find(|(told, _)| failure.contains(*told)).map(|(_, instead)| (*instead).to_owned())
}

/// The same mistake with what the statement shows of it: its place; a text in double quotes, or a name that SELECT gives and that stands
/// where it is not known yet.
pub(super) fn seen_in(statement: &str, error: Error) -> Error {
    match error {
        Error::Mistake(mut mistake) => {
            if let Some(name) = mistake.unknown_column.take() {
                let shown = name.escape_default();
                if statement.contains(&format!("\"{name}\"")) {
                    mistake.why.push_str(&format!(
                        ". What stands in double quotes is a name; a text stands in single ones: '{shown}'"
                    ));
                } else if is_given(statement, &name) {
                    mistake.why.push_str(&format!(
                        ". What SELECT calls `{shown}` is known to GROUP BY, HAVING, QUALIFY and ORDER BY, and not in WHERE or beside it: name it in a WITH before"
                    ));
                }
            }
            Error::Mistake(Box::new(mistake.placed(statement)))
        }
        Error::Question(why) => match written(statement, &why) {
            Some(at) => Mistake::at(why, at).into(),
            None => Error::Question(why),
        },
        error => error,
    }
}

/// The same failure of a stream of rows; a mistake has its place, where what it is about stands in the statement.
pub(super) fn in_stream(statement: &str, failure: DataFusionError) -> DataFusionError {
    match asked(&failure) {
        Some(mistake @ Error::Mistake(_)) => DataFusionError::External(Box::new(seen_in(statement, mistake))),
        _ => failure,
    }
}

/// Where what is refused stands: it is named first, between backticks, in whole or by its first word.
fn written(statement: &str, why: &str) -> Option<(u64, u64)> {
    if why.starts_with("a join without an equality") {
        return place(statement, "JOIN");
    }
    let refused = quoted(why, "`", "`").filter(|refused| !refused.is_empty())?;
    place(statement, refused).or_else(|| refused.split_whitespace().next().and_then(|word| place(statement, word)))
}

/// Whether a statement has `AS name`.
fn is_given(statement: &str, name: &str) -> bool {
    let (statement, given) = (statement.to_lowercase(), format!(" as {}", name.to_lowercase()));
    statement.match_indices(&given).any(|(at, found)| {
        let after = statement.get(at + found.len()..).and_then(|rest| rest.chars().next());
        !after.is_some_and(|next| next.is_alphanumeric() || next == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_in_order_and_each_is_told_of_once() {
        assert!(FUNCTIONS.is_sorted_by(|one, next| one.0 < next.0));
        assert_eq!(of("Error during planning: Invalid function 'nothing'.\nDid you mean 'x'?"), None);
        let told = of("Error during planning: Invalid function 'age'.\nDid you mean 'abs'?").unwrap();
        assert_eq!(
            told,
            "there is no function `age` here: write date_diff('day', began_at, ended_at), or ended_at - began_at"
        );
    }

    #[test]
    fn a_name_is_given_by_as_and_a_whole_word() {
        assert!(is_given("SELECT a * 2 AS Twice FROM t WHERE twice > 1", "twice"));
        assert!(!is_given("SELECT a * 2 AS twice_more FROM t WHERE twice > 1", "twice"));
        assert!(!is_given("SELECT a FROM t WHERE twice > 1", "twice"));
    }
}
