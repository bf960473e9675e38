//! What a process tells a collector of traces: one request's spans hang together, across its doors, its queries, its jobs and its
//! store, and none of them has a secret or what was asked.

use crate::commands::{out, pulse};
use crate::flight::Client;
use crate::golden::Golden;
use crate::rest::run;
use crate::serving::Serving;
use arrow_flight::FlightDescriptor;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::sql::{CommandStatementQuery, ProstMessageExt as _};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Told;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use parking_lot::Mutex;
use prost::Message as _;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tonic::transport::Endpoint;

/// A collector on loopback that keeps what it is sent.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<(HeaderMap, Bytes)>>>);

impl Collector {
    async fn listen() -> (Self, String) {
        let (collector, listener) = (Self::default(), tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap());
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/v1/traces", post(Self::takes)).with_state(collector.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (collector, address)
    }

    async fn takes(State(collector): State<Self>, headers: HeaderMap, body: Bytes) {
        collector.0.lock().push((headers, body));
    }

    /// All spans until now.
    fn spans(&self) -> Vec<Span> {
        let sent = self.0.lock();
        let sent = sent.iter().map(|(_, body)| ExportTraceServiceRequest::decode(body.clone()).unwrap());
        let resources = sent.flat_map(|sent| sent.resource_spans);
        resources.flat_map(|of| of.scope_spans).flat_map(|of| of.spans).collect()
    }

