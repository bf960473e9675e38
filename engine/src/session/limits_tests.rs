//! Limits of time, memory, rows, bytes and places.

use super::bounded::Bounded;
use super::tests::{floats, refusal, session_with, tables};
use super::watch::Watch;
use super::*;
use crate::entities::FACTS;
use crate::row;
use arrow::array::{ArrayRef, AsArray as _, Int64Array, ListArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::execution::TaskContext;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{GreedyMemoryPool, MemoryConsumer, MemoryPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use futures::StreamExt as _;
use parking_lot::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// A stream with the limits of a session around it.
fn bounded_by(inner: SendableRecordBatchStream, deadline: Instant, limits: Limits) -> Bounded {
    let [threads, _] = Workers::of_the_process().unwrap().handles();
    Bounded::new(
        inner.schema(),
        move || Ok(inner),
        (&threads, tracing::Span::none()),
        Watch::new(deadline, limits),
        limits,
    )
}

#[tokio::test]
async fn the_row_cap_ends_an_answer_with_a_way_out() {
    let session = session_with(14, Limits { rows: 13, ..Limits::default() });
    assert!(refusal(&session, "SELECT * FROM changes").await.contains("more than 13 rows: add a LIMIT"));
    assert_eq!(session.collect("SELECT * FROM changes LIMIT 13").await.unwrap()[0].num_rows(), 13);
}

#[tokio::test]
async fn the_time_limit_holds_after_the_first_row() {
    let batch = row::batch(FACTS[0], &[]).unwrap();
    let slow = futures::stream::unfold((0, batch.clone()), |(i, batch)| async move {
        tokio::time::sleep(Duration::from_millis(if i == 0 { 1 } else { 60_000 })).await;
        Some((Ok(batch.clone()), (i + 1, batch)))
    });
    let slow: SendableRecordBatchStream = Box::pin(RecordBatchStreamAdapter::new(batch.schema(), slow));
    // No pause of a busy machine keeps the first row until then.
    let deadline = Instant::now() + Duration::from_secs(3);
    let mut bounded = bounded_by(slow, deadline, Limits { seconds: 7, ..Limits::default() });
    assert!(bounded.try_next().await.unwrap().is_some());
    let stopped = error(bounded.try_next().await.unwrap_err());
    assert!(matches!(stopped, Error::TimedOut { seconds: 7 }), "{stopped}");
    assert!(bounded.try_next().await.unwrap().is_none(), "nothing comes after the end");
}

/// A stream that never ends and says when it is dropped.
fn endless(held: Arc<()>) -> SendableRecordBatchStream {
    let batch = row::batch(FACTS[0], &[]).unwrap();
    let rows = futures::stream::repeat_with({
        let batch = batch.clone();
        move || {
            let _ = &held;
            Ok(batch.clone())
        }
    });
    Box::pin(RecordBatchStreamAdapter::new(batch.schema(), rows))
}

async fn is_let_go(held: &Arc<()>) {
    let begun = Instant::now();
    while Arc::strong_count(held) > 1 {
        assert!(begun.elapsed() < Duration::from_secs(20), "the query is still held");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn the_time_limit_ends_a_query_that_nobody_reads() {
    let held = Arc::new(());
    let deadline = Instant::now() + Duration::from_millis(100);
    let limits = Limits { seconds: 7, bytes: usize::MAX, ..Limits::default() };
    let mut unread = bounded_by(endless(Arc::clone(&held)), deadline, limits);
    is_let_go(&held).await;
    // What was made before is still to be had, and then the reason.
    let stopped = loop {
        match unread.try_next().await {
            Ok(batch) => assert!(batch.is_some(), "an answer that was cut off looked whole"),
            Err(stopped) => break error(stopped),
        }
    };
    assert!(matches!(stopped, Error::TimedOut { seconds: 7 }), "{stopped}");
    assert!(unread.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_query_ends_with_its_reader() {
    let held = Arc::new(());
    let deadline = Instant::now() + Duration::from_secs(3_600);
    let mut left = bounded_by(endless(Arc::clone(&held)), deadline, Limits::default());
    assert!(left.try_next().await.unwrap().is_some());
    drop(left);
    is_let_go(&held).await;
}

#[tokio::test]
async fn a_query_that_is_too_slow_is_stopped() {
    let session = session_with(14, Limits { seconds: 0, ..Limits::default() });
    let stopped = session.collect("SELECT * FROM changes").await.unwrap_err();
    assert!(matches!(stopped, Error::TimedOut { seconds: 0 }), "{stopped}");
}

#[tokio::test]
async fn a_query_beyond_its_memory_share_says_so() {
    let session = session_with(200, Limits { memory_bytes: 1_000, ..Limits::default() });
    let why =
        refusal(&session, "SELECT id, count(*), exact_median(commits) FROM changes GROUP BY id ORDER BY id").await;
    assert!(why.contains("more memory than its share"), "{why}");
    assert!(!why.contains("bytes") && !why.contains("commits"), "whose memory it is was told: {why}");
}

#[tokio::test]
async fn the_values_of_a_percentile_count_against_the_share() {
    let session = session_with(14, Limits { memory_bytes: 2 << 20, ..Limits::default() });
    // A million values of eight bytes, in one group, in three, and in a frame.
    for (value, rest) in [
        ("exact_median(value)", "FROM generate_series(1, 1000000)"),
        ("exact_median(value)", "FROM generate_series(1, 1000000) GROUP BY value % 3"),
    ] {
        let why = refusal(&session, &format!("SELECT {value} {rest}")).await;
        assert!(why.contains("more memory than its share"), "{why}");
        session.collect(&format!("SELECT max(value) {rest}")).await.unwrap();
    }
}

#[tokio::test]
async fn memory_that_others_use_is_told_as_such_and_not_whose_it_is() {
    let pool: Arc<dyn MemoryPool> =
        Arc::new(TrackConsumersPool::new(GreedyMemoryPool::new(4 << 20), std::num::NonZeroUsize::MIN));
    let env = Arc::new(RuntimeEnvBuilder::new().with_memory_pool(Arc::clone(&pool)).build().unwrap());
    let session = Session::build(tables(&[]), env, Limits::default(), &Policy::everything()).unwrap();
    let text = "SELECT exact_median(value) FROM generate_series(1, 200000)";
    let other = MemoryConsumer::new("sum(umbrella.salary)").register(&pool);
    other.try_grow((4 << 20) - 1).unwrap();
    let refused = session.collect(text).await.unwrap_err();
    assert!(matches!(refused, Error::Busy(_)), "{refused:?}");
    let told = refused.to_string();
    assert!(told.contains("in use by others: try again in a moment") && !told.contains("salary"), "{told}");
    drop(other);
    session.collect(text).await.unwrap();
}

#[tokio::test]
async fn a_sort_beyond_its_share_spills_to_disk() {
    let session = session_with(14, Limits { memory_bytes: 4 << 20, ..Limits::default() });
    // 400,000 rows of 24 bytes are 9.6 MB before any copy.
    let text = "SELECT CAST(max(n) AS DOUBLE) FROM (SELECT row_number() OVER (ORDER BY value * 7919 % 400009) AS n, value, value + 1 AS next \
                FROM generate_series(1, 400000)) WHERE next > value";
    assert_eq!(floats(&session, text).await, [Some(400_000.0)]);
    let disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
    let env = RuntimeEnvBuilder::new().with_disk_manager_builder(disk).build().unwrap();
    let limits = Limits { memory_bytes: 4 << 20, ..Limits::default() };
    let diskless = Session::build(tables(&[]), Arc::new(env), limits, &Policy::everything()).unwrap();
    assert!(refusal(&diskless, text).await.contains("more memory than its share"));
}

/// Waits until a session with one place has it back, and fails when that takes longer than work that was stopped.
async fn place_is_free(session: &Session) {
    let begun = Instant::now();
    drop(session.workers.place().await.unwrap());
    assert!(begun.elapsed() < Duration::from_secs(10), "the query went on for {:?}", begun.elapsed());
}

fn session_with_one_place(limits: Limits) -> Session {
    with_one_place(session_with(14, limits))
}

/// The session with a single place, which each of its queries takes.
fn with_one_place(session: Session) -> Session {
    Session { workers: Workers::on(session.workers.handles(), 1), ..session }
}

#[tokio::test]
async fn a_join_of_high_fan_out_ends_at_the_deadline_and_leaves_nothing_running() {
    let session = session_with_one_place(Limits { seconds: 1, ..Limits::default() });
    // Twenty thousand million pairs.
    let text = "SELECT count(*) FROM generate_series(1, 200000) AS a(x) JOIN generate_series(1, 200000) AS b(y) ON x % 2 = y % 2";
    let stopped = session.collect(text).await.unwrap_err();
    assert!(matches!(stopped, Error::TimedOut { seconds: 1 }), "{stopped}");
    place_is_free(&session).await;
}

#[tokio::test]
async fn a_join_whose_condition_drops_nearly_every_pair_ends_within_its_step() {
    // For each batch of 8,192 rows four thousand million pairs, none of which is left.
    let pairs = "FROM generate_series(1, 1000000) AS a(x) JOIN generate_series(1, 1000000) AS b(y) ON x % 2 = y % 2 AND x + y < 0";
    for joined in [
        format!("SELECT count(*) {pairs}"),
        "SELECT count(*) FROM generate_series(1, 1000000) AS a(x) WHERE EXISTS \
         (SELECT 1 FROM generate_series(1, 1000000) AS b(y) WHERE x % 2 = y % 2 AND x + y < 0)"
            .to_owned(),
    ] {
        let session = session_with_one_place(Limits { seconds: 3_600, ..Limits::default() });
        let answer = session.sql(&joined).await.unwrap();
        // By then both sides are read, and pairs are being looked at.
        tokio::time::sleep(Duration::from_secs(2)).await;
        drop(answer);
        place_is_free(&session).await;
        // The same at the deadline.
        let session = session_with_one_place(Limits { seconds: 2, ..Limits::default() });
        let stopped = session.collect(&joined).await.unwrap_err();
        assert!(matches!(stopped, Error::TimedOut { seconds: 2 }), "{stopped}");
        place_is_free(&session).await;
    }
}

#[tokio::test]
async fn a_window_that_looks_for_what_is_not_null_ends_within_its_step() {
    // For each of a million rows all of those before or after it are looked at, and none of them has a value.
    for call in [
        "lead(nullif(x, x), 1) IGNORE NULLS OVER (ORDER BY x)",
        "last_value(nullif(x, x)) IGNORE NULLS OVER (ORDER BY x)",
        "first_value(nullif(x, x)) IGNORE NULLS OVER (ORDER BY x ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)",
        "nth_value(nullif(x, x), 3) IGNORE NULLS OVER (ORDER BY x)",
    ] {
        let asked = format!("SELECT max(m) FROM (SELECT {call} AS m FROM generate_series(1, 1000000) AS a(x)) AS t");
        let session = session_with_one_place(Limits { seconds: 3_600, ..Limits::default() });
        let answer = session.sql(&asked).await.unwrap();
        tokio::time::sleep(Duration::from_secs(2)).await;
        drop(answer);
        place_is_free(&session).await;
        // The same at the deadline.
        let session = session_with_one_place(Limits { seconds: 2, ..Limits::default() });
        let stopped = session.collect(&asked).await.unwrap_err();
        assert!(matches!(stopped, Error::TimedOut { seconds: 2 }), "{call}: {stopped}");
        place_is_free(&session).await;
    }
}

#[tokio::test]
async fn a_window_whose_frames_are_whole_with_the_last_row_ends_within_its_step() {
    // Each of a million rows asks four sketches of sixteen thousand registers.
    let frame = "OVER (ORDER BY x RANGE BETWEEN UNBOUNDED PRECEDING AND 1000000 FOLLOWING)";
    let calls: Vec<String> = (0..4).map(|n| format!("approx_distinct(x + {n}) {frame}")).collect();
    let asked =
        format!("SELECT max(m) FROM (SELECT {} AS m FROM generate_series(1, 1000000) AS a(x)) AS t", calls.join(" + "));
    let session = session_with_one_place(Limits { seconds: 3_600, ..Limits::default() });
    let answer = session.sql(&asked).await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    drop(answer);
    place_is_free(&session).await;
    // The same at the deadline.
    let session = session_with_one_place(Limits { seconds: 2, ..Limits::default() });
    let stopped = session.collect(&asked).await.unwrap_err();
    assert!(matches!(stopped, Error::TimedOut { seconds: 2 }), "{stopped}");
    place_is_free(&session).await;
}

#[tokio::test]
async fn a_long_value_that_a_window_repeats_has_a_bound() {
    let session = session_with(14, Limits::default());
    // A text of a hundred thousand letters, beside twenty thousand of one.
    let rows = "(SELECT 0 AS x, string_agg(CAST(value AS TEXT), ',') AS t FROM generate_series(1, 20000) \
        UNION ALL SELECT value AS x, 'a' AS t FROM generate_series(1, 20000)) AS u";
    for (call, is_long) in [
        ("first_value(t) OVER (ORDER BY x)", true),
        ("min(t) OVER ()", true),
        ("min(t) OVER (ORDER BY x)", true),
        ("max(t) OVER ()", false),
        ("min(left(t, 100)) OVER (ORDER BY x)", false),
        ("lag(t) OVER (ORDER BY x)", false),
        // Slices of one list count for their own values.
        ("lag(make_array(t, 'b')) OVER (ORDER BY x)", false),
    ] {
        let asked = format!("SELECT count(m) FROM (SELECT {call} AS m FROM {rows}) AS w");
        if is_long {
            let why = refusal(&session, &asked).await;
            assert!(why.contains("a window repeats a long value") && why.contains("256 MiB"), "{call}: {why}");
        } else {
            session.collect(&asked).await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_windows_give_is_what_it_is_whether_they_are_watched_or_not() {
    let text = "SELECT last_value(y) IGNORE NULLS OVER (ORDER BY x) AS before, \
        first_value(y) IGNORE NULLS OVER (ORDER BY x ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS after, \
        lag(y) OVER (ORDER BY x) AS last, sum(y) OVER (ORDER BY x) AS sum, \
        count(*) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS near, \
        sum(x) FILTER (WHERE x > 2) OVER (ORDER BY x ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS rest, \
        sum(x) OVER (ORDER BY x RANGE BETWEEN 7 FOLLOWING AND 8 FOLLOWING) AS beyond, \
        CAST(rank() OVER (ORDER BY x % 2) AS BIGINT) AS rank, CAST(ntile(2) OVER (ORDER BY x) AS BIGINT) AS half \
        FROM (VALUES (1, NULL), (2, 20), (3, NULL), (4, NULL), (5, 50)) AS t(x, y) ORDER BY x";
    let rows = session_with(1, Limits::default()).collect(text).await.unwrap();
    let rows = arrow::compute::concat_batches(&rows[0].schema(), &rows).unwrap();
    let column = |name: &str| -> Vec<Option<i64>> {
        rows.column_by_name(name).unwrap().as_primitive::<Int64Type>().iter().collect()
    };
    assert_eq!(column("before"), [None, Some(20), Some(20), Some(20), Some(50)]);
    assert_eq!(column("after"), [Some(20), Some(20), Some(50), Some(50), Some(50)]);
    assert_eq!(column("last"), [None, None, Some(20), None, None]);
    assert_eq!(column("sum"), [None, Some(20), Some(20), Some(20), Some(70)]);
    assert_eq!(column("near"), [2, 3, 3, 3, 2].map(Some));
    assert_eq!(column("rest"), [12, 12, 12, 9, 5].map(Some));
    assert_eq!(column("beyond"), [None; 5]);
    assert_eq!(column("rank"), [3, 1, 3, 1, 3].map(Some));
    assert_eq!(column("half"), [1, 1, 1, 2, 2].map(Some));
}

#[tokio::test]
async fn a_percentile_of_many_rows_ends_at_the_deadline_and_leaves_nothing_running() {
    let session = session_with_one_place(Limits { seconds: 1, memory_bytes: 8 << 30, ..Limits::default() });
    // A thousand million values.
    let text = "SELECT exact_median(x * 7919 % 1000003) FROM generate_series(1, 1000000) AS a(x) CROSS JOIN generate_series(1, 1000) AS b(y)";
    let stopped = session.collect(text).await.unwrap_err();
    assert!(matches!(stopped, Error::TimedOut { seconds: 1 }), "{stopped}");
    place_is_free(&session).await;
}

#[tokio::test]
async fn a_query_that_nobody_wants_any_more_leaves_nothing_running_whatever_it_does() {
    let rows = "FROM generate_series(1, 1000000) AS a(x) CROSS JOIN generate_series(1, 1000) AS b(y)";
    for asked in [
        "SELECT count(*) FROM generate_series(1, 200000) AS a(x) JOIN generate_series(1, 200000) AS b(y) ON x % 2 = y % 2".to_owned(),
        format!("SELECT exact_median(x * 7919 % 1000003) {rows}"),
        format!("SELECT max(n) FROM (SELECT row_number() OVER (ORDER BY x * 7919 % 1000003) AS n {rows})"),
        format!("SELECT count(DISTINCT concat(x, '/', y)) {rows}"),
    ] {
        let session = session_with_one_place(Limits { seconds: 3_600, ..Limits::default() });
        let answer = session.sql(&asked).await.unwrap();
        let begun = Instant::now();
        while session.memory.peak_bytes() == 0 {
            assert!(begun.elapsed() < Duration::from_secs(60), "it holds nothing to compute with: {asked}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        drop(answer);
        place_is_free(&session).await;
    }
}

/// A table of two partitions, each of which holds its thread for so long before it gives anything.
#[derive(Debug)]
struct Unresting(SchemaRef, Duration);

impl PartitionStream for Unresting {
    fn schema(&self) -> &SchemaRef {
        &self.0
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (schema, long) = (Arc::clone(&self.0), self.1);
        let empty = RecordBatch::new_empty(Arc::clone(&schema));
        let rows = futures::stream::once(async move {
            std::thread::sleep(long);
            Ok(empty)
        });
        Box::pin(RecordBatchStreamAdapter::new(schema, rows))
    }
}

#[test]
fn the_time_limit_is_told_in_time_whatever_the_query_does_and_its_place_stays_taken() {
    let threads = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (asking, answering) = (threads(), threads());
    let long = Duration::from_secs(4);
    let schema = FACTS[0].schema();
    let partition = |long| Arc::new(Unresting(Arc::clone(&schema), long)) as Arc<dyn PartitionStream>;
    // One thread is left to end whatever can be ended.
    let partitions = vec![partition(long), partition(Duration::ZERO)];
    let table = StreamingTable::try_new(Arc::clone(&schema), partitions).unwrap();
    let env = Arc::new(RuntimeEnvBuilder::new().build().unwrap());
    let limits = Limits { seconds: 1, ..Limits::default() };
    let session =
        Session::build(vec![("core", "slow".into(), Arc::new(table))], env, limits, &Policy::everything()).unwrap();
    let session = Session { workers: Workers::on([(); 2].map(|()| answering.handle().clone()), 1), ..session };
    asking.block_on(async {
        // The second is run in tasks of an aggregate's exchange.
        for text in ["SELECT * FROM core.slow", "SELECT count(*) FROM core.slow GROUP BY id"] {
            let begun = Instant::now();
            let mut held = session.sql(text).await.unwrap();
            let stopped = loop {
                match held.try_next().await {
                    Ok(batch) => assert!(batch.is_some(), "{text} was answered"),
                    Err(stopped) => break error(stopped),
                }
            };
            assert!(matches!(stopped, Error::TimedOut { seconds: 1 }), "{stopped}");
            assert!(begun.elapsed() < long, "told after {:?}", begun.elapsed());
            assert!(held.try_next().await.unwrap().is_none(), "nothing comes after the end");
            drop(held);
            drop(session.workers.place().await.unwrap());
            assert!(begun.elapsed() >= long, "{text}: the place was free while the query still ran");
        }
    });
}

/// A table of so many batches of a row each, which takes a while for each of them and notes on which thread.
#[derive(Debug)]
struct Slow(SchemaRef, usize, Arc<Mutex<Vec<String>>>);

impl PartitionStream for Slow {
    fn schema(&self) -> &SchemaRef {
        &self.0
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (schema, noted) = (Arc::clone(&self.0), Arc::clone(&self.2));
        let rows = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(Int64Array::from(vec![1]))]).unwrap();
        let batches = futures::stream::iter(0..self.1).then(move |_| {
            let (rows, noted) = (rows.clone(), Arc::clone(&noted));
            async move {
                tokio::time::sleep(Duration::from_millis(10)).await;
                noted.lock().push(std::thread::current().name().unwrap_or_default().to_owned());
                Ok(rows)
            }
        });
        Box::pin(RecordBatchStreamAdapter::new(schema, batches))
    }
}

#[tokio::test]
async fn a_query_that_runs_for_long_goes_on_behind_the_others_and_loses_no_row() {
    let schema: SchemaRef = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]));
    let (noted, mut began_in_front) = (Arc::new(Mutex::new(Vec::<String>::new())), false);
    for text in [
        "SELECT * FROM core.slow",
        "SELECT n, count(*) FROM core.slow GROUP BY n",
        "SELECT n FROM core.slow ORDER BY n",
    ] {
        noted.lock().clear();
        let partitions =
            (0..2).map(|_| Arc::new(Slow(Arc::clone(&schema), 60, Arc::clone(&noted))) as Arc<dyn PartitionStream>);
        let table = StreamingTable::try_new(Arc::clone(&schema), partitions.collect()).unwrap();
        let env = Arc::new(RuntimeEnvBuilder::new().build().unwrap());
        let tables = vec![("core", "slow".into(), Arc::new(table) as _)];
        let session = Session::build(tables, env, Limits::default(), &Policy::everything()).unwrap();
        let answer = session.collect(text).await.unwrap();
        let rows: i64 = answer
            .iter()
            .map(|batch| match batch.num_columns() {
                2 => batch.column(1).as_primitive::<Int64Type>().value(0),
                _ => batch.num_rows() as i64,
            })
            .sum();
        assert_eq!(rows, 120, "{text}");
        let on = noted.lock();
        // The last is asked for after 600 ms, whatever the machine does; the first may be late where one is planned slowly.
        assert_eq!(on.last().map(String::as_str), Some("pulse-behind"), "{text}");
        began_in_front |= on.first().is_some_and(|name| name == "pulse-query");
    }
    assert!(began_in_front);
}

#[tokio::test]
async fn a_query_waits_for_its_place_and_says_so_when_there_is_none() {
    let session = session_with_one_place(Limits { seconds: 1, ..Limits::default() });
    let taken = session.workers.place().await.unwrap();
    let refused = session.collect("SELECT 1").await.unwrap_err();
    assert!(matches!(&refused, Error::Busy(why) if why.contains("try again in a moment")), "{refused}");
    let patient = Session { limits: Limits::default(), ..session };
    let (answered, ()) = futures::join!(patient.collect("SELECT 1"), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        drop(taken);
    });
    assert_eq!(answered.unwrap()[0].num_rows(), 1);
}

#[tokio::test]
async fn the_byte_cap_ends_an_answer_with_a_way_out() {
    let session = session_with(14, Limits { bytes: 100_000, ..Limits::default() });
    // Eight bytes a value.
    let why = refusal(&session, "SELECT value FROM generate_series(1, 20000)").await;
    assert!(why.contains("more than 100000 bytes: select fewer columns"), "{why}");
    session.collect("SELECT value FROM generate_series(1, 10000)").await.unwrap();
}

#[tokio::test]
async fn slices_of_one_list_count_for_their_own_values() {
    let list = ListArray::from_iter_primitive::<Int64Type, _, _>((0..1_000).map(|i| Some(vec![Some(i); 10])));
    let batch = RecordBatch::try_from_iter([("list", Arc::new(list) as ArrayRef)]).unwrap();
    let schema = batch.schema();
    let slices = futures::stream::iter((0..100).map(move |i| Ok(batch.slice(i * 10, 10))));
    let slices = Box::pin(RecordBatchStreamAdapter::new(schema, slices));
    // Eight bytes a value and four a list: 84,000, and validity.
    let limits = Limits { bytes: 90_000, ..Limits::default() };
    let bounded = bounded_by(slices, Instant::now() + Duration::from_secs(60), limits);
    let batches: Vec<_> = bounded.try_collect().await.unwrap();
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 1_000);
}

#[tokio::test]
async fn what_is_made_while_its_reader_is_busy_comes_in_fewer_batches_and_whole() {
    let batch = |n: i64| RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from(vec![n])) as ArrayRef)]).unwrap();
    let schema = batch(0).schema();
    let single = futures::stream::iter((0..20_000).map(move |n| Ok(batch(n))));
    let single = Box::pin(RecordBatchStreamAdapter::new(schema, single));
    let mut bounded = bounded_by(single, Instant::now() + Duration::from_secs(60), Limits::default());
    let (mut next, mut batches) = (0, 0);
    while let Some(batch) = bounded.try_next().await.unwrap() {
        for value in batch.column(0).as_primitive::<Int64Type>().values() {
            assert_eq!(*value, next);
            next += 1;
        }
        batches += 1;
        if batches < 10 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    assert_eq!(next, 20_000);
    // Those that wait are 1,024 at most: two are on their way, and each of the next few has many.
    assert!(batches < 15_000, "{batches} batches");
}

#[tokio::test]
async fn what_came_before_a_row_that_cannot_be_computed_is_given_before_it_is_told() {
    let batch = |n: i64| RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from(vec![n])) as ArrayRef)]).unwrap();
    let schema = batch(0).schema();
    let failing = (0..100).map(move |n| if n < 99 { Ok(batch(n)) } else { Err(DataFusionError::Plan("a row".into())) });
    let failing = Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::iter(failing)));
    let mut bounded = bounded_by(failing, Instant::now() + Duration::from_secs(60), Limits::default());
    let mut rows = 0;
    let failed = loop {
        match bounded.try_next().await {
            Ok(batch) => rows += batch.expect("an answer that broke looked whole").num_rows(),
            Err(failed) => break failed,
        }
    };
    assert_eq!(rows, 99);
    assert!(failed.to_string().contains("a row"), "{failed}");
}
