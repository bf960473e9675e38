//! Traces, for whoever follows a request or a job through the process and its stores: the spans that it works in, sent to a collector
//! in OpenTelemetry's protocol (OTLP). There are none unless an address is said for them.

use crate::control::Outcome;
use crate::queries::{Query, State};
use crate::{Error, Result};
use async_trait::async_trait;
use axum::http::{HeaderMap, StatusCode};
use datafusion::common::runtime::{JoinSetTracer, set_join_set_tracer};
use futures::future::BoxFuture;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::{Status, TraceContextExt as _, TraceFlags, TracerProvider as _};
use opentelemetry::{Context, Key, KeyValue};
use opentelemetry_http::{Bytes, HeaderExtractor, HttpClient, HttpError, Request, Response, ResponseBodyTooLarge};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::any::Any;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tracing::{Instrument as _, Level, Metadata, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::{Layer, Registry};
use url::Url;

/// How long the collector may take for a request, and how long the last one of a process that ends.
const PATIENCE: Duration = Duration::from_secs(10);
const LAST: Duration = Duration::from_secs(3);
/// The most bytes of its answers that are read.
const ANSWERED: usize = 4 << 20;

/// Whether this process is traced.
static ON: AtomicBool = AtomicBool::new(false);

fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// Where the traces of a process go, if anywhere.
#[derive(Debug)]
pub(crate) struct Traces(Option<SdkTracerProvider>);

impl Traces {
    /// Begins to trace, where there is an address. The rest of what OpenTelemetry's variables say (`OTEL_EXPORTER_OTLP_HEADERS`,
    /// `OTEL_TRACES_SAMPLER`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_BSP_…`) holds, too.
    ///
    /// # Errors
    /// [`Error::Usage`] when those cannot be used.
    pub(crate) fn start(collector: Option<&Url>) -> Result<Self> {
        let Some(collector) = collector else { return Ok(Self(None)) };
        let failed =
            |why: String| Error::Usage(format!("traces cannot be sent to the address of --otlp-endpoint: {why}"));
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE).build();
        let client = client.map_err(|error| failed(error.to_string()))?;
        let sends = Sends { client, runtime: Handle::current(), fails: AtomicBool::new(false) };
        let exporter = SpanExporter::builder().with_http().with_http_client(sends).with_protocol(Protocol::HttpBinary);
        let exporter =
            exporter.with_endpoint(format!("{}/v1/traces", collector.as_str().trim_end_matches('/'))).build();
        let exporter = exporter.map_err(|error| failed(error.to_string()))?;
        let provider = SdkTracerProvider::builder().with_resource(process()).with_batch_exporter(exporter).build();
        // One is there already only when a test set it.
        set_join_set_tracer(&WITHIN).ok();
        ON.store(true, Ordering::Relaxed);
        Ok(Self(Some(provider)))
    }

    /// What makes traces of our own spans, whatever of them the log tells. What is logged stays in the log.
    pub(super) fn layer(&self) -> Option<Box<dyn Layer<Registry> + Send + Sync>> {
        let tracer = self.0.as_ref()?.tracer("pulse");
        let layer = tracing_opentelemetry::layer::<Registry>()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_context_activation(false);
        let ours = filter_fn(|of: &Metadata<'_>| {
            of.is_span() && *of.level() <= Level::DEBUG && of.target().starts_with("pulse_")
        });
        Some(layer.with_filter(ours.with_max_level_hint(LevelFilter::DEBUG)).boxed())
    }

    /// Sends what was not sent yet.
    pub(crate) async fn end(self) {
        let Some(provider) = self.0 else { return };
        let ended = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(LAST)).await;
        if let Ok(Err(error)) = ended {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// What the collector is told of the process.
fn process() -> Resource {
    let name = Resource::builder().build().get(&Key::from_static_str("service.name"));
    let is_named = name.is_some_and(|name| !name.as_str().starts_with("unknown_service"));
    let told = Resource::builder().with_attributes([
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", uuid::Uuid::new_v4().to_string()),
    ]);
    if is_named { told.build() } else { told.with_service_name("pulse").build() }
}

/// What sends traces: on the process's own threads, since those that gather them know no runtime.
#[derive(Debug)]
struct Sends {
    client: reqwest::Client,
    runtime: Handle,
    /// Whether the last try failed: the log is told once, not each time.
    fails: AtomicBool,
}

#[async_trait]
impl HttpClient for Sends {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let sent = self.runtime.spawn(async move { send(&client, request).await }).await;
        let sent = sent.unwrap_or_else(|error| Err(error.into()));
        let why = match &sent {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(answer.status().to_string()),
            Err(error) => Some(error.to_string()),
        };
        match (&why, self.fails.swap(why.is_some(), Ordering::Relaxed)) {
            (Some(why), false) => tracing::warn!(why, "traces cannot be sent: what is not taken soon is lost"),
            (None, true) => tracing::warn!("traces are taken again"),
            _ => {}
        }
        sent
    }
}

