//! What a session answers and refuses.

use super::*;
use crate::entities::{CORE, FACTS};
use crate::row::{self, Row};
use arrow::array::AsArray as _;
use arrow::datatypes::{Float64Type, Int64Type};
use arrow::util::pretty::pretty_format_batches;
use datafusion::catalog::MemTable;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use proptest::prelude::*;

pub(super) fn tables(changes: &[Row]) -> Vec<Named> {
    let mut tables: Vec<Named> = Vec::new();
    for entity in CORE.iter().chain(FACTS) {
        let rows = if entity.path() == "facts/changes" { changes } else { &[] };
        let batch = row::batch(entity, rows).unwrap();
        let table = MemTable::try_new(entity.schema(), vec![vec![batch]]).unwrap();
        tables.push((entity.layer.name(), entity.name.to_owned(), Arc::new(table)));
    }
    tables
}

fn changes(n: i64) -> Vec<Row> {
    let entity = FACTS.iter().find(|e| e.name == "changes").unwrap();
    let rows = 0..n;
    rows.map(|i| {
        Row::new(entity)
            .set("id", format!("c{i:04}"))
            .set("kind", "commit")
            .set("repository_id", format!("r{}", i % 3))
            .set("commits", i)
            .set("lead_seconds", i as f64)
    })
    .collect()
}

pub(super) fn session_with(rows: i64, limits: Limits) -> Session {
    let env = Arc::new(RuntimeEnvBuilder::new().build().unwrap());
    Session::build(tables(&changes(rows)), env, limits, &Policy::everything()).unwrap()
}

pub(super) fn session() -> Session {
    session_with(14, Limits::default())
}

pub(super) async fn refusal(session: &Session, text: &str) -> String {
    match session.collect(text).await {
        Ok(batches) => panic!("`{text}` was answered:\n{}", pretty_format_batches(&batches).unwrap()),
        Err(Error::Question(why)) => why,
        Err(Error::Mistake(mistake)) => mistake.why,
        Err(other) => panic!("`{text}` failed otherwise: {other}"),
    }
}

pub(super) async fn shown(session: &Session, text: &str) -> String {
    pretty_format_batches(&session.collect(text).await.unwrap()).unwrap().to_string()
}

pub(super) async fn floats(session: &Session, text: &str) -> Vec<Option<f64>> {
    let batches = session.collect(text).await.unwrap();
    batches.iter().flat_map(|b| b.column(0).as_primitive::<Float64Type>().iter().collect::<Vec<_>>()).collect()
}

#[tokio::test]
async fn a_bare_name_is_a_fact_and_every_layer_is_there() {
    let session = session();
    assert_eq!(session.collect("SELECT * FROM changes").await.unwrap()[0].num_rows(), 14);
    for text in [
        "SELECT count(*) FROM core.commits",
        "SELECT * FROM pulse.facts.deployments",
        "WITH a AS (VALUES (1), (2)) SELECT * FROM a",
        "VALUES (1)",
        "EXPLAIN SELECT * FROM changes",
        "DESCRIBE facts.changes",
        "SHOW COLUMNS FROM changes",
        "SELECT * FROM dora.change_lead_time",
        "SELECT * FROM generate_series(1, 10)",
    ] {
        session.collect(text).await.unwrap_or_else(|e| panic!("{text}: {e}"));
    }
}

#[tokio::test]
async fn everything_but_reading_is_refused() {
    let session = session();
    for text in [
        "CREATE TABLE x AS SELECT 1",
        "CREATE VIEW x AS SELECT 1",
        "CREATE SCHEMA x",
        "DROP TABLE changes",
        "INSERT INTO changes SELECT * FROM changes",
        "UPDATE changes SET title = ''",
        "DELETE FROM changes",
        "SELECT 1 INTO x",
        "COPY changes TO '/tmp/x.parquet'",
        "CREATE EXTERNAL TABLE x STORED AS PARQUET LOCATION '/tmp/x'",
        "SET datafusion.execution.batch_size = 1",
        "RESET datafusion.execution.batch_size",
        "PREPARE x AS SELECT 1",
        "EXECUTE x",
        "BEGIN",
    ] {
        let why = refusal(&session, text).await;
        assert!(why.contains("is refused: a session only reads. Use SELECT"), "{text}: {why}");
    }
    for text in ["SHOW ALL", "SHOW datafusion.execution.batch_size"] {
        assert!(refusal(&session, text).await.contains("settings are not shown"), "{text}");
    }
    for text in
        ["EXPLAIN ANALYZE SELECT 1", "EXPLAIN ANALYZE VERBOSE SELECT * FROM changes", "EXPLAIN (ANALYZE) SELECT 1"]
    {
        assert!(refusal(&session, text).await.contains("EXPLAIN ANALYZE is refused"), "{text}");
    }
    assert!(refusal(&session, "EXPLAIN DROP TABLE changes").await.contains("only reads"));
    assert!(refusal(&session, "SELECT 1; SELECT 2").await.contains("single"));
}

