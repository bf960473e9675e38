//! What people write who know other databases.

use super::tests::{refusal, session};
use super::*;
use arrow::util::display::array_value_to_string;

/// The values of an answer, row by row.
async fn rows(session: &Session, statement: &str) -> Vec<String> {
    let batches = session.collect(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    let row = |batch: &RecordBatch, row: usize| -> String {
        let values = batch.columns().iter().map(|column| array_value_to_string(column, row).unwrap());
        values.collect::<Vec<_>>().join("|")
    };
    batches.iter().flat_map(|batch| (0..batch.num_rows()).map(|at| row(batch, at)).collect::<Vec<_>>()).collect()
}

#[tokio::test]
async fn functions_of_other_databases_are_answered_by_ours() {
    let session = session();
    for (expression, expected) in [
        ("strftime(TIMESTAMP '2026-03-05T10:20:30', '%Y-%m')", "2026-03"),
        ("strftime('%d.%m.', TIMESTAMP '2026-03-05T10:20:30')", "05.03."),
        ("to_char(TIMESTAMP '2026-03-05T10:20:30', 'YYYY-MM-DD HH24:MI:SS')", "2026-03-05 10:20:30"),
        ("to_char(TIMESTAMP '2026-03-05T10:20:30', 'Mon YYYY, IYYY-\"W\"IW')", "Mar 2026, 2026-W10"),
        ("to_char(TIMESTAMP '2026-03-05T10:20:30', '%Y')", "2026"),
        ("CAST(strptime('05.03.2026 10:20', '%d.%m.%Y %H:%M') AS TEXT)", "2026-03-05T10:20:00"),
        ("date_diff('day', DATE '2026-01-01', DATE '2026-02-01')", "31"),
        ("datediff('month', TIMESTAMP '2025-12-31T23:00:00', TIMESTAMP '2026-03-01T00:00:00Z')", "3"),
        ("date_diff('day', '2026-01-02', '2026-01-01')", "-1"),
        ("date_diff('day', NULL, DATE '2026-01-01')", ""),
        ("year(DATE '2026-11-28')", "2026"),
        ("quarter(DATE '2026-11-28')", "4"),
        ("month(DATE '2026-11-28')", "11"),
        ("day(DATE '2026-11-28')", "28"),
        ("dayofweek(DATE '2026-11-29')", "0"),
        ("dayofyear(DATE '2026-02-01')", "32"),
        ("hour(TIMESTAMP '2026-03-05T10:20:30')", "10"),
        ("epoch(TIMESTAMP '1970-01-02T00:00:00')", "86400.0"),
        ("dayname(DATE '2026-11-28')", "Saturday"),
        ("monthname(DATE '2026-11-28')", "November"),
        ("date(TIMESTAMP '2026-03-05T10:20:30')", "2026-03-05"),
        ("date_add(DATE '2026-03-05', INTERVAL '1 day')", "2026-03-06"),
        ("DATE '2026-02-01' - DATE '2026-01-01'", "31"),
        ("if(1 > 2, 'a', 'b')", "b"),
        ("iff(true, iif(false, 1, 2), 3)", "2"),
        ("sign(-3.5)", "-1.0"),
        ("regexp_matches('SHOP-12', '^[A-Z]+-')", "true"),
        ("regexp_extract('fix SHOP-12', '([A-Z]+)-([0-9]+)')", "SHOP-12"),
        ("regexp_extract('fix SHOP-12', '([A-Z]+)-([0-9]+)', 2)", "12"),
        ("regexp_extract('fix', '[0-9]+')", ""),
        ("string_split('a/b', '/')[2]", "b"),
        ("7 / 2", "3"),
    ] {
        assert_eq!(rows(&session, &format!("SELECT {expression} AS x")).await, [expected], "{expression}");
    }
}

#[tokio::test]
async fn what_gathers_rows_is_answered_by_what_does_here() {
    let session = session();
    let from = "FROM (VALUES ('a', 1, 5), ('b', 3, 7), (NULL, 9, 1), ('c', NULL, 2)) AS t(x, y, z)";
    for (expression, expected) in [
        ("list_agg(x, '-' ORDER BY x)", "a-b-c"),
        ("group_concat(x ORDER BY x)", "a,b,c"),
        ("listagg(x, ';') WITHIN GROUP (ORDER BY x DESC)", "c;b;a"),
        ("string_agg(x ORDER BY x DESC)", "c,b,a"),
        ("array_length(list(x))", "4"),
        ("arg_max(x, y)", "b"),
        ("max_by(x, z) FILTER (WHERE z < 7)", "a"),
        ("arg_min(x, y)", "a"),
        ("min_by(x, z)", "c"),
        ("first(x ORDER BY z DESC)", "b"),
        ("last(z ORDER BY z)", "7"),
        ("count_if(z > 2)", "2"),
        ("countif(z > 2) FILTER (WHERE y = 1)", "1"),
        ("every(z > 0)", "true"),
        ("round(variance(z), 4)", "7.5833"),
        ("approx_count_distinct(z)", "4"),
        ("quantile_cont(z, 0.5)", "3.5"),
        ("percentile_cont(0.5) WITHIN GROUP (ORDER BY z)", "3.5"),
    ] {
        assert_eq!(rows(&session, &format!("SELECT {expression} AS x {from}")).await, [expected], "{expression}");
    }
}

#[tokio::test]
async fn forms_of_other_databases_are_answered() {
    let session = session();
    for (statement, expected) in [
        ("SELECT repository_id, count(*) FROM changes GROUP BY ALL ORDER BY ALL", vec!["r0|5", "r1|5", "r2|4"]),
        ("SELECT commits % 2 AS odd, max(commits) FROM changes GROUP BY ALL ORDER BY ALL DESC", vec!["1|13", "0|12"]),
        ("SELECT * FROM (VALUES (2), (1)) AS t(x) ORDER BY ALL", vec!["1", "2"]),
        ("SELECT 2 AS x UNION ALL SELECT 1 ORDER BY ALL", vec!["1", "2"]),
        ("FROM (VALUES (1, 2)) AS t(x, y)", vec!["1|2"]),
        ("FROM (VALUES (1, 2)) AS t(x, y) SELECT y", vec!["2"]),
        ("SELECT id FROM changes ORDER BY id FETCH FIRST 2 ROWS ONLY", vec!["c0000", "c0001"]),
        ("SELECT id FROM changes ORDER BY id OFFSET 3 ROWS FETCH NEXT ROW ONLY", vec!["c0003"]),
        ("SELECT TOP 2 id FROM changes ORDER BY id DESC", vec!["c0013", "c0012"]),
        ("SELECT id FROM changes QUALIFY row_number() OVER (ORDER BY id) = 2", vec!["c0001"]),
        ("SELECT * EXCLUDE (y) FROM (VALUES (1, 2)) AS t(x, y)", vec!["1"]),
        ("SELECT * REPLACE (x + 1 AS x) FROM (VALUES (1, 2)) AS t(x, y)", vec!["2|2"]),
        ("SELECT DISTINCT ON (repository_id) id FROM changes ORDER BY repository_id, id DESC LIMIT 1", vec!["c0012"]),
        ("SELECT count(*) FROM changes WHERE repository_id ILIKE 'R1'", vec!["5"]),
        ("SELECT x FROM (VALUES (1), (NULL)) AS t(x) ORDER BY x DESC NULLS LAST LIMIT 1", vec!["1"]),
        ("SELECT count(*) FROM changes WHERE year(now()) > 2000", vec!["14"]),
    ] {
        assert_eq!(rows(&session, statement).await, expected, "{statement}");
    }
}

#[tokio::test]
async fn what_would_be_read_as_something_else_is_refused_and_what_is_not_there_says_what_to_write() {
    let session = session();
    for (statement, instead) in [
        // These were answered, and wrongly: a sample that was all rows, and a power that was an exclusive or.
        ("SELECT count(*) FROM changes TABLESAMPLE BERNOULLI (10)", "WHERE random() < 0.1"),
        ("SELECT count(*) FROM (SELECT * FROM changes TABLESAMPLE (3 ROWS)) AS t", "WHERE random() < 0.1"),
        ("SELECT 2 ^ 3", "power(2, 3)"),
        ("SELECT * FROM changes UNION ALL SELECT * FROM changes ORDER BY ALL", "ORDER BY ALL does not know"),
        ("SELECT to_char(now(), 'YYYY-Q')", "to_char knows no `Q`"),
        ("SELECT kind, count(*) FROM changes GROUP BY kind WITH ROLLUP", "GROUP BY ROLLUP (a, b)"),
        ("SELECT kind, count(*) FROM changes GROUP BY kind WITH TOTALS", "GROUP BY ROLLUP (a, b)"),
        ("SELECT kind, count(*) FROM changes GROUP BY ALL WITH CUBE", "CUBE (a, b)"),
        (
            "SELECT kind, count(*) FROM changes GROUP BY kind GROUPING SETS ((kind), ())",
            "GROUPING SETS ((a, b), (a), ())",
        ),
        ("SELECT count(*) FROM changes WHERE kind IS DISTINCT FROM 'x' AND id <> 'y'", "(a IS DISTINCT FROM b) AND c"),
        ("SELECT true IS NOT DISTINCT FROM false OR true", "(a IS DISTINCT FROM b) AND c"),
        ("SELECT 7 // 2", "by `/`"),
        ("SELECT 7 DIV 2", "by `/`"),
        ("SELECT * FROM changes USING SAMPLE 10", "ORDER BY random()"),
        ("PIVOT changes ON kind USING count(*)", "FILTER (WHERE kind = 'commit')"),
        ("SELECT * FROM changes PIVOT (count(id) FOR kind IN ('commit'))", "FILTER (WHERE kind = 'commit')"),
        ("SUMMARIZE changes", "DESCRIBE facts.changes"),
        ("SELECT * FROM (VALUES (1)) AS t(x), LATERAL (SELECT x + 1 AS y) AS u", "QUALIFY row_number()"),
        ("SELECT a.id FROM changes a ASOF JOIN changes b ON a.id = b.id", "QUALIFY row_number()"),
        ("SELECT INTERVAL '1 day' * 3", "INTERVAL '3 days'"),
        ("SELECT 1 WHERE 'a' LIKE ANY ('a%', 'b%')", "regexp_like(title"),
        ("SELECT strpos('a', 'a'), strpos('a', 'a')", "a name of its own by AS"),
        ("SELECT generate_series(1, 3)", "it stands in FROM"),
        ("SELECT age(now(), now())", "date_diff('day', began_at, ended_at)"),
        ("SELECT len('a')", "length(x) of a text"),
        ("SELECT mode(kind) FROM changes", "ORDER BY n DESC LIMIT 1"),
        ("SELECT quantile(commits, 0.9) FROM changes", "quantile_cont(x, 0.9)"),
        ("SELECT last_day(now())", "INTERVAL '1 month' - INTERVAL '1 day'"),
        ("SELECT time_bucket(INTERVAL '1 week', now())", "date_trunc('week', at)"),
        ("SELECT regexp_replace('a', 'a', 'b')", "replace(x, 'a', 'b')"),
        ("SELECT json_extract('{}', '$.a')", "columns in core"),
        ("SELECT date_diff('fortnight', now(), now())", "`fortnight` is no unit"),
        ("SELECT date_diff(now(), now())", "date_diff takes a unit"),
        ("SELECT count(*) FROM changes WHERE kind = \"commit\"", "a text stands in single ones: 'commit'"),
        ("SELECT commits * 2 AS twice FROM changes WHERE twice > 2", "name it in a WITH before"),
    ] {
        let why = refusal(&session, statement).await;
        assert!(why.contains(instead), "{statement}: {why}");
    }
    // No name is guessed where it is said what to write.
    match session.collect("SELECT age(now(), now())").await {
        Err(Error::Mistake(mistake)) => assert_eq!((mistake.at, mistake.suggestion), (Some((1, 8)), None)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_word_of_others_stands_for_a_function_that_is_there() {
    let state = functions::register(SessionStateBuilder::new()).build();
    let is_there = |name: &str| {
        state.scalar_functions().contains_key(name)
            || state.aggregate_functions().contains_key(name)
            || state.window_functions().contains_key(name)
    };
    for (theirs, ours) in habits::RENAMED {
        assert!(!is_there(theirs) && is_there(ours), "{theirs} for {ours}");
    }
    let parts = habits::PARTS.iter().map(|(name, _)| *name);
    for name in parts.chain(instead::FUNCTIONS.iter().map(|(name, _)| *name)) {
        assert!(!is_there(name), "{name}");
    }
}

#[tokio::test]
async fn a_metric_of_a_tenants_own_is_read_as_a_question_is() {
    let session = session();
    let columns = session.columns_of_own("SELECT year(merged_at) AS y FROM facts.changes ORDER BY ALL").await.unwrap();
    assert_eq!(columns.field(0).name(), "y");
}
