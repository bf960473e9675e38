//! What long values and windows take, against the session's share.

use super::tests::{refusal, session_with, tables};
use super::*;
use arrow::array::AsArray as _;
use arrow::datatypes::Int64Type;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;

fn sharing(bytes: usize) -> Session {
    session_with(14, Limits { memory_bytes: bytes, ..Limits::default() })
}

async fn number(session: &Session, text: &str) -> i64 {
    let rows = session.collect(text).await.unwrap_or_else(|error| panic!("{text}: {error}"));
    rows[0].column(0).as_primitive::<Int64Type>().value(0)
}

/// A text of so many thousand characters, gathered.
fn gathered(thousands: usize) -> String {
    format!("(SELECT string_agg('{}', '') AS s FROM generate_series(1, {thousands})) AS t", "a".repeat(1_000))
}

#[tokio::test]
async fn a_gathered_text_that_a_join_repeats_comes_in_batches_that_there_is_room_for() {
    let session = sharing(32 << 20);
    // A hundred rows of a million bytes and more: all of them would be one batch.
    let text = format!("SELECT s || value AS s FROM {}, generate_series(1, 100)", gathered(1_000));
    let mut rows = session.sql(&text).await.unwrap();
    let mut lengths = Vec::new();
    while let Some(batch) = rows.try_next().await.unwrap() {
        assert!(batch.get_array_memory_size() < 9 << 20, "a batch of {} rows", batch.num_rows());
        lengths.extend(batch.column(0).as_string::<i64>().iter().map(|s| s.unwrap().len()));
    }
    lengths.sort_unstable();
    let expected: Vec<usize> = (1..=100).map(|n: usize| 1_000_000 + n.to_string().len()).collect();
    assert_eq!(lengths, expected);
    let lists = "SELECT count(*) FROM (SELECT l, value FROM \
        (SELECT array_agg(value) AS l FROM generate_series(1, 100000)) AS t, generate_series(1, 100)) AS q WHERE array_length(l) > value";
    assert_eq!(number(&session, lists).await, 100);
}

#[tokio::test]
async fn a_figure_is_folded_of_such_rows_too() {
    struct Longest(usize, usize);
    impl Fold for Longest {
        type Made = (usize, usize);
        fn take(&mut self, rows: &RecordBatch) -> std::result::Result<(), DataFusionError> {
            self.0 += rows.num_rows();
            self.1 = self.1.max(rows.get_array_memory_size());
            Ok(())
        }
        fn merge(&mut self, other: Self) -> std::result::Result<(), DataFusionError> {
            (self.0, self.1) = (self.0 + other.0, self.1.max(other.1));
            Ok(())
        }
        fn bytes(&self) -> usize {
            0
        }
        fn made(self) -> (usize, usize) {
            (self.0, self.1)
        }
    }
    let text = format!("SELECT s || value AS s FROM {}, generate_series(1, 100)", gathered(1_000));
    let (rows, bytes) = sharing(32 << 20).fold(&text, || Longest(0, 0)).await.unwrap();
    assert_eq!(rows, 100);
    assert!(bytes < 9 << 20, "a batch of {bytes} bytes");
}

#[tokio::test]
async fn a_row_that_has_no_room_at_all_is_refused_with_a_way_out() {
    let session = sharing(32 << 20);
    let ten = vec!["s"; 10].join(" || ");
    let text = format!("SELECT length({ten} || value) FROM {}, generate_series(1, 100)", gathered(5_000));
    let why = refusal(&session, &text).await;
    assert!(why.contains("cut them by left()"), "{why}");
    // What is not that long is made.
    let text =
        format!("SELECT CAST(max(length({ten} || value)) AS BIGINT) FROM {}, generate_series(1, 9)", gathered(100));
    assert_eq!(number(&session, &text).await, 1_000_001);
}

#[tokio::test]
async fn a_thousand_values_in_each_row_come_in_smaller_batches() {
    let session = sharing(32 << 20);
    let many = vec!["CAST(value AS VARCHAR)"; 900].join(" || ");
    let mut rows = session.sql(&format!("SELECT {many} AS s FROM generate_series(1000000, 1008191)")).await.unwrap();
    let mut count = 0;
    while let Some(batch) = rows.try_next().await.unwrap() {
        count += batch.num_rows();
        assert!(batch.get_array_memory_size() < 9 << 20, "a batch of {} rows", batch.num_rows());
    }
    assert_eq!(count, 8_192);
}

