//! Fifty questions over the golden lake, each with one answer in one order: what they give has to be the same by every door.
//!
//! Between them they give every type that an answer may have: whole numbers and fractions of every size, decimals, texts, days, instants
//! with their zone, spans, lists, records, maps and NULLs of each.

use arrow::array::{
    Array as _, ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, ListArray, NullArray, StringArray,
    TimestampMicrosecondArray, UInt64Array,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::Field;
use serde_json::{Value, json};
use std::sync::Arc;

/// The questions.
pub(crate) const QUESTIONS: [&str; 50] = [
    // Rows of tables, as they are.
    "SELECT id, sha, parents, authored_at, committed_at, title FROM core.commits ORDER BY id",
    "SELECT * FROM core.deployments ORDER BY id",
    "SELECT * FROM core.incidents ORDER BY id",
    "SELECT * FROM core.repositories ORDER BY id",
    "SELECT * FROM facts.changes ORDER BY id",
    "SELECT * FROM facts.deployments ORDER BY id",
    "SELECT * FROM facts.deployment_commits ORDER BY deployment_id, sha",
    "SELECT * FROM facts.incidents ORDER BY id",
    // Rows that there are none of.
    "SELECT * FROM facts.pull_requests ORDER BY id",
    "SELECT * FROM core.work_items WHERE FALSE",
    // Metrics' views.
    "SELECT * FROM dora.change_lead_time ORDER BY subject_id",
    "SELECT * FROM dora.deployment_frequency ORDER BY subject_id",
    "SELECT * FROM dora.change_fail_rate ORDER BY subject_id",
    "SELECT exact_median(value) AS m, exact_percentile(value, 0.9) AS p FROM dora.change_lead_time WHERE NOT open AND excluded IS NULL",
    // Groupings, windows, joins and sets.
    "SELECT repository_id, count(*) AS n, min(finished_at) AS first, max(finished_at) AS last FROM facts.deployments GROUP BY 1 ORDER BY 1",
    "SELECT date_trunc('week', finished_at) AS week, count(*) AS n FROM facts.deployments GROUP BY 1 ORDER BY 1",
    "SELECT id, row_number() OVER (ORDER BY finished_at) AS n, lag(id) OVER (ORDER BY finished_at) AS before FROM facts.deployments ORDER BY id",
    "SELECT id, sum(lead_seconds) OVER (ORDER BY id) AS running, avg(lead_seconds) OVER () AS mean FROM facts.changes ORDER BY id",
    "SELECT d.id, c.title FROM facts.deployments d JOIN facts.deployment_commits dc ON dc.deployment_id = d.id JOIN core.commits c ON c.sha = dc.sha AND c.repository_id = dc.repository_id ORDER BY 1, 2",
    "SELECT d.id, i.id AS incident FROM facts.deployments d LEFT JOIN core.incidents i ON i.deployment_id = d.id ORDER BY 1",
    "SELECT id FROM core.deployments UNION ALL SELECT id FROM core.commits ORDER BY 1 LIMIT 7",
    "SELECT sha FROM core.commits EXCEPT SELECT sha FROM facts.deployment_commits ORDER BY 1",
    "WITH late AS (SELECT * FROM facts.deployments WHERE finished_at >= '2026-03-10T00:00:00Z') SELECT count(*) AS n FROM late",
    "SELECT stddev(lead_seconds) AS s, var_pop(lead_seconds) AS v, avg(lead_seconds) / 7 AS a FROM facts.changes",
    "SELECT corr(x, y) AS c FROM (VALUES (1.0, 2.5), (2.0, 3.25), (3.0, 7.125)) AS t(x, y)",
    // Whole numbers to their ends.
    "SELECT CAST(9223372036854775807 AS BIGINT) AS most, CAST('-9223372036854775808' AS BIGINT) AS least",
    "SELECT CAST('18446744073709551615' AS BIGINT UNSIGNED) AS most, CAST(NULL AS BIGINT UNSIGNED) AS none",
    "SELECT CAST(127 AS TINYINT) AS a, CAST(-32768 AS SMALLINT) AS b, CAST(2147483647 AS INT) AS c, CAST(255 AS TINYINT UNSIGNED) AS d",
    // Fractions whose last digit counts.
    "SELECT 0.1 + 0.2 AS a, CAST('0.1' AS DOUBLE) + CAST('0.2' AS DOUBLE) AS b, CAST('1' AS DOUBLE) / 3 AS c",
    "SELECT CAST('1.7976931348623157e308' AS DOUBLE) AS most, CAST('5e-324' AS DOUBLE) AS least, CAST('-0.0' AS DOUBLE) AS zero",
    "SELECT CAST('0.1' AS FLOAT) AS a, CAST('16777217' AS FLOAT) AS b, CAST('3.4028235e38' AS FLOAT) AS c",
    "SELECT x, CAST(x AS DOUBLE) / 7 AS y, sqrt(CAST(x AS DOUBLE)) AS z FROM generate_series(1, 40) AS s(x) ORDER BY x",
    // Decimals.
    "SELECT CAST('12345678901234567890.12345678' AS DECIMAL(28, 8)) AS d, CAST('-0.00000001' AS DECIMAL(28, 8)) AS e",
    "SELECT CAST('99999999999999999999999999999999999999' AS DECIMAL(38, 0)) AS most, CAST(NULL AS DECIMAL(10, 2)) AS none",
    "SELECT CAST(x AS DECIMAL(12, 3)) / 7 AS d, CAST(x AS DECIMAL(12, 3)) * 1.10 AS e FROM generate_series(1, 9) AS s(x) ORDER BY x",
    "SELECT sum(CAST(lead_seconds AS DECIMAL(20, 6))) AS s FROM facts.changes",
    // Texts.
    "SELECT 'Größe · 1' AS a, 'a\"b' AS b, 'c,d' AS c, 'line\nbreak' AS d, E'tab\\tback\\\\slash' AS e, '日本語 🚀' AS f",
    "SELECT upper(title) AS t, length(title) AS n, title || '!' AS u FROM core.commits ORDER BY id",
    // Truth, NULL and what it makes of others.
    "SELECT TRUE AS t, FALSE AS f, CAST(NULL AS BOOLEAN) AS n, CAST(NULL AS TEXT) AS nothing, NULL = NULL AS same",
    "SELECT x, CASE WHEN x % 3 = 0 THEN NULL ELSE x END AS y, CASE WHEN x % 3 = 1 THEN 'one' END AS z FROM generate_series(1, 12) AS s(x) ORDER BY x",
    "SELECT count(lead_seconds) AS n, count(*) AS all_of_them, sum(lead_seconds) AS s FROM facts.changes WHERE FALSE",
    // Days, instants and spans.
    "SELECT DATE '2026-02-28' AS d, DATE '1969-12-31' AS e, CAST(NULL AS DATE) AS n, DATE '2024-02-29' + INTERVAL '1 year' AS f",
    "SELECT arrow_cast('2026-03-29T01:30:00.123456Z', 'Timestamp(Microsecond, Some(\"UTC\"))') AS t, arrow_cast('2026-03-29T01:30:00+02:00', 'Timestamp(Microsecond, Some(\"Europe/Berlin\"))') AS b",
    "SELECT finished_at, finished_at - INTERVAL '1 day' AS before, date_part('epoch', finished_at) AS epoch FROM facts.deployments ORDER BY id",
    "SELECT arrow_cast('2026-01-01T00:00:00.123456789', 'Timestamp(Nanosecond, None)') AS n, arrow_cast('1969-12-31T23:59:59', 'Timestamp(Second, None)') AS s",
    "SELECT max(finished_at) - min(finished_at) AS span FROM facts.deployments",
    // Lists, records and maps.
    "SELECT [1, NULL, 3] AS numbers, ['a', 'b,c', NULL] AS texts, [[1], [2, 3]] AS nested, CAST(NULL AS BIGINT[]) AS none",
    "SELECT named_struct('a', 1, 'b', 'two', 'c', CAST(NULL AS BIGINT)) AS s, struct(x, [x, x + 1]) AS t FROM generate_series(1, 3) AS g(x) ORDER BY x",
    "SELECT array_agg(id ORDER BY id) AS ids, array_agg(finished_at ORDER BY id) AS times FROM facts.deployments",
    "SELECT parents, cardinality(parents) AS n, parents[1] AS first FROM core.commits ORDER BY id",
];

/// Questions with values for their parameters, of every type that there is: as JSON has them, and as Arrow has them.
pub(crate) fn with_values() -> Vec<(&'static str, Value, Vec<ArrayRef>)> {
    let zoned = |micros: Vec<Option<i64>>, zone: &str| -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from(micros).with_timezone(zone))
    };
    // 1 March 2026 at one o'clock, two hours ahead of UTC, where it is 28 February still.
    let at = 1_772_319_600_000_000;
    let list = |values: ArrayRef| -> ArrayRef {
        let item = Arc::new(Field::new_list_field(values.data_type().clone(), true));
        Arc::new(ListArray::new(item, OffsetBuffer::from_lengths([values.len()]), values, None))
    };
    let typed = |kind: &str, value: Value| json!({"type": kind, "value": value});
    vec![
        ("SELECT $1 IS NULL AS n, coalesce($1, 'none') AS t", json!([null]), vec![Arc::new(NullArray::new(1))]),
        ("SELECT $1 AS t, $1 = TRUE AS same", json!([true]), vec![Arc::new(BooleanArray::from(vec![true]))]),
        (
            "SELECT $1 AS least, $2 AS most, $1 + 1 AS next",
            json!([i64::MIN, u64::MAX]),
            vec![Arc::new(Int64Array::from(vec![i64::MIN])), Arc::new(UInt64Array::from(vec![u64::MAX]))],
        ),
        (
            // The last one is read wrong in its last digit by who rounds on the way.
            "SELECT $1 AS d, $1 + CAST($2 AS DOUBLE) AS sum, $3 AS least, $4 AS odd, $4 = 0.9109141908648859 AS same",
            json!([0.1, 0.2, 5e-324, 0.9109141908648859]),
            [0.1, 0.2, 5e-324, 0.9109141908648859]
                .map(|value| Arc::new(Float64Array::from(vec![value])) as ArrayRef)
                .to_vec(),
        ),
        (
            "SELECT $1 AS t, $1 = 'Größe' AS same",
            json!(["Größe '; --"]),
            vec![Arc::new(StringArray::from(vec!["Größe '; --"]))],
        ),
        (
            "SELECT $1 AS d, CAST($1 AS DATE) + INTERVAL '1 day' AS next",
            json!([typed("date", json!("1969-12-31"))]),
            vec![Arc::new(Date32Array::from(vec![-1]))],
        ),
        (
            "SELECT $1 AS at, CAST($1 AS DATE) AS day, date_part('hour', CAST($1 AS TIMESTAMP WITH TIME ZONE)) AS hour, CAST($1 AS TEXT) AS told",
            json!([typed("timestamp", json!("2026-03-01T01:00:00+02:00"))]),
            vec![zoned(vec![Some(at)], "+02:00")],
        ),
        (
            "SELECT id FROM facts.deployments WHERE finished_at >= $1 AND CAST(finished_at AS DATE) > CAST($1 AS DATE) ORDER BY id LIMIT $2",
            json!([typed("timestamp", json!("2026-03-01T01:00:00+02:00")), 3]),
            vec![zoned(vec![Some(at)], "Africa/Cairo"), Arc::new(Int64Array::from(vec![3]))],
        ),
        (
            "SELECT $1 AS b, $2 AS i, $3 AS d, $4 AS t, $5 AS day, $6 AS at",
            json!([
                typed("boolean", Value::Null),
                typed("integer", Value::Null),
                typed("double", Value::Null),
                typed("text", Value::Null),
                typed("date", Value::Null),
                typed("timestamp", Value::Null),
            ]),
            vec![
                Arc::new(BooleanArray::from(vec![None])),
                Arc::new(Int64Array::from(vec![None])),
                Arc::new(Float64Array::from(vec![None])),
                Arc::new(StringArray::from(vec![None::<&str>])),
                Arc::new(Date32Array::from(vec![None])),
                zoned(vec![None], "-05:00"),
            ],
        ),
        (
            "SELECT $1 AS b, $2 AS i, $3 AS d, $4 AS t",
            json!([[true, null], [1, null, 3], [0.5], typed("text[]", json!(["a", null]))]),
            vec![
                list(Arc::new(BooleanArray::from(vec![Some(true), None]))),
                list(Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]))),
                list(Arc::new(Float64Array::from(vec![0.5]))),
                list(Arc::new(StringArray::from(vec![Some("a"), None]))),
            ],
        ),
        (
            "SELECT $1 AS days, $2 AS times",
            json!([
                typed("date[]", json!(["2026-02-28", null])),
                typed("timestamp[]", json!(["2026-03-01T01:00:00+02:00", null])),
            ]),
            vec![
                list(Arc::new(Date32Array::from(vec![Some(20_512), None]))),
                list(zoned(vec![Some(at), None], "+02:00")),
            ],
        ),
        (
            "SELECT id FROM core.commits WHERE sha = $1 OR title = $2 ORDER BY id LIMIT $3",
            json!(["' OR '1' = '1", "nothing", 2]),
            vec![
                Arc::new(StringArray::from(vec!["' OR '1' = '1"])),
                Arc::new(StringArray::from(vec!["nothing"])),
                Arc::new(Int64Array::from(vec![2])),
            ],
        ),
    ]
}
