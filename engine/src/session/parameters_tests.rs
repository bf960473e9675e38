//! Parameters: values that are planned as values.

use super::tests::session;
use super::*;
use arrow::array::{
    Array as _, ArrayRef, AsArray as _, Float64Array, Int64Array, ListArray, NullArray, StringArray, StructArray,
    TimestampMicrosecondArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Int64Type, TimeUnit};

fn given(values: &[ArrayRef]) -> Parameters {
    let named = values.iter().enumerate().map(|(i, value)| (i.to_string(), Arc::clone(value)));
    Parameters::of_row(&RecordBatch::try_from_iter_with_nullable(named.map(|(n, v)| (n, v, true))).unwrap()).unwrap()
}

fn int(value: i64) -> ArrayRef {
    Arc::new(Int64Array::from(vec![value]))
}

fn text(value: &str) -> ArrayRef {
    Arc::new(StringArray::from(vec![value]))
}

async fn asked(session: &Session, sql: &str, values: &[ArrayRef]) -> Result<Planned> {
    let values = if values.is_empty() { Parameters::default() } else { given(values) };
    session.plan(&Statement::new(sql).with(values), session.deadline()).await
}

async fn rows(sql: &str, values: &[ArrayRef]) -> Vec<RecordBatch> {
    asked(&session(), sql, values).await.unwrap().run().try_collect().await.unwrap()
}

async fn counted(sql: &str, values: &[ArrayRef]) -> i64 {
    rows(sql, values).await[0].column(0).as_primitive::<Int64Type>().value(0)
}

async fn refused(sql: &str, values: &[ArrayRef]) -> String {
    match asked(&session(), sql, values).await {
        Err(Error::Question(why)) => why,
        Err(Error::Mistake(mistake)) => mistake.why,
        Err(other) => panic!("{sql}: {other}"),
        Ok(_) => panic!("{sql} was answered"),
    }
}

/// Of 14 changes, `c0000` to `c0013`, with their numbers as `commits` and repositories `r0`, `r1`, `r2` in turn.
const COUNT: &str = "SELECT count(*) FROM changes WHERE";

#[tokio::test]
async fn values_stand_where_their_numbers_or_marks_do() {
    assert_eq!(counted(&format!("{COUNT} commits >= $1"), &[int(10)]).await, 4);
    assert_eq!(counted(&format!("{COUNT} commits >= ? AND repository_id = ?"), &[int(10), text("r1")]).await, 2);
    assert_eq!(counted(&format!("{COUNT} commits >= $2 AND repository_id = $1"), &[text("r1"), int(10)]).await, 2);
    assert_eq!(counted(&format!("{COUNT} commits BETWEEN $1 AND $1"), &[int(3)]).await, 1);
    assert_eq!(counted(&format!("{COUNT} id LIKE ?"), &[text("%1_")]).await, 4);
    assert_eq!(
        counted(&format!("{COUNT} id IN (SELECT id FROM changes ORDER BY id LIMIT ? OFFSET ?)"), &[int(3), int(1)])
            .await,
        3
    );
    let named = "WITH c AS (SELECT * FROM changes WHERE commits < ?) SELECT count(*) FROM c WHERE commits > ?";
    assert_eq!(counted(named, &[int(9), int(6)]).await, 2);
    // FROM may come first: the marks are numbered as they are written.
    assert_eq!(
        counted("FROM (SELECT commits FROM changes WHERE commits > ?) SELECT max(commits) + ?", &[int(2), int(100)])
            .await,
        113
    );
    assert_eq!(counted("SELECT CAST(? AS BIGINT) + 1", &[text("41")]).await, 42);
    // The type of a value is its own, and is made to fit as a literal's would be.
    assert_eq!(counted(&format!("{COUNT} commits > $1"), &[Arc::new(Float64Array::from(vec![12.5]))]).await, 1);
    assert_eq!(counted(&format!("{COUNT} id = $1"), &[Arc::new(NullArray::new(1))]).await, 0);
}

#[tokio::test]
async fn a_value_is_never_read_as_sql() {
    for value in ["' OR '1'='1", "x'; DROP TABLE changes; --", "$1", "?", "\\", "\u{0}", "''"] {
        let rows = rows("SELECT ? AS given", &[text(value)]).await;
        assert_eq!(rows[0].column(0).as_string::<i32>().value(0), value);
        assert_eq!(counted(&format!("{COUNT} id = ?"), &[text(value)]).await, 0);
    }
    // A mark within a text is text, and within a comment nothing.
    assert_eq!(counted("SELECT count(*) -- ?\nFROM changes WHERE id <> '?' AND commits = ?", &[int(3)]).await, 1);
}

