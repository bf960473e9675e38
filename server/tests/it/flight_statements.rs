//! Prepared statements over Flight SQL, and what is refused.

use crate::flight::{Client, Door, query, told};
use crate::rest::run;
use arrow::array::{ArrayRef, AsArray as _, Int64Array, ListArray, NullArray, RecordBatch, StringArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use arrow::ipc::CompressionType;
use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::sql::*;
use arrow_flight::{FlightData, FlightDescriptor, IpcMessage};
use futures::{TryStreamExt as _, stream};
use prost::Message as _;
use std::sync::Arc;
use tonic::{Code, Status};

pub(crate) async fn prepare(client: &mut Client, sql: &str) -> Result<ActionCreatePreparedStatementResult, Status> {
    let request = ActionCreatePreparedStatementRequest { query: sql.into(), transaction_id: None };
    let result = client.act("CreatePreparedStatement", request.as_any().encode_to_vec()).await?;
    Ok(Any::decode(result.as_slice()).unwrap().unpack().unwrap().unwrap())
}

/// The messages by which a row is put for a command, its buffers packed so.
async fn messages(
    command: &impl ProstMessageExt,
    row: &RecordBatch,
    packing: Option<CompressionType>,
) -> Vec<FlightData> {
    let descriptor = FlightDescriptor::new_cmd(command.as_any().encode_to_vec());
    let options = IpcWriteOptions::default().try_with_compression(packing).unwrap();
    let encoder = FlightDataEncoderBuilder::new().with_flight_descriptor(Some(descriptor)).with_schema(row.schema());
    encoder.with_options(options).build(stream::iter([Ok(row.clone())])).try_collect().await.unwrap()
}

/// Puts messages for a command; what comes back.
async fn put(client: &mut Client, command: &impl ProstMessageExt, row: &RecordBatch) -> Result<Vec<u8>, Status> {
    let messages = messages(command, row, None).await;
    let request = client.request(stream::iter(messages));
    let result = client.inner.do_put(request).await?.into_inner().message().await?.unwrap();
    Ok(result.app_metadata.to_vec())
}

pub(crate) async fn bind(
    client: &mut Client,
    handle: &[u8],
    row: &RecordBatch,
) -> Result<CommandPreparedStatementQuery, Status> {
    let command = CommandPreparedStatementQuery { prepared_statement_handle: handle.to_vec().into() };
    let result = put(client, &command, row).await?;
    let bound = DoPutPreparedStatementResult::decode(result.as_slice()).unwrap().prepared_statement_handle.unwrap();
    Ok(CommandPreparedStatementQuery { prepared_statement_handle: bound })
}

pub(crate) fn row(values: &[(&str, ArrayRef)]) -> RecordBatch {
    RecordBatch::try_from_iter(values.iter().map(|(name, value)| (*name, Arc::clone(value)))).unwrap()
}

fn int(value: i64) -> ArrayRef {
    Arc::new(Int64Array::from(vec![value]))
}

fn schema(bytes: prost::bytes::Bytes) -> Schema {
    Schema::try_from(IpcMessage(bytes)).unwrap()
}

#[test]
fn a_statement_is_prepared_once_and_asked_with_values_of_their_own_types() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        let sql = "SELECT count(*) AS n FROM facts.changes WHERE lead_seconds >= ? AND repository_id = ?";
        let prepared = prepare(&mut client, sql).await.unwrap();
        let parameters = schema(prepared.parameter_schema.clone());
        let kinds: Vec<_> = parameters.fields().iter().map(|f| (f.name().as_str(), f.data_type())).collect();
        assert_eq!(kinds, [("$1", &DataType::Float64), ("$2", &DataType::Utf8)]);
        assert_eq!(schema(prepared.dataset_schema).field(0).name(), "n");
        for (seconds, repository, n) in
            [(3600, "push:acme:shop", 4), (3601, "push:acme:shop", 3), (0, "' OR '1'='1", 0)]
        {
            let values = row(&[("a", int(seconds)), ("b", Arc::new(StringArray::from(vec![repository])))]);
            let bound = bind(&mut client, &prepared.prepared_statement_handle, &values).await.unwrap();
            let rows = client.ask(&bound).await.unwrap();
            assert_eq!(rows.column(0).as_primitive::<Int64Type>().value(0), n, "{seconds} {repository}");
        }
        // What was bound is sealed, too: nobody reads it on its way.
        let values = row(&[("a", int(1)), ("b", Arc::new(StringArray::from(vec!["a secret value"])))]);
        let bound = bind(&mut client, &prepared.prepared_statement_handle, &values).await.unwrap();
        assert!(!bound.prepared_statement_handle.windows(8).any(|bytes| bytes == b"a secret"));
        client
            .act("ClosePreparedStatement", ActionClosePreparedStatementRequest::default().as_any().encode_to_vec())
            .await
            .unwrap();
    });
}