#[tokio::test]
async fn files_settings_and_what_makes_memory_out_of_nothing_are_not_there() {
    let session = session();
    for text in [
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM \"/etc/passwd\"",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM information_schema.df_settings",
        "SELECT * FROM datafusion.public.changes",
        "SELECT * FROM other.facts.changes",
        "SELECT version()",
        "SELECT input_file_name()",
        "SELECT repeat('x', 1000000000)",
        "SELECT array_repeat(1, 1000000000)",
        "SELECT unnest(range(1000000000))",
        "SELECT regexp_replace('aa', 'a', 'bb', 'g')",
        "SELECT array_to_string([1, 2], 'bb')",
        "SELECT array_replace_all([1, 1], 1, 2)",
        "SELECT array_transform([1, 2], x -> [x, x])",
        "SELECT levenshtein('a', 'b')",
        "SELECT approx_percentile_cont(value, 0.5, 100000000000) FROM generate_series(1, 10)",
        "SELECT approx_percentile_cont_with_weight(value, 1, 0.5, 100000000000) FROM generate_series(1, 10)",
    ] {
        refusal(&session, text).await;
    }
    let why = refusal(&session, "SELECT * FROM nothing").await;
    assert!(why.contains("nothing") && why.contains("SHOW TABLES lists the tables"), "{why}");
}

#[tokio::test]
async fn what_need_not_end_is_refused() {
    let session = session();
    let recursive = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT * FROM n";
    assert!(refusal(&session, recursive).await.contains("a recursive WITH is refused"));
    for text in [
        "SELECT * FROM generate_series(1, 100000000)",
        "SELECT count(*) FROM range(0, 9223372036854775807)",
        "SELECT * FROM range(-9223372036854775807, 9223372036854775807, 2)",
        "SELECT * FROM generate_series(TIMESTAMP '1970-01-01', TIMESTAMP '2026-01-01', INTERVAL '1 second')",
    ] {
        assert!(refusal(&session, text).await.contains("at most 1000000 values"), "{text}");
    }
    let days = "SELECT * FROM generate_series(TIMESTAMP '2026-01-01', TIMESTAMP '2026-01-31', INTERVAL '1 day')";
    assert_eq!(session.collect(days).await.unwrap().iter().map(RecordBatch::num_rows).sum::<usize>(), 31);
}

#[tokio::test]
async fn a_join_of_every_row_with_every_row_is_refused_unless_a_side_is_small() {
    let session = session();
    for text in [
        "SELECT count(*) FROM changes a, changes b",
        "SELECT count(*) FROM changes a CROSS JOIN changes b",
        "SELECT count(*) FROM changes a JOIN changes b ON a.deployed_at < b.deployed_at",
        "SELECT count(*) FROM changes a WHERE EXISTS (SELECT 1 FROM changes b WHERE b.deployed_at < a.deployed_at)",
        "EXPLAIN SELECT count(*) FROM changes a, changes b",
    ] {
        assert!(refusal(&session, text).await.contains("a join without an equality"), "{text}");
    }
    for text in [
        "SELECT count(*) FROM changes a, changes b WHERE a.id = b.id",
        "SELECT count(*) FROM changes a CROSS JOIN (VALUES (1), (2)) AS v(x)",
        "SELECT count(*) FROM changes a CROSS JOIN generate_series(1, 100)",
        "SELECT count(*) FROM changes a, (SELECT * FROM changes LIMIT 10) b",
        "SELECT count(*) FROM changes WHERE lead_seconds > (SELECT avg(lead_seconds) FROM changes)",
        "SELECT count(*) FROM changes a WHERE a.id NOT IN (SELECT id FROM changes WHERE commits > 3)",
    ] {
        session.collect(text).await.unwrap_or_else(|e| panic!("{text}: {e}"));
    }
}