    /// The spans, once one among them is as wished: the processes send what they have again and again.
    async fn until(&self, wished: impl Fn(&[Span]) -> bool) -> Vec<Span> {
        let begun = Instant::now();
        loop {
            let spans = self.spans();
            if wished(&spans) {
                return spans;
            }
            let names: Vec<_> = spans.iter().map(|span| (&span.name, hex(&span.trace_id))).collect();
            assert!(begun.elapsed() < Duration::from_secs(30), "{names:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn has(&self, text: &str) -> bool {
        self.0.lock().iter().any(|(_, body)| body.windows(text.len()).any(|part| part == text.as_bytes()))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn told(of: &[KeyValue], key: &str) -> Value {
    let found = of.iter().find(|known| known.key == key).and_then(|known| known.value.clone()?.value);
    match found {
        Some(Told::StringValue(text)) => text.into(),
        Some(Told::IntValue(number)) => number.into(),
        Some(Told::BoolValue(truth)) => truth.into(),
        _ => Value::Null,
    }
}

/// How often a process sends what it has, for tests that wait for it.
const SOON: Duration = Duration::from_millis(100);

/// A process that is traced.
fn traced(folder: &Path, collector: &str, every: Duration, more: &[&str]) -> Serving {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pulse"));
    command.args(["--lake", &Golden::lake().url(), "--tenant", "acme", "serve", "--port", "0"]).args(more);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", collector);
    command.env("OTEL_BSP_SCHEDULE_DELAY", every.as_millis().to_string());
    command.env("OTEL_EXPORTER_OTLP_HEADERS", "x-key=plover-thistle");
    Serving::of(&mut command, folder)
}

/// The trace of whoever asks, and the header that says so.
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";
const PARENT: (&str, &str) = ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

const SQL: &str = "SELECT id FROM facts.deployments WHERE id <> 'quince-marker'";

#[test]
fn the_spans_of_a_request_hang_together_and_hold_no_secret_and_no_text() {
    run(async {
        let (collector, address) = Collector::listen().await;
        let folder = tempfile::tempdir().unwrap();
        let serving = traced(folder.path(), &address, SOON, &[]);
        let url = format!("http://127.0.0.1:{}/api/v1/sql", serving.port());
        let asked = reqwest::Client::new().post(url).bearer_auth(&serving.token).header(PARENT.0, PARENT.1);
        let answer = asked.json(&json!({"sql": SQL})).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let query = answer.headers()["pulse-query"].to_str().unwrap().to_owned();
        assert!(answer.text().await.unwrap().contains("d1"), "the answer has its rows");

        let named = |spans: &[Span], name: &str| spans.iter().find(|span| span.name == name).cloned();
        let spans = collector
            .until(|spans| ["POST /api/v1/sql", "query", "plan", "run"].iter().all(|name| named(spans, name).is_some()))
            .await;
        let [request, asked, plan, runs] =
            ["POST /api/v1/sql", "query", "plan", "run"].map(|name| named(&spans, name).unwrap());
        // What came in goes on, and each is below the one that began it.
        assert_eq!((hex(&request.trace_id), hex(&request.parent_span_id)), (TRACE.to_owned(), CALLER.to_owned()));
        assert_eq!(asked.parent_span_id, request.span_id);
        assert_eq!((&plan.parent_span_id, &runs.parent_span_id), (&asked.span_id, &asked.span_id));
        for span in [&asked, &plan, &runs] {
            assert_eq!(hex(&span.trace_id), TRACE, "{}", span.name);
        }
        assert_eq!(request.kind, SpanKind::Server as i32);
        let of = |span: &Span, key: &str| told(&span.attributes, key);
        assert_eq!(of(&request, "tenant"), "acme");
        assert_eq!(of(&request, "http.response.status_code"), 200);
        assert_eq!(json!([of(&asked, "query"), of(&asked, "tenant")]), json!([query, "acme"]));
        assert_eq!(json!([of(&asked, "outcome"), of(&asked, "rows")]), json!(["done", 4]));
        // The store is asked below what it is asked for, by operation and bytes, and no path is told.
        let reads = |span: &&Span| span.name == "store" && of(span, "operation") == "read";
        let below = [&asked.span_id, &plan.span_id, &runs.span_id];
        let reads: Vec<_> = spans.iter().filter(reads).filter(|span| below.contains(&&span.parent_span_id)).collect();
        assert!(reads.iter().any(|span| of(span, "bytes").as_i64() > Some(0)), "{reads:?}");
        let stores = spans.iter().filter(|span| span.name == "store");
        assert!(
            stores
                .clone()
                .all(|span| span.attributes.iter().all(|of| ["operation", "bytes"].contains(&of.key.as_str())))
        );
        assert!(stores.clone().all(|span| !span.parent_span_id.is_empty()), "work in the background begins no trace");

        for hidden in ["quince-marker", "SELECT", serving.token.as_str(), "plover-thistle", ".parquet"] {
            assert!(!collector.has(hidden), "{hidden}");
        }
        let sent = collector.0.lock().clone();
        assert!(sent.iter().all(|(headers, _)| headers["x-key"] == "plover-thistle"), "the collector is shown its key");
        let first = ExportTraceServiceRequest::decode(sent[0].1.clone()).unwrap();
        let process = first.resource_spans[0].resource.clone().unwrap().attributes;
        assert_eq!(told(&process, "service.name"), "pulse");
        assert_eq!(told(&process, "service.version"), env!("CARGO_PKG_VERSION"));
    });
}

#[test]
fn jobs_and_calls_of_flight_go_on_with_the_trace_of_whoever_asked() {
    run(async {
        let (collector, address) = Collector::listen().await;
        let folder = tempfile::tempdir().unwrap();
        let serving = traced(folder.path(), &address, SOON, &["--trace-sql"]);
        let base = format!("http://127.0.0.1:{}", serving.port());
        let channel = Endpoint::from_shared(base.clone()).unwrap().connect().await.unwrap();
        let mut client = Client { inner: FlightServiceClient::new(channel), token: serving.token.clone() };
        let command = CommandStatementQuery { query: SQL.to_owned(), transaction_id: None };
        let mut asks = client.request(FlightDescriptor::new_cmd(command.as_any().encode_to_vec()));
        asks.metadata_mut().insert(PARENT.0, PARENT.1.parse().unwrap());
        let info = client.inner.get_flight_info(asks).await.unwrap().into_inner();
        let (_, rows) = client.fetch(info.endpoint[0].ticket.clone().unwrap()).await.unwrap();
        assert_eq!(rows.iter().map(|batch| batch.num_rows()).sum::<usize>(), 4);

        let made = pulse(folder.path(), &["--tenant", "acme", "admin", "token", "ops", "--role", "operator"]);
        let token = out(&made).trim().to_owned();
        let asked = reqwest::Client::new().post(format!("{base}/api/v1/jobs")).bearer_auth(token);
        let asked =
            asked.header(PARENT.0, PARENT.1.replace('b', "c")).json(&json!({"kind": "map"})).send().await.unwrap();
        assert_eq!(asked.status(), 202);

        let is_job = |span: &Span, kind: &str| span.name == format!("job {kind}");
        let spans = collector
            .until(|spans| {
                let jobs =
                    ["map", "model", "forecast", "risk"].iter().all(|kind| spans.iter().any(|span| is_job(span, kind)));
                jobs && spans.iter().any(|span| span.name == "query")
            })
            .await;
        let one = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
        let info = one("Flight GetFlightInfo");
        assert_eq!((hex(&info.trace_id), hex(&info.parent_span_id)), (TRACE.to_owned(), CALLER.to_owned()));
        assert_eq!(told(&info.attributes, "tenant"), "acme");
        // The call that fetches named no trace, and begins one.
        let (fetch, query) = (one("Flight DoGet"), one("query"));
        assert!(fetch.parent_span_id.is_empty() && hex(&fetch.trace_id) != TRACE);
        assert_eq!(query.parent_span_id, fetch.span_id);
        assert_eq!(told(&query.attributes, "db.query.text"), SQL, "as it was wished");
        // A job is done later, by whichever process, and what follows it goes on from there.
        let (post, map, model) = (one("POST /api/v1/jobs"), one("job map"), one("job model"));
        assert_eq!(hex(&post.trace_id), TRACE.replace('b', "c"));
        assert_eq!((&map.trace_id, &map.parent_span_id), (&post.trace_id, &post.span_id));
        assert_eq!((&model.trace_id, &model.parent_span_id), (&post.trace_id, &map.span_id));
        assert_eq!(told(&map.attributes, "outcome"), "done");
        assert!(told(&map.attributes, "actor").is_string(), "who asked for it");
        assert!(spans.iter().any(|span| span.name == "store" && span.trace_id == post.trace_id));
    });
}

#[test]
fn what_was_not_sent_yet_goes_out_at_the_end() {
    run(async {
        let (collector, address) = Collector::listen().await;
        let folder = tempfile::tempdir().unwrap();
        let mut serving = traced(folder.path(), &address, Duration::from_secs(600), &[]);
        assert!(serving.get("/api/v1/metrics").starts_with("HTTP/1.1 200"));
        assert!(collector.spans().is_empty());
        serving.interrupt();
        // The collector answers meanwhile.
        assert!(tokio::task::block_in_place(|| serving.ends_within(Duration::from_secs(20))));
        assert!(collector.spans().iter().any(|span| span.name == "GET /api/v1/metrics"));
    });
}

#[test]
fn a_process_without_a_collector_goes_on_and_says_so_once() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let nobody = format!("http://127.0.0.1:{}", crate::tasks::free_port());
    let mut command = Command::new(env!("CARGO_BIN_EXE_pulse"));
    command.args(["--lake", &Golden::lake().url(), "--tenant", "acme", "serve", "--port", "0"]);
    command.args(["--otlp-endpoint", &nobody]).env("OTEL_BSP_SCHEDULE_DELAY", "50");
    command.env("OTEL_EXPORTER_OTLP_TIMEOUT", "100").stderr(std::fs::File::create(&log).unwrap());
    let mut serving = Serving::of(&mut command, folder.path());
    for _ in 0..4 {
        assert!(serving.get("/api/v1/metrics").starts_with("HTTP/1.1 200"));
        std::thread::sleep(Duration::from_millis(300));
    }
    serving.interrupt();
    assert!(serving.ends_within(Duration::from_secs(20)));
    let log = std::fs::read_to_string(log).unwrap();
    assert_eq!(log.matches("traces cannot be sent").count(), 1, "{log}");
    let wrong = pulse(folder.path(), &["serve", "--otlp-endpoint", "grpc://collector:4317"]);
    assert_eq!(wrong.status.code(), Some(2));
}
