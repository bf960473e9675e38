//! Flight SQL, asked over a socket: the same questions have the same answers as over REST.

use crate::rest::{Server, run};
use arrow::array::{Array as _, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use arrow::ipc::reader::StreamReader;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::sql::{CommandStatementQuery, ProstMessageExt};
use arrow_flight::{Action, FlightDescriptor, FlightInfo, Ticket};
use futures::{StreamExt as _, TryStreamExt as _};
use prost::Message as _;
use pulse_server::http::router;
use pulse_server::sockets::Sockets;
use reqwest::header::ACCEPT;
use serde_json::json;
use std::net::SocketAddr;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};

/// A server with a door for Flight SQL beside its REST API.
pub(crate) struct Door {
    pub(crate) server: Server,
    pub(crate) address: String,
}

impl Door {
    pub(crate) async fn open() -> Self {
        Self::of(Server::start().await).await
    }

    /// A door of this server.
    pub(crate) async fn of(server: Server) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(pulse_server::flight::serve(
            server.app.clone(),
            listener,
            Sockets::default(),
            None,
            std::future::pending(),
        ));
        Self { server, address }
    }

    /// A door of this server on the port that REST has.
    pub(crate) async fn beside_rest(server: Server) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = router(server.app.clone()).merge(pulse_server::flight::routes(server.app.clone()));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self { server, address }
    }

    /// Somebody with this token.
    pub(crate) async fn client(&self, token: &str) -> Client {
        let channel = Endpoint::from_shared(self.address.clone()).unwrap().connect().await.unwrap();
        Client { inner: FlightServiceClient::new(channel), token: token.to_owned() }
    }

    /// The service of `acme`.
    pub(crate) async fn acme(&self) -> Client {
        self.client(&self.server.acme).await
    }
}

/// A client that sends what it is told to, right or wrong.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) inner: FlightServiceClient<Channel>,
    pub(crate) token: String,
}

impl Client {
    pub(crate) fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        if !self.token.is_empty() {
            request.metadata_mut().insert("authorization", format!("Bearer {}", self.token).parse().unwrap());
        }
        request
    }

    pub(crate) async fn info(&mut self, command: &impl ProstMessageExt) -> Result<FlightInfo, Status> {
        let descriptor = FlightDescriptor::new_cmd(command.as_any().encode_to_vec());
        let request = self.request(descriptor);
        Ok(self.inner.get_flight_info(request).await?.into_inner())
    }

    /// What a ticket fetches: the schema that was sent, and the rows.
    pub(crate) async fn fetch(&mut self, ticket: Ticket) -> Result<(SchemaRef, Vec<RecordBatch>), Status> {
        let request = self.request(ticket);
        let messages = self.inner.do_get(request).await?.into_inner();
        let mut rows = FlightRecordBatchStream::new_from_flight_data(messages.map_err(FlightError::from));
        let mut batches = Vec::new();
        while let Some(batch) = rows.next().await {
            batches.push(batch.map_err(Status::from)?);
        }
        Ok((rows.schema().unwrap().clone(), batches))
    }

    /// The whole answer to a command. Its schema is the one that was told before, to the bit.
    pub(crate) async fn ask(&mut self, command: &impl ProstMessageExt) -> Result<RecordBatch, Status> {
        let info = self.info(command).await?;
        let told = info.clone().try_decode_schema().unwrap();
        let (sent, rows) = self.fetch(ticket(&info)).await?;
        assert_eq!(&told, sent.as_ref(), "the schema that is told and the one that is sent");
        let descriptor = FlightDescriptor::new_cmd(command.as_any().encode_to_vec());
        let request = self.request(descriptor);
        let alone = self.inner.get_schema(request).await?.into_inner();
        assert_eq!(Schema::try_from(&alone).unwrap(), told);
        Ok(concat_batches(&sent, &rows).unwrap())
    }

    pub(crate) async fn sql(&mut self, sql: &str) -> Result<RecordBatch, Status> {
        self.ask(&query(sql)).await
    }

    /// An action, and what it answers with.
    pub(crate) async fn act(&mut self, name: &str, body: Vec<u8>) -> Result<Vec<u8>, Status> {
        let request = self.request(Action::new(name, body));
        let mut answer = self.inner.do_action(request).await?.into_inner();
        Ok(answer.message().await?.map(|result| result.body.to_vec()).unwrap_or_default())
    }
}

pub(crate) fn query(sql: &str) -> CommandStatementQuery {
    CommandStatementQuery { query: sql.to_owned(), transaction_id: None }
}

pub(crate) fn ticket(info: &FlightInfo) -> Ticket {
    info.endpoint[0].ticket.clone().unwrap()
}

/// The code of a refusal that never changes, beside gRPC's.
#[track_caller]
pub(crate) fn told<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, String, String) {
    let status = answer.unwrap_err();
    let code = status.metadata().get("pulse-code").map(|code| code.to_str().unwrap().to_owned());
    (status.code(), code.unwrap_or_default(), status.message().to_owned())
}