#[test]
fn a_statement_without_parameters_tells_the_schema_that_its_rows_have() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        let prepared = prepare(&mut client, "SELECT id, commits, [title] AS titles FROM changes").await.unwrap();
        let told = schema(prepared.dataset_schema);
        let command = CommandPreparedStatementQuery { prepared_statement_handle: prepared.prepared_statement_handle };
        assert_eq!(client.ask(&command).await.unwrap().schema().as_ref(), &told);
        // Some clients fetch by the handle itself.
        let ticket = arrow_flight::Ticket::new(command.as_any().encode_to_vec());
        assert_eq!(client.fetch(ticket).await.unwrap().0.as_ref(), &told);
    });
}

#[test]
fn columns_that_depend_on_values_are_told_before_there_are_any_and_as_they_are_once_there_are() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        // JDBC's driver takes a statement that tells no columns for an update. Of the second, NULL is refused for the LIMIT.
        let pairs = "SELECT a.id, b.commits FROM (SELECT * FROM changes LIMIT ?) AS a CROSS JOIN changes AS b";
        for (sql, before, after, rows) in [
            ("SELECT ? AS own", vec![DataType::Null], vec![DataType::Int64], 1),
            (pairs, vec![DataType::Utf8, DataType::Int64], vec![DataType::Utf8, DataType::Int64], 10),
        ] {
            let prepared = prepare(&mut client, sql).await.unwrap();
            let kinds = |schema: &Schema| schema.fields().iter().map(|f| f.data_type().clone()).collect::<Vec<_>>();
            assert_eq!(kinds(&schema(prepared.dataset_schema)), before, "{sql}");
            let bound = bind(&mut client, &prepared.prepared_statement_handle, &row(&[("0", int(2))])).await.unwrap();
            let answer = client.ask(&bound).await.unwrap();
            assert_eq!((kinds(&answer.schema()), answer.num_rows()), (after, rows), "{sql}");
        }
    });
}

#[test]
fn parameters_that_do_not_fit_are_refused_with_a_reason() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        let prepared = prepare(&mut client, "SELECT $1 + 1 AS next").await.unwrap();
        let handle = prepared.prepared_statement_handle.to_vec();
        let unbound = CommandPreparedStatementQuery { prepared_statement_handle: handle.clone().into() };
        let (code, _, why) = told(client.info(&unbound).await);
        assert!(code == Code::InvalidArgument && why.contains("no value for the parameter `$1`"), "{why}");
        let two = row(&[("0", Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef)]);
        let (code, _, why) = told(bind(&mut client, &handle, &two).await);
        assert!(code == Code::InvalidArgument && why.contains("came in 2 rows"), "{why}");
        let long = row(&[("0", Arc::new(StringArray::from(vec!["x".repeat(1_500_000)])) as ArrayRef)]);
        let (code, _, why) = told(bind(&mut client, &handle, &long).await);
        assert!(code == Code::InvalidArgument && why.contains("up to 1048576 bytes"), "{code:?} {why}");
        // A list of NULLs takes no bytes, however long it is.
        let many = 2_000_000;
        let field = Arc::new(Field::new_list_field(DataType::Null, true));
        let nulls = ListArray::new(field, OffsetBuffer::from_lengths([many]), Arc::new(NullArray::new(many)), None);
        let (code, _, why) = told(bind(&mut client, &handle, &row(&[("0", Arc::new(nulls) as ArrayRef)])).await);
        assert!(code == Code::InvalidArgument && why.contains("up to 1048576 values"), "{code:?} {why}");
        // What says of itself how long it becomes, and what says that it lies where nothing is.
        for packing in [CompressionType::LZ4_FRAME, CompressionType::ZSTD] {
            let packed = messages(&unbound, &row(&[("0", int(1))]), Some(packing)).await;
            let request = client.request(stream::iter(packed));
            let (code, _, why) = told(client.inner.do_put(request).await.map(|_| ()));
            assert!(code == Code::InvalidArgument && why.contains("without compression"), "{code:?} {why}");
        }
        let mut cut = messages(&unbound, &row(&[("0", int(1))]), None).await;
        cut.last_mut().unwrap().data_body = prost::bytes::Bytes::new();
        let request = client.request(stream::iter(cut));
        let (code, _, why) = told(client.inner.do_put(request).await.map(|_| ()));
        assert!(code == Code::InvalidArgument && why.contains("lie beyond the end"), "{code:?} {why}");
        let more = bind(&mut client, &handle, &row(&[("0", int(1)), ("1", int(2))])).await.unwrap();
        assert!(told(client.info(&more).await).2.contains("a value for `$2`, which the statement does not use"));
        let (code, stable, _) = told(prepare(&mut client, "SELECT nonsense FROM changes WHERE id = ?").await);
        assert_eq!((code, stable.as_str()), (Code::InvalidArgument, "invalid-question"));
        // Nothing is put that is no statement's.
        let request = client.request(stream::iter([FlightData::default()]));
        assert_eq!(told(client.inner.do_put(request).await.map(|_| ())).0, Code::InvalidArgument);
        let request = client.request(stream::iter(Vec::<FlightData>::new()));
        assert_eq!(told(client.inner.do_put(request).await.map(|_| ())).0, Code::InvalidArgument);
    });
}