#[tokio::test]
async fn information_schema_tells_of_this_session_alone() {
    let session = session();
    let tables = shown(&session, "SHOW TABLES").await;
    assert!(tables.contains("change_lead_time") && tables.contains("| VIEW"), "{tables}");
    assert!(!tables.contains("df_settings") && !tables.contains("datafusion"), "{tables}");
    let columns =
        "SELECT description FROM information_schema.columns WHERE table_name = 'changes' AND column_name = 'sha'";
    assert!(shown(&session, columns).await.contains("its merge commit, or itself"));
    let schemas = shown(&session, "SELECT schema_name FROM information_schema.schemata").await;
    assert!(["core", "dora", "facts"].iter().all(|s| schemas.contains(s)), "{schemas}");
}

#[tokio::test]
async fn what_cannot_be_computed_is_the_askers_own_to_mend() {
    let session = session();
    for (text, reason) in [
        ("SELECT CAST(id AS INT) FROM changes", "the text 'c0000' is no INT"),
        ("SELECT commits / (commits - commits) FROM changes", "a division by zero"),
        ("SELECT 1 / 0", "a division by zero"),
        ("SELECT exact_median(CAST('NaN' AS DOUBLE)) FROM changes", "a percentile of NaN means nothing"),
        ("SELECT repository_id, max(CAST(id AS INT)) FROM changes GROUP BY repository_id", "is no INT"),
        ("SELECT to_timestamp(id) FROM changes", "c0000"),
    ] {
        let why = refusal(&session, text).await;
        assert!(why.contains(reason) && why.contains("Leave such rows out with WHERE"), "{text}: {why}");
    }
}

#[tokio::test]
async fn exact_percentiles_plan_in_every_position() {
    let session = session();
    // 0, 1, …, 13: rank 13 · 0.85 = 11.05
    assert_eq!(floats(&session, "SELECT exact_percentile(commits, 0.85) FROM changes").await, [Some(11.05)]);
    assert_eq!(floats(&session, "SELECT exact_percentile(lead_seconds, 0.85) FROM changes").await, [Some(11.05)]);
    assert_eq!(floats(&session, "SELECT exact_percentile(commits, 1) FROM changes").await, [Some(13.0)]);
    assert_eq!(
        floats(&session, "SELECT exact_median(commits) FILTER (WHERE commits > 10) FROM changes").await,
        [Some(12.0)]
    );
    assert_eq!(floats(&session, "SELECT exact_median(commits) FROM changes WHERE commits > 99").await, [None]);
    assert_eq!(floats(&session, "SELECT exact_median(NULL) FROM changes").await, [None]);
    // r0: 0 3 6 9 12, r1: 1 4 7 10 13, r2: 2 5 8 11
    let grouped = "SELECT exact_median(commits) FROM changes GROUP BY repository_id ORDER BY repository_id";
    assert_eq!(floats(&session, grouped).await, [Some(6.0), Some(7.0), Some(6.5)]);
    let filtered = "SELECT exact_median(commits) FILTER (WHERE commits < 3) FROM changes GROUP BY repository_id ORDER BY repository_id";
    assert_eq!(floats(&session, filtered).await, [Some(0.0), Some(1.0), Some(2.0)]);
    let sliding = "SELECT exact_median(commits) OVER (ORDER BY commits ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM changes ORDER BY commits LIMIT 3";
    assert_eq!(floats(&session, sliding).await, [Some(0.0), Some(0.5), Some(1.5)]);
    let running = "SELECT exact_median(commits) OVER (ORDER BY commits) FROM changes ORDER BY commits LIMIT 3";
    assert_eq!(floats(&session, running).await, [Some(0.0), Some(0.5), Some(1.0)]);
    let distinct = "SELECT exact_median(DISTINCT commits / 7) FROM changes";
    assert_eq!(floats(&session, distinct).await, [Some(0.5)]);
    for text in [
        "SELECT exact_percentile(commits, 1.5) FROM changes",
        "SELECT exact_percentile(commits, commits) FROM changes",
        "SELECT exact_percentile(title, 0.5) FROM changes",
        "SELECT exact_median(commits, 0.5) FROM changes",
    ] {
        refusal(&session, text).await;
    }
    for text in [
        "SELECT percentile_cont(commits, 0.85) FROM changes",
        "SELECT percentile_cont(0.85) WITHIN GROUP (ORDER BY commits) FROM changes",
        "SELECT percentile_cont(0.15) WITHIN GROUP (ORDER BY commits DESC) FROM changes",
    ] {
        assert_eq!(floats(&session, text).await, [Some(11.05)], "{text}");
    }
    assert_eq!(floats(&session, "SELECT median(commits) FROM changes").await, [Some(6.5)]);
    let planned = shown(&session, "EXPLAIN SELECT median(commits), percentile_cont(commits, 0.9) FROM changes").await;
    assert!(planned.contains("exact_percentiles"), "{planned}");
}

