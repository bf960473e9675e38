//! Pushed Parquet: what a column holds is landed as it is, or refused.

use crate::push::{map, push, told};
use arrow::array::{
    ArrayRef, Decimal128Array, Float64Array, Int64Array, ListBuilder, RecordBatch, StringArray, StringBuilder,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray,
};
use arrow::datatypes::{Field, Schema};
use pulse_connectors::push::Format;
use pulse_engine::entities;
use pulse_engine::row::{Row, Value};
use std::sync::Arc;

fn written(batch: &RecordBatch) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn columns(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    written(
        &RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
            .unwrap(),
    )
}

#[tokio::test]
async fn times_of_any_unit_are_read_and_one_that_cannot_be_told_is_a_reject() {
    let ids: ArrayRef = Arc::new(StringArray::from(vec!["1", "2", "3"]));
    let arrays: [(ArrayRef, bool); 3] = [
        (
            Arc::new(TimestampSecondArray::from(vec![Some(1_700_000_000), None, Some(i64::MAX)]).with_timezone("UTC")),
            true,
        ),
        (
            Arc::new(
                TimestampMillisecondArray::from(vec![Some(1_700_000_000_000), None, Some(i64::MAX)])
                    .with_timezone("+01:00"),
            ),
            true,
        ),
        (
            Arc::new(
                TimestampNanosecondArray::from(vec![Some(1_700_000_000_000_000_999), None, Some(i64::MAX)])
                    .with_timezone("UTC"),
            ),
            false,
        ),
    ];
    for (array, overflows) in arrays {
        let bytes = columns(vec![("id", ids.clone()), ("began_at", array)]);
        let (landed, problems) = push(Format::Parquet, "incidents", &bytes).await.unwrap();
        let told = told(&problems);
        assert_eq!(told[0], "row 2, column began_at: `began_at` is required and missing");
        if overflows {
            assert!(told[1].starts_with("row 3, column began_at: `began_at` holds a value that is not"), "{told:?}");
        }
        let (rows, rejects) = map(&landed);
        assert_eq!(rows[0].get("began_at"), &Value::Time(1_700_000_000_000_000));
        assert_eq!((rows.len(), rejects.len()), if overflows { (1, 2) } else { (2, 1) });
    }
}

#[tokio::test]
async fn a_number_that_is_none_is_a_reject_and_a_decimal_is_a_number() {
    let ids: ArrayRef = Arc::new(StringArray::from(vec!["1", "2", "3", "4"]));
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![Some(2.5), Some(f64::NAN), Some(f64::INFINITY), None]));
    let bytes = columns(vec![("id", ids.clone()), ("key", ids.clone()), ("points", floats)]);
    let (landed, problems) = push(Format::Parquet, "work_items", &bytes).await.unwrap();
    let reason = "column points: `points` holds a value that is not a finite number";
    assert_eq!(told(&problems), [format!("row 2, {reason}"), format!("row 3, {reason}")]);
    let (rows, _) = map(&landed);
    assert_eq!(rows.iter().map(|r| r.get("points").clone()).collect::<Vec<_>>(), [Value::Float(2.5), Value::Null]);

    let decimals =
        Decimal128Array::from(vec![Some(250), Some(-1), None, Some(0)]).with_precision_and_scale(10, 2).unwrap();
    let bytes = columns(vec![("id", ids.clone()), ("key", ids), ("points", Arc::new(decimals))]);
    let (landed, problems) = push(Format::Parquet, "work_items", &bytes).await.unwrap();
    assert_eq!(told(&problems), [""; 0]);
    let (rows, _) = map(&landed);
    let points: Vec<_> = rows.iter().map(|r| r.get("points").clone()).collect();
    assert_eq!(points, [Value::Float(2.5), Value::Float(-0.01), Value::Null, Value::Float(0.0)]);
}

#[tokio::test]
async fn a_list_with_a_hole_is_a_reject() {
    let mut lists = ListBuilder::new(StringBuilder::new());
    lists.append_value([Some("x"), Some("y")]);
    lists.append_value([Some("x"), None]);
    lists.append_null();
    let ids: ArrayRef = Arc::new(StringArray::from(vec!["1", "2", "3"]));
    let bytes = columns(vec![("id", ids.clone()), ("key", ids), ("labels", Arc::new(lists.finish()))]);
    let (landed, problems) = push(Format::Parquet, "work_items", &bytes).await.unwrap();
    assert_eq!(told(&problems).len(), 1);
    assert!(
        told(&problems)[0].starts_with("row 2, column labels: `labels` is a list of texts"),
        "{:?}",
        told(&problems)
    );
    assert_eq!(map(&landed).0.len(), 2);
}

#[tokio::test]
async fn a_column_that_is_there_twice_is_refused() {
    let array: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let field = |name: &str| Field::new(name, arrow::datatypes::DataType::Int64, true);
    let schema = Arc::new(Schema::new(vec![field("points"), field("points")]));
    let bytes = written(&RecordBatch::try_new(schema, vec![array.clone(), array]).unwrap());
    let error = push(Format::Parquet, "work_items", &bytes).await.unwrap_err().to_string();
    assert!(error.contains("two columns named `points`"), "{error}");
}

#[tokio::test]
async fn parquet_rows_are_read_as_the_entitys_own_schema_writes_them() {
    let entity = entities::core("work_items").unwrap();
    let row = Row::new(entity)
        .set("id", "push:file:1")
        .set("key", "A-1")
        .set("points", 3.0)
        .set("labels", vec!["x".to_owned()])
        .set("due_on", Value::Date(20_000))
        .set("created_at", Value::Time(1_700_000_000_123_456));
    let empty = Row::new(entity).set("id", "2");
    let batch = pulse_engine::row::batch(entity, &[row.clone(), empty]).unwrap();
    let own: Vec<usize> = (0..entity.own_columns().len()).collect();
    let batch = batch.project(&own).unwrap();
    let bytes = written(&batch);

    let (landed, problems) = push(Format::Parquet, "work_items", &bytes).await.unwrap();
    assert_eq!(told(&problems), ["row 2, column key: `key` is required and missing"]);
    let (rows, _) = map(&landed);
    assert_eq!(rows, [row]);
}

#[tokio::test]
async fn a_parquet_column_of_another_kind_is_refused_up_front() {
    let cases: [(&str, ArrayRef, &str); 2] = [
        ("title", Arc::new(Int64Array::from(vec![1])), "its column `title` is Int64, where text is expected"),
        ("began_at", Arc::new(TimestampMicrosecondArray::from(vec![1])), "has times without a time zone"),
    ];
    for (name, array, reason) in cases {
        let batch = arrow::array::RecordBatch::try_from_iter([(name, array)]).unwrap();
        let bytes = written(&batch);
        let error = push(Format::Parquet, "incidents", &bytes).await.unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}
