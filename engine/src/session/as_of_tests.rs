//! What is wanted as of a time is the same as of all pairs.

use super::tests::session;
use super::{Session, Statement};
use arrow::array::AsArray as _;
use arrow::datatypes::Int64Type;
use datafusion::physical_plan::displayable;

/// Times of incidents and of deployments, with ties, and where a key or a time is NULL.
const SIDES: &str = "WITH i (id, k, at) AS (VALUES ('a', 'r1', 10), ('b', 'r1', 4), ('c', 'r2', 7), ('d', NULL, 9), ('e', 'r1', NULL), ('f', 'r3', 5)),
     d (k, t) AS (VALUES ('r1', 20), ('r1', 5), ('r1', 10), ('r1', 10), ('r2', 7), ('r2', NULL), (NULL, 1)) ";

/// Whether a statement's plan joins as of a time.
async fn is_as_of(session: &Session, text: &str) -> bool {
    let planned = session.plan(&Statement::new(text), session.deadline()).await;
    let planned = planned.unwrap_or_else(|error| panic!("{text}: {error}"));
    displayable(planned.plan.as_ref()).indent(true).to_string().contains("AsOf: ")
}

/// Names, each with a number.
async fn numbers(session: &Session, text: &str) -> Vec<(String, Option<i64>)> {
    let batches = session.collect(text).await.unwrap_or_else(|error| panic!("{text}: {error}"));
    let rows = batches.iter().flat_map(|batch| {
        let names = batch.column(0).as_string::<i32>().iter().map(|name| name.unwrap_or_default().to_owned());
        names.zip(batch.column(1).as_primitive::<Int64Type>()).collect::<Vec<_>>()
    });
    rows.collect()
}

#[tokio::test]
async fn the_last_time_before_another_and_the_first_after_it_are_found_by_hand() {
    let session = session();
    for (function, op, expected) in [
        ("max", "<=", [Some(10), None, Some(7)]),
        ("max", "<", [Some(5), None, None]),
        ("min", ">=", [Some(10), Some(5), Some(7)]),
        ("min", ">", [Some(20), Some(5), None]),
    ] {
        let all: Vec<(String, Option<i64>)> = ["a", "b", "c", "d", "e", "f"]
            .into_iter()
            .map(str::to_owned)
            .zip(expected.into_iter().chain([None; 3]))
            .collect();
        for (join, is_all) in
            [("i JOIN d", false), ("d JOIN i", false), ("i LEFT JOIN d", true), ("d RIGHT JOIN i", true)]
        {
            let text = format!(
                "{SIDES} SELECT id, {function}(t) AS t FROM {join} ON i.k = d.k AND d.t {op} i.at GROUP BY id ORDER BY id"
            );
            assert!(is_as_of(&session, &text).await, "{text}");
            let mut expected = all.clone();
            expected.retain(|(_, time)| is_all || time.is_some());
            assert_eq!(numbers(&session, &text).await, expected, "{text}");
        }
    }
}

#[tokio::test]
async fn many_rows_of_several_threads_have_what_all_pairs_have() {
    let session = session();
    let sides = "WITH i AS (SELECT value AS id, value * 7919 % 61 AS k, value * 104729 % 1009 AS at FROM generate_series(1, 40000)),
         d AS (SELECT value * 31 % 67 AS k, value * 15485863 % 1013 AS t FROM generate_series(1, 1500)) ";
    for (function, op) in [("max", "<="), ("max", "<"), ("min", ">="), ("min", ">")] {
        for join in ["i JOIN d", "i LEFT JOIN d"] {
            // How many pairs there are keeps the second from being one as of a time.
            let of = |pairs: &str| {
                format!(
                    "{sides} SELECT CAST(id AS TEXT) AS id, {function}(t) AS t{pairs} FROM {join}
                     ON i.k = d.k AND d.t {op} i.at GROUP BY CAST(id AS TEXT) ORDER BY 1"
                )
            };
            let (as_of, pairs) = (of(""), of(", count(*) AS pairs"));
            assert!(is_as_of(&session, &as_of).await && !is_as_of(&session, &pairs).await, "{as_of}");
            let (found, expected) = (numbers(&session, &as_of).await, numbers(&session, &pairs).await);
            assert!(found == expected && found.len() > 20_000, "{as_of}: {} of {}", found.len(), expected.len());
        }
    }
}

