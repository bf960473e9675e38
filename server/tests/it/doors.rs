//! The same questions by every door: what they give is the same, to the last digit and with its types.

use crate::commands::err;
use crate::flight::Door;
use crate::flight_statements::{bind, prepare, row};
use crate::golden::Golden;
use crate::questions::{QUESTIONS, with_values};
use crate::rest::{Server, run};
use crate::shell::asks;
use arrow::array::{Array, ArrayRef, AsArray as _, RecordBatch, StringArray, StructArray};
use arrow::compute::concat_batches;
use arrow::csv;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::ipc::reader::StreamReader;
use arrow::json::ReaderBuilder;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use axum::body::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};
use std::sync::Arc;

/// All rows of an Arrow stream as one batch.
fn arrow(bytes: &[u8]) -> RecordBatch {
    let reader = StreamReader::try_new(bytes, None).unwrap();
    let schema = reader.schema();
    concat_batches(&schema, &reader.map(Result::unwrap).collect::<Vec<_>>()).unwrap()
}

fn parquet(bytes: Bytes) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
    let schema = Arc::clone(reader.schema());
    concat_batches(&schema, &reader.build().unwrap().map(Result::unwrap).collect::<Vec<_>>()).unwrap()
}

/// Texts that are written in the place of what a format has no reader for, column by column.
fn told(rows: &RecordBatch, is_text: impl Fn(&DataType) -> bool) -> RecordBatch {
    let options = FormatOptions::default();
    let columns = rows.columns().iter().map(|column| -> ArrayRef {
        if !is_text(column.data_type()) {
            return Arc::clone(column);
        }
        let text = ArrayFormatter::try_new(column, &options).unwrap();
        Arc::new(
            (0..column.len()).map(|i| column.is_valid(i).then(|| text.value(i).to_string())).collect::<StringArray>(),
        )
    });
    let columns: Vec<ArrayRef> = columns.collect();
    let fields = rows
        .schema()
        .fields()
        .iter()
        .zip(&columns)
        .map(|(f, c)| Field::new(f.name(), c.data_type().clone(), true))
        .collect::<Vec<_>>();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

/// What JSON and CSV have no type for that is read back: they hold its text.
fn is_span(kind: &DataType) -> bool {
    matches!(kind, DataType::Duration(_) | DataType::Interval(_) | DataType::Null)
}

fn ndjson(bytes: &[u8], schema: &SchemaRef) -> RecordBatch {
    let reader = ReaderBuilder::new(Arc::clone(schema)).build(bytes).unwrap();
    concat_batches(schema, &reader.map(Result::unwrap).collect::<Vec<_>>()).unwrap()
}

/// A JSON array, of which the reader makes one row with a list.
fn json_array(bytes: &[u8], schema: &SchemaRef) -> RecordBatch {
    let item = Field::new_list_field(DataType::Struct(schema.fields().clone()), true);
    let field = Arc::new(Field::new("rows", DataType::List(Arc::new(item)), true));
    let rows = ReaderBuilder::new_with_field(field).build(bytes).unwrap().map(Result::unwrap).collect::<Vec<_>>();
    let list: StructArray = rows[0].column(0).as_list::<i32>().value(0).as_struct().clone();
    RecordBatch::try_new(Arc::clone(schema), list.columns().to_vec()).unwrap()
}

fn comma(bytes: &[u8], schema: &SchemaRef) -> RecordBatch {
    let reader = csv::ReaderBuilder::new(Arc::clone(schema)).with_header(true).build(bytes).unwrap();
    concat_batches(schema, &reader.map(Result::unwrap).collect::<Vec<_>>()).unwrap()
}

/// The answer of the SQL endpoint.
async fn asked(server: &Server, question: &Value, accept: &str) -> Bytes {
    let request = server.client.post(format!("{}/api/v1/sql", server.address)).bearer_auth(&server.acme);
    let response = request.header("accept", accept).json(question).send().await.unwrap();
    let status = response.status();
    let bytes = response.bytes().await.unwrap();
    assert_eq!(status, 200, "{question}: {}", String::from_utf8_lossy(&bytes));
    bytes
}

#[test]
fn fifty_questions_have_one_answer_each_by_every_door_and_in_every_format() {
    run(async {
        let door = Door::of(Server::start().await).await;
        let (server, mut flight) = (&door.server, door.acme().await);
        let ask = async |question: &str, accept: &str| asked(server, &json!({"sql": question}), accept).await;
        // The command line answers all in one go, a line each: by itself, and by the server.
        let all = QUESTIONS.map(|question| format!("{question};\n")).concat();
        let (url, address, token) = (Golden::lake().url(), server.address.clone(), server.acme.clone());
        let answers = tokio::task::spawn_blocking(move || {
            let local = asks(&["--lake", &url, "--tenant", "acme", "sql", "--format", "json"], &[], &all);
            let remote = asks(&["sql", "--server", &address, "--format", "json"], &[("PULSE_TOKEN", &token)], &all);
            (local, remote)
        });
        let (local, remote) = answers.await.unwrap();
        assert!(local.status.success() && remote.status.success(), "{} {}", err(&local), err(&remote));
        let (local, remote) = (String::from_utf8(local.stdout).unwrap(), String::from_utf8(remote.stdout).unwrap());
        assert_eq!((local.lines().count(), remote.lines().count()), (50, 50));
        for ((question, local), remote) in QUESTIONS.iter().zip(local.lines()).zip(remote.lines()) {
            let rows = arrow(&ask(question, "application/vnd.apache.arrow.stream").await);
            assert!(rows.num_columns() > 0);
            assert_eq!(flight.sql(question).await.unwrap(), rows, "Flight: {question}");
            assert_eq!(parquet(ask(question, "application/vnd.apache.parquet").await), rows, "Parquet: {question}");
            let text = String::from_utf8(ask(question, "application/json").await.to_vec()).unwrap();
            assert_eq!((text.trim_end(), text.trim_end()), (local, remote), "{question}");
            let expected = told(&rows, is_span);
            let schema = expected.schema();
            assert_eq!(json_array(text.as_bytes(), &schema), expected, "JSON: {question}");
            assert_eq!(ndjson(&ask(question, "application/x-ndjson").await, &schema), expected, "NDJSON: {question}");
            let expected = told(&rows, |kind| is_span(kind) || kind.is_nested());
            assert_eq!(comma(&ask(question, "text/csv").await, &expected.schema()), expected, "CSV: {question}");
        }
    });
}

#[test]
fn a_value_means_the_same_by_every_door_whatever_its_type_and_its_zone() {
    run(async {
        let door = Door::of(Server::start().await).await;
        let (server, mut flight) = (&door.server, door.acme().await);
        for (question, params, values) in with_values() {
            let body = json!({"sql": question, "params": params});
            let rows = arrow(&asked(server, &body, "application/vnd.apache.arrow.stream").await);
            assert!(rows.num_columns() > 0);
            let prepared = prepare(&mut flight, question).await.unwrap();
            let named: Vec<(String, ArrayRef)> =
                values.into_iter().enumerate().map(|(n, value)| (format!("${}", n + 1), value)).collect();
            let named: Vec<(&str, ArrayRef)> = named.iter().map(|(name, v)| (name.as_str(), Arc::clone(v))).collect();
            let bound = bind(&mut flight, &prepared.prepared_statement_handle, &row(&named)).await.unwrap();
            assert_eq!(flight.ask(&bound).await.unwrap(), rows, "Flight: {question}");
            let text = String::from_utf8(asked(server, &body, "application/json").await.to_vec()).unwrap();
            let (url, address, token) = (Golden::lake().url(), server.address.clone(), server.acme.clone());
            let params = params.to_string();
            let answers = tokio::task::spawn_blocking(move || {
                let asked = ["--format", "json", "--params", &params, question];
                let local = [&["--lake", &url, "--tenant", "acme", "sql"][..], &asked].concat();
                let remote = [&["sql", "--server", &address][..], &asked].concat();
                [asks(&local, &[], ""), asks(&remote, &[("PULSE_TOKEN", &token)], "")]
            });
            for answer in answers.await.unwrap() {
                assert!(answer.status.success(), "{question}: {}", err(&answer));
                assert_eq!(String::from_utf8(answer.stdout).unwrap().trim_end(), text.trim_end(), "{question}");
            }
            let expected = told(&rows, is_span);
            assert_eq!(json_array(text.as_bytes(), &expected.schema()), expected, "JSON: {question}");
        }
        // By hand: at one o'clock of 1 March, two hours ahead of UTC, its day is 28 February, and its hour 23.
        let at = json!({"type": "timestamp", "value": "2026-03-01T01:00:00+02:00"});
        let body = json!({"sql": "SELECT CAST($1 AS DATE) AS day, date_part('hour', $1) AS hour", "params": [at]});
        let rows: Value = serde_json::from_slice(&asked(server, &body, "application/json").await).unwrap();
        assert_eq!(rows, json!([{"day": "2026-02-28", "hour": 23}]));
    });
}