#[tokio::test]
async fn an_instant_is_of_utc_whatever_zone_it_came_with() {
    // 1 March 2026 at one o'clock in a zone two hours ahead is 28 February at 23 in UTC.
    let at = || TimestampMicrosecondArray::from(vec![1_772_319_600_000_000]);
    let day = "SELECT CAST(CAST(? AS DATE) AS TEXT) AS day";
    for zone in ["+02:00", "Africa/Cairo", "-11:00", "UTC"] {
        let zoned: ArrayRef = Arc::new(at().with_timezone(zone));
        let rows = rows(day, &[zoned]).await;
        assert_eq!(rows[0].column(0).as_string::<i32>().value(0), "2026-02-28", "{zone}");
    }
    // One that came without a zone is the clock of UTC, as in a column without one.
    let bare: ArrayRef = Arc::new(at());
    assert_eq!(rows(day, &[bare]).await[0].column(0).as_string::<i32>().value(0), "2026-02-28");
    // So are those within lists and records.
    let zoned: ArrayRef = Arc::new(at().with_timezone("+02:00"));
    let item = Arc::new(Field::new_list_field(zoned.data_type().clone(), true));
    let list: ArrayRef = Arc::new(ListArray::new(item, OffsetBuffer::from_lengths([1]), Arc::clone(&zoned), None));
    let field = Arc::new(Field::new("at", zoned.data_type().clone(), true));
    let record: ArrayRef = Arc::new(StructArray::from(vec![(field, zoned)]));
    let days = rows("SELECT CAST(CAST($1[1] AS DATE) AS TEXT) AS day", &[list]).await;
    assert_eq!(days[0].column(0).as_string::<i32>().value(0), "2026-02-28");
    let records = rows("SELECT ? AS record", &[record]).await;
    let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    assert_eq!(records[0].column(0).as_struct().column(0).data_type(), &time);
}

#[tokio::test]
async fn each_parameter_has_one_value() {
    let why = refused(&format!("{COUNT} commits > ? AND commits < ?"), &[int(1)]).await;
    assert!(why.contains("no value for the parameter `$2`") && why.contains("given for $1 to $1"), "{why}");
    assert!(refused(&format!("{COUNT} commits > $3"), &[int(1)]).await.contains("no value for the parameter `$3`"));
    assert!(refused("SELECT 1", &[int(1)]).await.contains("a value for `$1`, which the statement does not use"));
    let why = refused(&format!("{COUNT} commits > ?"), &[]).await;
    assert!(why.contains("no value for the parameter `$1`") && why.contains("no values were given"), "{why}");
    assert!(refused("SELECT $1, ?", &[int(1)]).await.contains("either all as `?`"));
    assert!(refused("SELECT $name", &[int(1)]).await.contains("no value for the parameter `$name`"));
    for (sql, told) in [
        ("SELECT $name", "`$name` is no parameter"),
        ("SELECT $1001", "beyond the 1000 parameters"),
        ("SELECT $99999999999999999999", "no parameter"),
    ] {
        let why = session().describe(sql).await.unwrap_err().to_string();
        assert!(why.contains(told), "{sql}: {why}");
    }
    let rows = RecordBatch::try_from_iter([("0", Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef)]).unwrap();
    assert!(matches!(Parameters::of_row(&rows), Err(Error::Question(why)) if why.contains("came in 2 rows")));
}

#[tokio::test]
async fn a_large_value_weighs_as_a_large_literal() {
    let large = text(&"x".repeat(300_000));
    assert!(refused("SELECT ? AS x", &[large]).await.contains("values"));
}

#[tokio::test]
async fn what_a_parameter_is_is_told_by_what_it_stands_beside() {
    let described = session()
        .describe(
            "SELECT id, commits + 1 AS next, ? AS own FROM changes WHERE commits > ? AND merged_at < ? AND id = CAST(? AS TEXT) LIMIT ?",
        )
        .await
        .unwrap();
    let kinds: Vec<_> =
        described.parameters.fields().iter().map(|f| (f.name().as_str(), f.data_type().clone())).collect();
    let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    assert_eq!(
        kinds,
        [
            ("$1", DataType::Null),
            ("$2", DataType::Int64),
            ("$3", time),
            ("$4", DataType::Utf8),
            ("$5", DataType::Int64)
        ]
    );
    let rows: Vec<_> = described.rows.fields().iter().map(|f| (f.name().as_str(), f.data_type().clone())).collect();
    assert_eq!(rows, [("id", DataType::Utf8), ("next", DataType::Int64), ("own", DataType::Null)]);
    let plain = session().describe("SELECT id FROM changes").await.unwrap();
    assert_eq!((plain.parameters.fields().len(), plain.rows.fields().len()), (0, 1));
    assert!(session().describe("SELECT nonsense FROM changes WHERE id = ?").await.is_err());
}