/// Questions of every kind of type, with and without rows and NULLs.
const QUESTIONS: &[&str] = &[
    "SELECT * FROM facts.changes ORDER BY id",
    "SELECT * FROM core.commits ORDER BY id",
    "SELECT * FROM facts.deployments WHERE false",
    "SELECT * FROM dora.change_lead_time ORDER BY at",
    "SELECT project_id, score FROM risk.projects",
    "SELECT count(*) AS n, max(finished_at) AS at, sum(commits) AS c FROM deployments",
    "SELECT repository_id, count(*) FILTER (WHERE is_hotfix) AS n FROM deployments GROUP BY repository_id",
    "SELECT CAST(12.345 AS DECIMAL(20, 3)) AS d, CAST(NULL AS DECIMAL(9, 2)) AS e, -0.0 AS zero, 'NaN'::double AS nan",
    "SELECT arrow_cast('2026-03-29T01:59:59.999999', 'Timestamp(Microsecond, Some(\"Europe/Berlin\"))') AS t",
    "SELECT DATE '2026-02-28' AS d, TIME '12:34:56' AS t, INTERVAL '1 month 2 days' AS i, TIMESTAMP '2026-01-01' AS ts",
    "SELECT [1, NULL, 3] AS list, [[1], NULL, []] AS nested, struct(1 AS a, 'x' AS b) AS s, MAP {'k': 1} AS m",
    "SELECT named_struct('a', [named_struct('b', NULL)]) AS deep, make_array() AS empty, NULL AS nothing",
    "SELECT arrow_cast(id, 'Dictionary(Int32, Utf8)') AS id FROM changes ORDER BY 1",
    "SELECT arrow_cast(title, 'LargeUtf8') AS l, arrow_cast(title, 'Utf8View') AS v, title::bytea AS b FROM core.commits ORDER BY id",
    "SELECT value, value * 1.5 AS f, value % 7 = 0 AS seventh FROM generate_series(1, 30000) ORDER BY value",
    "SHOW TABLES",
    "DESCRIBE facts.changes",
    "SELECT table_schema, table_name, column_name, data_type, description FROM information_schema.columns ORDER BY 1, 2, 3",
    "SELECT 'ä\u{1F600}' AS text, '' AS empty, x'00ff' AS bytes",
];

#[test]
fn on_the_port_of_rest_it_is_the_same() {
    run(async {
        let own = Door::open().await;
        let door = Door::beside_rest(Server::start().await).await;
        let (mut client, mut other) = (door.acme().await, own.acme().await);
        for sql in QUESTIONS {
            assert_eq!(client.sql(sql).await.unwrap(), other.sql(sql).await.unwrap(), "{sql}");
        }
        let (code, told, _) = told(client.sql("SELECT nothing FROM facts.changes").await);
        assert_eq!((code, told.as_str()), (Code::InvalidArgument, "invalid-question"));
        let mut nobody = door.client("pulse_nobody").await;
        assert_eq!(nobody.sql("SELECT 1").await.unwrap_err().code(), Code::Unauthenticated);
        // REST answers there as ever.
        let alive = door.server.client.get(format!("{}/livez", door.address)).send().await.unwrap();
        assert_eq!(alive.status(), 200);
    });
}

#[test]
fn an_answer_is_the_same_as_over_rest_to_its_types() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        for sql in QUESTIONS {
            let flight = client.sql(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
            let request = door.server.client.post(format!("{}/api/v1/sql", door.server.address));
            let request = request.bearer_auth(&door.server.acme).header(ACCEPT, "application/vnd.apache.arrow.stream");
            let response = request.json(&json!({ "sql": sql })).send().await.unwrap();
            assert_eq!(response.status(), 200, "{sql}");
            let bytes = response.bytes().await.unwrap();
            let reader = StreamReader::try_new(bytes.as_ref(), None).unwrap();
            let schema = reader.schema();
            let rest: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
            assert_eq!(flight.schema(), schema, "{sql}");
            assert_eq!(flight, concat_batches(&schema, &rest).unwrap(), "{sql}");
        }
    });
}

#[test]
fn the_columns_that_are_told_are_to_the_bit_those_that_are_sent() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        for sql in QUESTIONS {
            let info = client.info(&query(sql)).await.unwrap();
            let request = client.request(ticket(&info));
            let mut messages = client.inner.do_get(request).await.unwrap().into_inner();
            let sent = messages.message().await.unwrap().unwrap().data_header;
            // In an envelope of its own: a mark, its length, and what fills it up.
            let (told, filled) = info.schema[8..].split_at(sent.len());
            assert!(!sent.is_empty() && told == &sent[..], "{sql}");
            assert!(filled.len() < 64 && filled.iter().all(|byte| *byte == 0), "{sql}");
        }
    });
}

