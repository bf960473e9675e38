//! Answers on their way: read slowly, left, or taken back.

use crate::flight::{Client, Door, query, ticket, told};
use crate::leaving::until_held;
use crate::queries;
use crate::rest::run;
use crate::world::acme;
use arrow::compute::concat_batches;
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::sql::{ActionCancelQueryRequest, ActionCancelQueryResult, Any, ProstMessageExt as _};
use arrow_flight::{CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus, FlightInfo};
use futures::TryStreamExt as _;
use prost::Message as _;
use pulse_server::audit::Event;
use pulse_server::http::{App, Served};
use pulse_server::queries::{Manner, Queries};
use pulse_server::sockets::Sockets;
use std::time::Duration;
use tonic::Code;
use tonic::transport::Endpoint;

/// A million rows of some 100 bytes: far more than what waits on its way to a client who does not read.
const LONG: &str = "SELECT value, concat('a text that is there to take some room on its way to whoever asked for it: ', value) AS text FROM generate_series(1, 1000000)";

/// How a question ended, once the trail knows.
async fn ended(door: &Door) -> Event {
    for _ in 0..400 {
        let links = door.server.world.control().number_events(&acme()).await.unwrap();
        if let Some(link) = links.into_iter().find(|link| link.event.action == "FLIGHT DoGet") {
            return link.event;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the question did not end");
}

async fn cancel(client: &mut Client, info: &FlightInfo) -> Result<CancelStatus, tonic::Status> {
    let request = CancelFlightInfoRequest { info: Some(info.clone()) };
    let result = client.act("CancelFlightInfo", request.encode_to_vec()).await?;
    Ok(CancelFlightInfoResult::decode(result.as_slice()).unwrap().status())
}

#[test]
fn rows_that_are_there_already_go_out_whole_and_once_the_trail_knows_who_asked_for_them() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        let asked = query(&LONG.replace("1000000", "45000"));
        let info = client.info(&asked).await.unwrap();
        let (_, first) = client.fetch(ticket(&info)).await.unwrap();
        // Another ticket for the same rows: more than is made ready while the trail is told.
        let again = ticket(&client.info(&asked).await.unwrap());
        sqlx::any::install_default_drivers();
        let database = door.server.world.address().replacen("sqlite:", "sqlite://", 1);
        let pool = sqlx::AnyPool::connect(&database).await.unwrap();
        let ours = until_held(&pool).await;
        let mut asks = client.clone();
        let mut fetched = tokio::spawn(async move { asks.fetch(again).await });
        let early = tokio::time::timeout(Duration::from_millis(500), &mut fetched).await;
        assert!(early.is_err(), "they went out before that was written");
        ours.rollback().await.unwrap();
        let (_, rows) = fetched.await.unwrap().unwrap();
        let [first, rows] = [first, rows].map(|batches| concat_batches(&batches[0].schema(), &batches).unwrap());
        assert_eq!(first.num_rows(), 45_000);
        assert_eq!(first, rows);
    });
}

#[test]
fn whoever_reads_slowly_gets_every_row() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        let sql = LONG.replace("1000000", "200000");
        let info = client.info(&query(&sql)).await.unwrap();
        let request = client.request(ticket(&info));
        let messages = client.inner.do_get(request).await.unwrap().into_inner();
        let slowly = messages.map_err(FlightError::from).and_then(async |message| {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok(message)
        });
        let rows = arrow_flight::decode::FlightRecordBatchStream::new_from_flight_data(slowly);
        let rows: Vec<_> = rows.try_collect().await.unwrap();
        assert_eq!(rows.iter().map(|batch| batch.num_rows()).sum::<usize>(), 200_000);
        let event = ended(&door).await;
        assert_eq!((event.outcome.as_str(), event.rows), ("done", Some(200_000)));
    });
}

#[test]
fn a_query_ends_when_its_client_leaves_and_no_faster_is_sent_than_is_read() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        let info = client.info(&query(LONG)).await.unwrap();
        let request = client.request(ticket(&info));
        let mut messages = client.inner.do_get(request).await.unwrap().into_inner();
        for _ in 0..3 {
            messages.message().await.unwrap().unwrap();
        }
        // Nobody reads on: all that can go out does, and waits.
        tokio::time::sleep(Duration::from_millis(500)).await;
        drop((messages, client));
        let event = ended(&door).await;
        assert_eq!(event.outcome, "left");
        assert!(event.rows < Some(500_000), "{:?} rows went out to somebody who did not read", event.rows);
    });
}

#[test]
fn an_answer_that_nobody_reads_on_in_is_ended_for_whoever_waits_and_its_client_is_told_why() {
    run(async {
        let unread = Duration::from_secs(1);
        let manner = Manner { places: 1, of_a_tenant: 1, cache_bytes: 0, unread, ..Manner::default() };
        let door = Door::of(queries::golden(manner).await).await;
        let mut client = door.acme().await;
        let info = client.info(&query(LONG)).await.unwrap();
        let request = client.request(ticket(&info));
        let mut messages = client.inner.do_get(request).await.unwrap().into_inner();
        messages.message().await.unwrap().unwrap();
        assert_eq!(door.server.asks(&door.server.acme, "SELECT 1 AS n").await.status(), 200);
        let ended = loop {
            match messages.message().await {
                Ok(message) => assert!(message.is_some(), "an answer that was cut off looked whole"),
                Err(status) => break status,
            }
        };
        let code = ended.metadata().get("pulse-code").unwrap().to_str().unwrap();
        assert_eq!((ended.code(), code), (Code::Cancelled, "stopped"));
        assert!(ended.message().contains("nobody read on"), "{ended}");
    });
}