#[tokio::test]
async fn what_a_parameter_of_a_function_is_is_told_by_the_function() {
    let session = session();
    let sql = "SELECT period_start(merged_at, ?, ?) AS week, date_diff(?, merged_at, deployed_at) AS n, coalesce(commits, ?) AS c \
               FROM changes ORDER BY period_start(?, 'day', 'UTC')";
    let described = session.describe(sql).await.unwrap();
    let kinds =
        |schema: &SchemaRef| -> Vec<DataType> { schema.fields().iter().map(|f| f.data_type().clone()).collect() };
    let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    assert_eq!(
        kinds(&described.parameters),
        [DataType::Utf8, DataType::Utf8, DataType::Utf8, DataType::Int64, time.clone()]
    );
    assert_eq!(kinds(&described.rows), [time, DataType::Int64, DataType::Int64]);
    let sql = "SELECT count(*) FROM (SELECT period_start(TIMESTAMP '2026-03-29T22:30:00', ?, ?) AS week) \
               WHERE week = TIMESTAMP '2026-03-29T22:00:00Z'";
    assert_eq!(counted(sql, &[text("week"), text("Europe/Berlin")]).await, 1);
}

#[tokio::test]
async fn a_statement_that_no_null_could_be_asked_of_tells_its_columns_all_the_same() {
    let session = session();
    // With no bound to one side, each row of the one would be paired with each of the other.
    let sql = "SELECT a.id, b.commits + 1 AS next FROM (SELECT * FROM changes LIMIT ?) AS a CROSS JOIN changes AS b";
    let null: ArrayRef = Arc::new(Int64Array::from(vec![None::<i64>]));
    assert!(refused(sql, &[null]).await.contains("a join without an equality"));
    let described = session.describe(sql).await.unwrap();
    let columns = |schema: &SchemaRef| -> Vec<_> {
        schema.fields().iter().map(|f| (f.name().clone(), f.data_type().clone())).collect()
    };
    let expected = [("id".to_owned(), DataType::Utf8), ("next".to_owned(), DataType::Int64)];
    assert_eq!(columns(&described.rows), expected);
    assert_eq!(columns(&asked(&session, sql, &[int(2)]).await.unwrap().schema()), expected);
}

#[tokio::test]
async fn the_schema_that_is_told_is_the_one_of_the_rows() {
    let session = session();
    for (sql, values) in [
        ("SELECT *, commits / 2 AS half, [commits] AS list, NULL AS nothing FROM changes", vec![]),
        ("SELECT $1 AS a, $1 + 1 AS b, coalesce(commits, $1) AS c FROM changes", vec![int(1)]),
        (
            "SELECT kind, count(*), max(lead_seconds) FROM changes GROUP BY ROLLUP (kind) HAVING count(*) > ?",
            vec![int(0)],
        ),
        ("SELECT a.id, b.title FROM changes a LEFT JOIN changes b ON a.id = b.kind", vec![]),
        ("EXPLAIN SELECT 1", vec![]),
        ("SHOW TABLES", vec![]),
    ] {
        let told = asked(&session, sql, &values).await.unwrap().schema();
        let rows = asked(&session, sql, &values).await.unwrap().run();
        assert_eq!(told, rows.schema(), "{sql}");
        for batch in rows.try_collect::<Vec<_>>().await.unwrap() {
            assert_eq!(told, batch.schema(), "{sql}");
            assert!(batch.columns().iter().zip(told.fields()).all(|(c, f)| f.is_nullable() || c.null_count() == 0));
        }
    }
}

#[tokio::test]
async fn the_catalogue_lists_what_the_information_schema_does() {
    let session = session();
    let tables = session.relations().await.unwrap();
    let listed = session
        .collect("SELECT table_schema, table_name, table_type FROM information_schema.tables ORDER BY 1, 2")
        .await;
    let mut rows = Vec::new();
    for batch in listed.unwrap() {
        let column = |i: usize| batch.column(i).as_string::<i32>().clone();
        let (schemas, names, kinds) = (column(0), column(1), column(2));
        rows.extend((0..batch.num_rows()).map(|i| Relation {
            schema: schemas.value(i).to_owned(),
            name: names.value(i).to_owned(),
            is_view: kinds.value(i) == "VIEW",
        }));
    }
    assert_eq!(tables, rows);
    assert_eq!(session.schemas(), ["change", "core", "dora", "facts", "flow", "quality", "reliability", "risk"]);
    let columns = session.columns(&tables).await.unwrap();
    for (table, columns) in tables.iter().zip(&columns) {
        let all = format!("SELECT * FROM {}.{}", table.schema, table.name);
        let planned = session.plan(&Statement::new(all), session.deadline()).await.unwrap();
        assert_eq!(columns.fields().len(), planned.schema().fields().len());
        assert!(!table.about().unwrap().is_empty(), "{table:?} is not explained");
    }
    let changes = tables.iter().find(|t| t.schema == "facts" && t.name == "changes").unwrap();
    assert_eq!(changes.about_column("repository_id"), Some("its repository"));
}