#[tokio::test]
async fn what_tells_more_of_the_pairs_than_one_of_them_is_joined_as_ever() {
    let session = session();
    for (told, join, by) in [
        ("max(t)", "i JOIN d ON i.k = d.k AND d.t >= i.at", "id"),
        ("min(t)", "i JOIN d ON i.k = d.k AND d.t <= i.at", "id"),
        ("max(t), count(*)", "i JOIN d ON i.k = d.k AND d.t <= i.at", "id"),
        ("max(t), sum(at)", "i JOIN d ON i.k = d.k AND d.t <= i.at", "id"),
        ("max(t) FILTER (WHERE t > 6)", "i JOIN d ON i.k = d.k AND d.t <= i.at", "id"),
        ("max(t), min(d.k)", "i JOIN d ON i.k = d.k AND d.t <= i.at", "id"),
        ("max(t + 1)", "i JOIN d ON i.k = d.k AND d.t <= i.at", "id"),
        ("max(at)", "i JOIN d ON i.k = d.k AND d.t <= i.at", "id"),
        ("max(t)", "i JOIN d ON i.k = d.k AND d.t <= i.at", "d.k"),
        ("max(t)", "i JOIN d ON i.k = d.k AND d.t <= i.at AND d.t <> 5", "id, d.k"),
        ("max(t)", "i JOIN d ON i.k = d.k AND d.t <= i.at AND d.t + i.at > 9", "id"),
        ("max(t)", "i RIGHT JOIN d ON i.k = d.k AND d.t <= i.at", "id"),
        ("max(t)", "i FULL JOIN d ON i.k = d.k AND d.t <= i.at", "id"),
    ] {
        let text = format!("{SIDES} SELECT {told} FROM {join} GROUP BY {by}");
        assert!(!is_as_of(&session, &text).await, "{text}");
    }
    for (sides, expected) in [
        // What is equal and not alike, and what is no value at all.
        ("WITH i (id, k, at) AS (VALUES ('a', CAST('0' AS DOUBLE), 10)), d (k, t) AS (VALUES (CAST('-0' AS DOUBLE), 5))", Some(5)),
        ("WITH i (id, k, at) AS (VALUES ('a', NULL, 10)), d (k, t) AS (VALUES (NULL, 5))", None),
        // More rows than the series have.
        (
            "WITH i (id, k, at) AS (VALUES ('a', 1, 10)),
             d AS (SELECT a.value % 7 AS k, b.value AS t FROM generate_series(1, 100) AS a CROSS JOIN generate_series(1, 99) AS b)",
            Some(10),
        ),
    ] {
        let text = format!("{sides} SELECT id, max(t) AS t FROM i JOIN d ON i.k = d.k AND d.t <= i.at GROUP BY id");
        assert!(!is_as_of(&session, &text).await, "{text}");
        let expected: Vec<_> = expected.into_iter().map(|time| ("a".to_owned(), Some(time))).collect();
        assert_eq!(numbers(&session, &text).await, expected, "{text}");
    }
    // What is of the row itself, and is no count, is as it was.
    let text = format!(
        "{SIDES} SELECT min(id) AS id, max(t) AS t FROM i JOIN d ON i.k = d.k AND d.t <= i.at AND d.t <> 10
         GROUP BY upper(i.k) ORDER BY 1"
    );
    assert!(is_as_of(&session, &text).await, "{text}");
    assert_eq!(numbers(&session, &text).await, [("a".to_owned(), Some(5)), ("c".to_owned(), Some(7))]);
}