#[tokio::test]
async fn percentiles_of_the_same_values_are_gathered_once() {
    let session = session();
    // Of 0, 1, …, 13: 6.5, rank 13 · 0.9 = 11.7; below 3: 1; and from above the lowest tenth is the highest.
    let all = "exact_median(commits) AS a, exact_percentile(commits, 0.9) AS b, \
               percentile_cont(0.1) WITHIN GROUP (ORDER BY commits DESC) AS c, median(commits) AS d, \
               exact_median(commits) FILTER (WHERE commits < 3) AS e, exact_percentile(commits, 1) FILTER (WHERE commits < 3) AS f, \
               exact_median(lead_seconds) AS g, count(*) AS n";
    let figures = format!("SELECT concat_ws(' ', a, b, c, d, e, f, g, n) FROM (SELECT {all} FROM changes)");
    assert!(shown(&session, &figures).await.contains("6.5 11.7 11.7 6.5 1.0 2.0 6.5 14"));
    // r0: 0 3 6 9 12, r1: 1 4 7 10 13, r2: 2 5 8 11
    let grouped = format!(
        "SELECT string_agg(concat_ws(' ', r, a, b, e, f, n), '; ' ORDER BY r) FROM \
         (SELECT repository_id AS r, {all} FROM changes GROUP BY GROUPING SETS ((repository_id), ()))"
    );
    let grouped = shown(&session, &grouped).await;
    for group in ["r0 6.0 10.8 0.0 0.0 5", "r1 7.0 11.8 1.0 1.0 5", "r2 6.5 10.1 2.0 2.0 4", "6.5 11.7 1.0 2.0 14"] {
        assert!(grouped.contains(group), "{group}: {grouped}");
    }
    let none =
        format!("SELECT concat_ws(' ', coalesce(a, -1), b, g, n) FROM (SELECT {all} FROM changes WHERE commits > 99)");
    assert!(shown(&session, &none).await.contains("-1.0 0"));
    let plan = shown(&session, &format!("EXPLAIN SELECT {all} FROM changes")).await;
    assert!(plan.contains("exact_percentiles(") && !plan.contains("SortExec"), "{plan}");
    let refused = refusal(&session, "SELECT exact_percentiles(commits) FROM changes").await;
    assert!(refused.contains("exact_percentiles"), "{refused}");
}

#[tokio::test]
async fn a_long_sliding_frame_is_done_in_time() {
    let session = session_with(14, Limits { seconds: 50, ..Limits::default() });
    let frames = [("20000 PRECEDING AND CURRENT ROW", 50_000.0), ("1 PRECEDING AND UNBOUNDED FOLLOWING", 60_000.0)];
    for ((frame, expected), name) in frames.into_iter().zip(["exact_median", "median"]) {
        let text = format!(
            "SELECT round(max(m)) FROM (SELECT {name}(value) OVER (ORDER BY value ROWS BETWEEN {frame}) AS m FROM generate_series(1, 60000))"
        );
        assert_eq!(floats(&session, &text).await, [Some(expected)], "{text}");
    }
}

#[tokio::test]
async fn first_above_says_where_a_number_falls() {
    let session = session();
    let text = "SELECT string_agg(coalesce(CAST(first_above(x, [100, 1, 10]) AS TEXT), '-'), ' ' ORDER BY x) AS cuts \
        FROM (VALUES (-5), (0), (1), (9), (10), (100), (NULL)) AS t (x)";
    assert!(shown(&session, text).await.contains("1 1 10 10 100 - -"), "{}", shown(&session, text).await);
    assert!(refusal(&session, "SELECT first_above(1, 'x')").await.contains("whole number"));
    assert!(refusal(&session, "SELECT first_above(x, [x, 2]) FROM (VALUES (1)) AS t (x)").await.contains("constant"));
}