#[test]
fn a_question_is_taken_back_by_whoever_asked_and_by_nobody_else() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        let info = client.info(&query(LONG)).await.unwrap();
        assert_eq!(cancel(&mut client, &info).await.unwrap(), CancelStatus::NotCancellable, "it does not run yet");
        let request = client.request(ticket(&info));
        let mut messages = client.inner.do_get(request).await.unwrap().into_inner();
        messages.message().await.unwrap().unwrap();
        let mut other = door.client(&door.server.umbrella).await;
        assert_eq!(told(cancel(&mut other, &info).await).1, "bad-ticket");
        let mut colleague = door.client(&door.server.world.token(&acme()).await).await;
        assert_eq!(told(cancel(&mut colleague, &info).await).1, "bad-ticket");
        assert_eq!(cancel(&mut client, &info).await.unwrap(), CancelStatus::Cancelled);
        let stopped = loop {
            match messages.message().await {
                Ok(message) => assert!(message.is_some(), "an answer that was cut off looked whole"),
                Err(status) => break status,
            }
        };
        assert_eq!(
            (stopped.code(), stopped.metadata().get("pulse-code").unwrap().to_str().unwrap()),
            (Code::Cancelled, "stopped")
        );
        assert_eq!(ended(&door).await.outcome, "stopped");
        assert_eq!(cancel(&mut client, &info).await.unwrap(), CancelStatus::NotCancellable, "it has ended");
    });
}

#[test]
fn a_question_is_taken_back_at_another_process_than_the_one_that_answers_it() {
    run(async {
        let door = Door::open().await;
        let (control, tells) = (door.server.world.control().clone(), door.server.app.queries.clone());
        let app = App::from(Served {
            queries: Queries::new(control.clock(), Manner::default()),
            ..(*door.server.app).clone()
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(pulse_server::flight::serve(app, listener, Sockets::default(), None, std::future::pending()));
        let channel = Endpoint::from_shared(address).unwrap().connect().await.unwrap();
        let mut there = Client { inner: FlightServiceClient::new(channel), token: door.server.acme.clone() };
        let mut client = door.acme().await;
        let [read, unread] =
            [client.info(&query(queries::LONG)).await.unwrap(), client.info(&query(LONG)).await.unwrap()];
        let mut answers = Vec::new();
        for info in [&read, &unread] {
            let request = client.request(ticket(info));
            let mut messages = client.inner.do_get(request).await.unwrap().into_inner();
            messages.message().await.unwrap().unwrap();
            answers.push(async move {
                loop {
                    match messages.message().await {
                        Ok(message) => assert!(message.is_some(), "an answer that was cut off looked whole"),
                        Err(status) => break status.code(),
                    }
                }
            });
        }
        let [answer, later]: [_; 2] = answers.try_into().ok().unwrap();
        let answer = tokio::spawn(answer);
        assert_eq!(cancel(&mut there, &read).await.unwrap(), CancelStatus::NotCancellable, "nobody tells of it yet");
        tokio::spawn(async move { tells.tell(&control).await });
        let mut taken_back = async |info: &FlightInfo| {
            for _ in 0..400 {
                match cancel(&mut there, info).await.unwrap() {
                    CancelStatus::NotCancellable => tokio::time::sleep(Duration::from_millis(50)).await,
                    status => return status,
                }
            }
            panic!("it is told of nowhere");
        };
        // On a busy machine it may rest later than whoever takes it back waits.
        assert!(matches!(taken_back(&read).await, CancelStatus::Cancelled | CancelStatus::Cancelling));
        assert_eq!(taken_back(&unread).await, CancelStatus::Cancelling, "it ends when its client reads that");
        assert_eq!(answer.await.unwrap(), Code::Cancelled);
        assert_eq!(later.await, Code::Cancelled, "whoever reads on reads that it was taken back");
        for info in [&read, &unread] {
            let mut tries = 0;
            while cancel(&mut there, info).await.unwrap() != CancelStatus::NotCancellable {
                tries += 1;
                assert!(tries < 400, "it has ended, and is told of");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    });
}

#[test]
fn older_clients_take_a_question_back_by_another_action() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        let info = client.info(&query(LONG)).await.unwrap();
        let request = client.request(ticket(&info));
        let mut messages = client.inner.do_get(request).await.unwrap().into_inner();
        messages.message().await.unwrap().unwrap();
        let request = ActionCancelQueryRequest { info: info.encode_to_vec().into() };
        let result = client.act("CancelQuery", request.as_any().encode_to_vec()).await.unwrap();
        let result: ActionCancelQueryResult = Any::decode(result.as_slice()).unwrap().unpack().unwrap().unwrap();
        assert_eq!(result.result, i32::from(CancelStatus::Cancelled));
        let wrong = ActionCancelQueryRequest { info: FlightInfo::new().encode_to_vec().into() };
        let (code, _, why) = told(client.act("CancelQuery", wrong.as_any().encode_to_vec()).await);
        assert!(code == Code::InvalidArgument && why.contains("send the FlightInfo"), "{why}");
    });
}