async fn send(client: &reqwest::Client, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let request = reqwest::Request::try_from(request)?;
    let mut answer = client.execute(request).await.map_err(reqwest::Error::without_url)?;
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await? {
        if body.len() + part.len() > ANSWERED {
            return Err(ResponseBodyTooLarge::new().into());
        }
        body.extend_from_slice(&part);
    }
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    Ok(response)
}

/// What operators of a plan begin beside themselves belongs to the span that they work in.
struct Within;

static WITHIN: Within = Within;

impl JoinSetTracer for Within {
    fn trace_future(&self, work: BoxFuture<'static, Box<dyn Any + Send>>) -> BoxFuture<'static, Box<dyn Any + Send>> {
        Box::pin(work.in_current_span())
    }

    fn trace_block(
        &self,
        work: Box<dyn FnOnce() -> Box<dyn Any + Send> + Send>,
    ) -> Box<dyn FnOnce() -> Box<dyn Any + Send> + Send> {
        let span = Span::current();
        Box::new(move || span.in_scope(work))
    }
}

/// Lets the span of a request go on with the trace that its headers name (`traceparent`, `tracestate`).
pub(crate) fn serves(span: &Span, headers: &HeaderMap, name: String) {
    if is_on() {
        begins(span, &HeaderExtractor(headers), name);
    }
}

/// Lets the span of a job go on with the trace of whoever asked for it.
pub(crate) fn follows(span: &Span, carried: Option<&str>, name: String) {
    if is_on() {
        begins(span, &Carried(carried), name);
    }
}

fn begins(span: &Span, from: &dyn Extractor, name: String) {
    let before = TraceContextPropagator::new().extract_with_context(&Context::new(), from);
    span.set_parent(before).ok();
    let context = span.context();
    context.span().update_name(name);
}

/// A trace as it is carried in one line, the header `traceparent` of W3C.
struct Carried<'a>(Option<&'a str>);

const PARENT: &str = "traceparent";

impl Extractor for Carried<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.filter(|_| key == PARENT)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.map(|_| PARENT).into_iter().collect()
    }
}

/// Whether jobs may carry traces.
pub(crate) fn are_carried() -> bool {
    is_on()
}

/// The trace that is under way here, to be carried on.
pub(crate) fn carried() -> Option<String> {
    if !is_on() {
        return None;
    }
    let context = Span::current().context();
    let span = context.span();
    let known = span.span_context();
    let sampled = known.trace_flags() & TraceFlags::SAMPLED;
    known.is_valid().then(|| format!("00-{}-{}-{sampled:02x}", known.trace_id(), known.span_id()))
}

/// A request was answered.
pub(crate) fn answered(span: &Span, status: StatusCode) {
    span.set_attribute("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.set_status(Status::error(""));
    }
}

/// A call of gRPC was answered: with this status, as its headers tell it.
pub(super) fn called(span: &Span, status: &str) {
    span.set_attribute("rpc.grpc.status_code", status.parse().unwrap_or(0_i64));
    // Those that are the server's fault: unknown, deadline exceeded, unimplemented, internal, unavailable, data loss.
    if ["2", "4", "12", "13", "14", "15"].contains(&status) {
        span.set_status(Status::error(""));
    }
}

/// What was asked, where that may be told.
pub(crate) fn text(span: &Span, sql: &str) {
    span.set_attribute("db.query.text", sql.to_owned());
}

/// A query is over.
pub(crate) fn query(span: &Span, query: &Query) {
    if !is_on() {
        return;
    }
    span.set_attribute("outcome", query.state.outcome());
    span.set_attribute("rows", query.rows);
    span.set_attribute("bytes", query.bytes);
    if let Some(cached) = query.cached {
        span.set_attribute("cached", cached);
    }
    if let Some(plan) = &query.plan {
        span.set_attribute("plan", plan.clone());
    }
    if matches!(query.state, State::Failed | State::TimedOut) {
        span.set_status(Status::error(""));
    }
}

/// A try of a job is over.
pub(crate) fn job(span: &Span, outcome: &Outcome) {
    span.set_attribute("outcome", outcome.word());
    if matches!(outcome, Outcome::Failed(_) | Outcome::Hopeless(_)) {
        span.set_status(Status::error(""));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_that_is_carried_is_the_one_that_comes_out() {
        let carried = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let of = |carried| {
            let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &Carried(carried));
            let known = context.span().span_context().clone();
            (known.is_valid(), known.trace_id().to_string(), known.span_id().to_string(), known.is_sampled())
        };
        let told = ("0af7651916cd43dd8448eb211c80319c".to_owned(), "b7ad6b7169203331".to_owned());
        assert_eq!(of(Some(carried)), (true, told.0, told.1, true));
        for none in [None, Some("00-0af7651916cd43dd8448eb211c80319c"), Some("")] {
            assert!(!of(none).0, "{none:?}");
        }
    }
}
