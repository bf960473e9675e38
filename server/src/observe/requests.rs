//! Counts requests, around all handlers of a door.

use super::{METERS, traces};
use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use std::time::Instant;
use tracing::Instrument as _;
use tracing::field::Empty;

/// Of the REST API and the page. The route is that of the handler, so that no path that somebody makes up becomes a label; what the
/// page asks for is `page`.
pub(crate) async fn rest(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map_or("page", MatchedPath::as_str).to_owned();
    let method = of(request.method());
    let response = next.run(request).await;
    METERS.request("rest", method, &route, response.status().as_str(), begun.elapsed());
    response
}

/// Calls that there are; any other is `other`.
const CALLS: [&str; 10] = [
    "Handshake",
    "ListFlights",
    "GetFlightInfo",
    "PollFlightInfo",
    "GetSchema",
    "DoGet",
    "DoPut",
    "DoExchange",
    "DoAction",
    "ListActions",
];

/// Of Flight SQL. The status is that of gRPC as the answer begins: one that breaks later is told of among queries.
pub(crate) async fn flight(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let call = request.uri().path().rsplit('/').next().unwrap_or_default();
    let call = CALLS.into_iter().find(|known| *known == call).unwrap_or("other");
    let span = tracing::error_span!("call", call, tenant = Empty, actor = Empty, otel.kind = "server");
    traces::serves(&span, request.headers(), format!("Flight {call}"));
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.headers().get("grpc-status").and_then(|status| status.to_str().ok()).unwrap_or("0");
    traces::called(&span, status);
    METERS.request("flight", "POST", call, status, begun.elapsed());
    response
}

/// A method that HTTP knows; anybody may make up others.
fn of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