#[test]
fn large_answers_come_in_messages_that_every_client_takes() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        let sql = "SELECT value, concat('a text that is a little longer than a number, for each: ', value) AS text FROM generate_series(1, 200000)";
        let info = client.info(&query(sql)).await.unwrap();
        let request = client.request(ticket(&info));
        let mut messages = client.inner.do_get(request).await.unwrap().into_inner();
        let (mut most, mut all) = (0, 0);
        while let Some(message) = messages.message().await.unwrap() {
            most = most.max(message.data_body.len());
            all += message.data_body.len();
        }
        assert!(most < 3 << 20, "a message of {most} bytes");
        assert!(all > 12 << 20, "all of it came: {all} bytes");
        let rows = client.sql(sql).await.unwrap();
        assert_eq!((rows.num_rows(), rows.column(1).null_count()), (200_000, 0));
    });
}

#[test]
fn rows_are_packed_as_the_client_wishes() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        let sql = "SELECT value, concat('the same text each time: ', value % 7) AS text FROM generate_series(1, 50000)";
        let info = client.info(&query(sql)).await.unwrap();
        let (mut sizes, mut answers) = (Vec::new(), Vec::new());
        for packing in [None, Some("none"), Some("lz4"), Some("zstd")] {
            let mut request = client.request(ticket(&info));
            if let Some(packing) = packing {
                request.metadata_mut().insert("pulse-compression", packing.parse().unwrap());
            }
            let messages = client.inner.do_get(request).await.unwrap().into_inner();
            let messages: Vec<_> = messages.try_collect().await.unwrap();
            sizes.push(messages.iter().map(|message| message.data_body.len()).sum::<usize>());
            let messages = futures::stream::iter(messages.into_iter().map(Ok));
            let rows = FlightRecordBatchStream::new_from_flight_data(messages);
            let rows: Vec<RecordBatch> = rows.try_collect().await.unwrap();
            answers.push(concat_batches(&rows[0].schema(), &rows).unwrap());
        }
        assert!(sizes[0] == sizes[1] && sizes[2] * 2 < sizes[0] && sizes[3] * 2 < sizes[0], "{sizes:?}");
        assert!(answers.iter().all(|answer| answer == &answers[0] && answer.num_rows() == 50_000));
        let mut request = client.request(ticket(&info));
        request.metadata_mut().insert("pulse-compression", "brotli".parse().unwrap());
        let refused = client.inner.do_get(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().contains("`brotli`") && refused.message().contains("zstd"), "{refused:?}");
    });
}

#[test]
fn a_dictionary_stays_one_over_several_batches() {
    run(async {
        let door = Door::open().await;
        let sql =
            "SELECT arrow_cast(concat('v', value % 10), 'Dictionary(Int32, Utf8)') AS v FROM generate_series(1, 30000)";
        let rows = door.acme().await.sql(sql).await.unwrap();
        let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        assert_eq!((rows.num_rows(), rows.column(0).data_type()), (30_000, &kind));
    });
}

#[test]
fn refusals_have_a_code_and_say_what_to_do() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        let (code, stable, why) = told(client.sql("SELECT nonsense FROM changes").await);
        assert_eq!((code, stable.as_str()), (Code::InvalidArgument, "invalid-question"));
        assert!(why.contains("DESCRIBE facts.changes tells the columns of a table"), "{why}");
        // Where a mistake stands, and what was meant, is told as over REST: in the message, and apart for programs.
        let status = client.sql("SELECT id,\n  comits FROM facts.changes").await.unwrap_err();
        assert!(status.message().ends_with(" (line 2, column 3; was `commits` meant?)"), "{status:?}");
        let apart = ["pulse-line", "pulse-column", "pulse-suggestion"];
        let apart = apart.map(|name| status.metadata().get(name).and_then(|value| value.to_str().ok()));
        assert_eq!(apart, [Some("2"), Some("3"), Some("commits")]);
        let (code, stable, why) = told(client.sql("DELETE FROM changes").await);
        assert_eq!((code, stable.as_str()), (Code::InvalidArgument, "invalid-question"));
        assert!(why.contains("a session only reads"), "{why}");
        // What goes wrong at a row comes when the answer is fetched.
        let (code, _, why) = told(client.sql("SELECT 1 / (value - 5) FROM generate_series(1, 9)").await);
        assert!(code == Code::InvalidArgument && why.contains("a row cannot be computed"), "{code:?} {why}");
        // A limit holds to the last row.
        let series = "SELECT value FROM generate_series(1, 600000)";
        let (code, _, why) = told(client.sql(&format!("{series} UNION ALL {series}")).await);
        assert!(code == Code::InvalidArgument && why.contains("more than 1000000 rows"), "{code:?} {why}");
        let (code, stable, _) = told(door.client(&door.server.umbrella).await.sql("SELECT 1").await);
        assert_eq!((code, stable.as_str()), (Code::NotFound, "no-data"));
    });
}