#[tokio::test]
async fn period_start_is_the_metrics_own() {
    let session = session();
    let text = "SELECT period_start(TIMESTAMP '2026-03-29T22:30:00', 'week', 'Europe/Berlin')";
    assert!(shown(&session, text).await.contains("2026-03-29T22:00:00Z"));
    assert!(
        refusal(&session, "SELECT period_start(deployed_at, 'week', 'Nowhere') FROM changes").await.contains("Nowhere")
    );
    let why = refusal(&session, "SELECT period_start(deployed_at, NULL, 'UTC') FROM changes").await;
    assert!(why.contains("constants that are not NULL"), "{why}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn grouped_and_sliding_percentiles_are_the_naive_ones(
        values in prop::collection::vec(prop::option::of(-50_i64..50), 1..40), percent in 0_u32..=100, before in 0_usize..6
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let session = session();
            let p = f64::from(percent) / 100.0;
            let rows: Vec<_> = values.iter().enumerate().map(|(i, v)| format!("({i}, {})", v.map_or("CAST(NULL AS BIGINT)".into(), |v| v.to_string()))).collect();
            let rows = format!("(VALUES {}) AS v(i, x)", rows.join(", "));
            let alone = floats(&session, &format!("SELECT exact_percentile(x, {p}) FROM {rows}")).await;
            let grouped = floats(&session, &format!("SELECT exact_percentile(x, {p}) FROM {rows} GROUP BY i < 0")).await;
            assert_eq!(alone, grouped);
            let sliding = floats(&session, &format!(
                "SELECT exact_percentile(x, {p}) OVER (ORDER BY i ROWS BETWEEN {before} PRECEDING AND CURRENT ROW) FROM {rows} ORDER BY i"
            )).await;
            for (i, got) in sliding.iter().enumerate() {
                let mut frame: Vec<_> = values[i.saturating_sub(before)..=i].iter().flatten().copied().collect();
                frame.sort_unstable();
                let naive = (!frame.is_empty()).then(|| {
                    let scaled = (frame.len() as i64 - 1) * i64::from(percent);
                    let (place, rest) = ((scaled / 100) as usize, scaled % 100);
                    let next = frame[(place + 1).min(frame.len() - 1)];
                    (frame[place] * (100 - rest) + next * rest) as f64 / 100.0
                });
                assert_eq!(*got, naive, "row {i}");
            }
        });
    }
}

#[tokio::test]
async fn two_tables_of_one_name_are_refused() {
    let mut twice = tables(&[]);
    twice.extend(tables(&[]));
    let env = Arc::new(RuntimeEnvBuilder::new().build().unwrap());
    assert!(Session::build(twice, env, Limits::default(), &Policy::everything()).is_err());
    let count = session().collect("SELECT count(*) FROM changes").await.unwrap();
    assert_eq!(count[0].column(0).as_primitive::<Int64Type>().value(0), 14);
}

#[tokio::test]
async fn every_column_of_a_table_or_view_says_what_it_means() {
    let silent = "SELECT table_schema, table_name, column_name FROM information_schema.columns WHERE description = ''";
    let told = session().collect(silent).await.unwrap();
    assert_eq!(told.iter().map(RecordBatch::num_rows).sum::<usize>(), 0, "{}", pretty_format_batches(&told).unwrap());
}

#[tokio::test]
async fn a_series_of_times_takes_those_of_the_tables_and_of_periods() {
    let session = session();
    // From Sunday the 8th, 23:00, in UTC.
    let weeks = "SELECT count(*) FROM generate_series(period_start(TIMESTAMP '2026-03-12T12:00:00Z', 'week', 'Europe/Berlin'), \
         TIMESTAMP '2026-03-30T00:00:00Z', INTERVAL '7 days')";
    assert!(shown(&session, weeks).await.contains("| 4 "));
    let one = "SELECT value = TIMESTAMP '2026-03-01T00:00:00Z' AS is_same FROM generate_series(\
         arrow_cast('2026-03-01T00:00:00Z', 'Timestamp(Microsecond, Some(\"UTC\"))'), \
         TIMESTAMP '2026-03-01T12:00:00', INTERVAL '1 day')";
    assert!(shown(&session, one).await.contains("| true "));
}