#[test]
fn what_comes_with_an_action_may_be_wrapped_or_not() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        for sql in ["SELECT 1 AS one", ""] {
            let request = ActionCreatePreparedStatementRequest { query: sql.into(), transaction_id: None };
            let wrapped = client.act("CreatePreparedStatement", request.as_any().encode_to_vec()).await;
            let raw = client.act("CreatePreparedStatement", request.encode_to_vec()).await;
            match (wrapped, raw) {
                (Ok(wrapped), Ok(raw)) => {
                    let schema = |bytes: Vec<u8>| -> ActionCreatePreparedStatementResult {
                        Any::decode(bytes.as_slice()).unwrap().unpack().unwrap().unwrap()
                    };
                    assert_eq!(schema(wrapped).dataset_schema, schema(raw).dataset_schema);
                }
                (wrapped, raw) => assert_eq!(told(wrapped), told(raw)),
            }
        }
    });
}

#[test]
fn nothing_is_written_and_there_are_no_transactions() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        let one = row(&[("0", int(1))]);
        let update = CommandStatementUpdate { query: "DELETE FROM changes".into(), transaction_id: None };
        let prepared = CommandPreparedStatementUpdate::default();
        let ingest = CommandStatementIngest { table: "changes".into(), ..Default::default() };
        for refused in [
            told(put(&mut client, &update, &one).await),
            told(put(&mut client, &prepared, &one).await),
            told(put(&mut client, &ingest, &one).await),
        ] {
            assert_eq!((refused.0, refused.1.as_str()), (Code::Unimplemented, "read-only"));
            assert!(refused.2.contains("a session only reads"), "{}", refused.2);
        }
        for action in ["BeginTransaction", "EndTransaction", "BeginSavepoint", "EndSavepoint"] {
            let (code, stable, why) = told(client.act(action, vec![]).await);
            assert_eq!((code, stable.as_str()), (Code::Unimplemented, "not-supported"));
            assert!(why.contains("there are no transactions"), "{why}");
        }
        let mut within = query("SELECT 1");
        within.transaction_id = Some(b"t".to_vec().into());
        assert!(told(client.info(&within).await).2.contains("there are no transactions"));
        let plan = CommandStatementSubstraitPlan::default();
        assert!(told(client.info(&plan).await).2.contains("Substrait"));
        assert!(told(client.act("CreatePreparedSubstraitPlan", vec![]).await).2.contains("Substrait"));
        assert!(
            told(client.act("SetSessionOptions", vec![]).await).2.contains("there is no action `SetSessionOptions`")
        );
        assert_eq!(told(client.info(&update).await).1, "read-only");
        let request = client.request(arrow_flight::Empty {});
        let actions: Vec<_> =
            client.inner.list_actions(request).await.unwrap().into_inner().try_collect().await.unwrap();
        let names: Vec<_> = actions.iter().map(|action| action.r#type.as_str()).collect();
        assert_eq!(names, ["CreatePreparedStatement", "ClosePreparedStatement", "CancelFlightInfo", "CancelQuery"]);
        let request = client.request(arrow_flight::Criteria::default());
        assert_eq!(told(client.inner.list_flights(request).await.map(|_| ())).0, Code::Unimplemented);
        let request = client.request(stream::iter(Vec::<FlightData>::new()));
        assert_eq!(told(client.inner.do_exchange(request).await.map(|_| ())).0, Code::Unimplemented);
        let descriptor = FlightDescriptor::new_cmd(query("SELECT 1 AS one").as_any().encode_to_vec());
        let request = client.request(descriptor);
        let polled = client.inner.poll_flight_info(request).await.unwrap().into_inner();
        assert!(polled.flight_descriptor.is_none() && polled.info.unwrap().endpoint.len() == 1);
    });
}