#[tokio::test]
async fn a_join_that_has_no_room_for_a_side_sorts_both_on_the_disk() {
    let limits = Limits { memory_bytes: 32 << 20, ..Limits::default() };
    let disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
    let env = RuntimeEnvBuilder::new().with_disk_manager_builder(disk).build().unwrap();
    let diskless = Session::build(tables(&[]), Arc::new(env), limits, &Policy::everything()).unwrap();
    // Either side has a million texts, of which every third of the first has a match.
    let a = "(SELECT CAST(value AS TEXT) AS x FROM generate_series(1, 1000000)) AS a";
    let b = "(SELECT CAST(value * 3 AS TEXT) AS y FROM generate_series(1, 1000000)) AS b";
    for (text, count) in [
        (format!("SELECT count(*) FROM {a} JOIN {b} ON x = y"), 333_333),
        (format!("SELECT count(*) FROM {a} JOIN {b} ON x = y AND length(x) + length(y) > 10"), 300_000),
        (format!("SELECT count(*) - count(y) FROM {a} LEFT JOIN {b} ON x = y"), 666_667),
        (format!("SELECT count(*) FROM {a} WHERE EXISTS (SELECT 1 FROM {b} WHERE x = y)"), 333_333),
        (format!("SELECT count(*) FROM {a} WHERE NOT EXISTS (SELECT 1 FROM {b} WHERE x = y)"), 666_667),
    ] {
        assert_eq!(number(&sharing(32 << 20), &text).await, count, "{text}");
        assert!(refusal(&diskless, &text).await.contains("more memory than its share"), "{text}");
    }
}

#[tokio::test]
async fn windows_ask_for_the_rows_that_they_hold() {
    let session = sharing(8 << 20);
    let rows = "FROM generate_series(1, 1000000) AS a(x)";
    for held in [
        "sum(x) OVER ()",
        "count(*) OVER (ORDER BY x ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)",
        "lead(x, 700000) OVER (ORDER BY x)",
        "lag(x, 700000) OVER (ORDER BY x)",
        "max(x) OVER (ORDER BY x ROWS BETWEEN 700000 PRECEDING AND CURRENT ROW)",
        "min(x) OVER (ORDER BY x ROWS BETWEEN CURRENT ROW AND 700000 FOLLOWING)",
    ] {
        let why = refusal(&session, &format!("SELECT max(w) FROM (SELECT {held} AS w {rows}) AS t")).await;
        assert!(why.contains("more memory than its share"), "{held}: {why}");
    }
    for (passing, most) in [
        ("lag(x, 3) OVER (ORDER BY x)", 999_997),
        ("lead(x) OVER (ORDER BY x)", 1_000_000),
        ("sum(1) OVER (ORDER BY x)", 1_000_000),
        ("first_value(x) OVER (ORDER BY x)", 1),
        ("max(x) OVER (ORDER BY x ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)", 1_000_000),
    ] {
        assert_eq!(number(&session, &format!("SELECT max(w) FROM (SELECT {passing} AS w {rows}) AS t")).await, most);
    }
}

#[tokio::test]
async fn windows_over_whole_partitions_hold_one_of_them() {
    // Ten partitions of which each has room, and all together do not.
    let rows = "FROM generate_series(0, 999999) AS a(x)";
    let by =
        |size: usize| format!("SELECT max(w) FROM (SELECT count(*) OVER (PARTITION BY x / {size}) AS w {rows}) AS t");
    assert_eq!(number(&sharing(24 << 20), &by(100_000)).await, 100_000);
    let why = refusal(&sharing(24 << 20), &by(1_000_000)).await;
    assert!(why.contains("more memory than its share"), "{why}");
}

#[tokio::test]
async fn what_a_window_gives_of_a_partition_is_what_grouping_by_it_gives() {
    let session = sharing(256 << 20);
    // Partitions that end within a batch, with it, and after several; one alone; NULL among them; and by two keys.
    for key in ["x / 7", "x / 8192", "x / 20000", "x * 0", "nullif(x / 100, 3)", "x / 5000, x % 3", "x"] {
        let text = format!(
            "WITH rows AS (SELECT x, {} AS k FROM generate_series(0, 49999) AS a(x)), \
             windows AS (SELECT k, x, sum(x) OVER (PARTITION BY k) AS s, count(*) OVER (PARTITION BY k) AS n, \
             first_value(x) OVER (PARTITION BY k ORDER BY x DESC ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS last FROM rows), \
             groups AS (SELECT k, sum(x) AS s, count(*) AS n, max(x) AS last FROM rows GROUP BY k) \
             SELECT count(*) FROM windows AS w JOIN groups AS g ON w.k IS NOT DISTINCT FROM g.k \
             WHERE w.s = g.s AND w.n = g.n AND w.last = g.last",
            if key.contains(',') { format!("concat_ws('/', {key})") } else { key.to_owned() }
        );
        assert_eq!(number(&session, &text).await, 50_000, "{key}");
    }
    let two = "SELECT count(*) FROM (SELECT count(*) OVER (PARTITION BY x / 5000, x % 5) AS n FROM generate_series(0, 49999) AS a(x)) AS t WHERE n = 1000";
    assert_eq!(number(&session, two).await, 50_000);
    let none =
        "SELECT count(*) FROM (SELECT count(*) OVER (PARTITION BY x) AS n FROM generate_series(1, 0) AS a(x)) AS t";
    assert_eq!(number(&session, none).await, 0);
}
