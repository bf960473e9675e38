//! The door for whoever watches the process: `/metrics`, `/livez`, `/readyz`. It is shut unless an address is said for it, since it
//! asks nobody who they are, and what it tells names tenants and connections.

use super::gauges::Shared;
use super::newest::Newest;
use super::{METERS, Ready, gauges};
use crate::control::Control;
use crate::queries::Queries;
use crate::{Error, Result};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use pulse_engine::Engine;
use pulse_engine::lake::Backups;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

/// What is looked at.
#[derive(Clone, Debug)]
pub struct Observed {
    /// Whether it can serve.
    pub ready: Ready,
    /// The queue and the connections.
    pub control: Control,
    /// The lake.
    pub engine: Engine,
    /// The queries, of a process that answers any.
    pub queries: Option<Queries>,
    /// Where backups are, of a process that was told.
    pub backups: Option<Arc<Backups>>,
    /// When the certificate that it shows is over, in microseconds, where it shows one.
    pub certificate_ends_at: Option<i64>,
}

/// Answers until `stop`.
///
/// # Errors
/// When the listener breaks.
pub async fn serve(of: Observed, listener: TcpListener, stop: impl Future<Output = ()> + Send + 'static) -> Result<()> {
    axum::serve(listener, router(of)).with_graceful_shutdown(stop).await.map_err(Error::from)
}

fn router(of: Observed) -> Router {
    let newest = of.backups.clone().map(Newest::of);
    Router::new()
        .route("/metrics", get(metrics))
        .route("/livez", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .with_state(Watched { of, told: Arc::default(), newest })
}

/// What is looked at, and what the control database told last: it is asked by one of those who ask at once, and not again for a moment.
#[derive(Clone)]
struct Watched {
    of: Observed,
    told: Arc<Mutex<Option<Shared>>>,
    newest: Option<Newest>,
}

async fn ready(State(Watched { of, .. }): State<Watched>) -> Response {
    match of.ready.look().await {
        Ok(()) => "ok\n".into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response(),
    }
}

/// The media type of the text that OpenMetrics 1.0 describes.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

async fn metrics(State(watched): State<Watched>) -> Response {
    match text(&watched).await {
        Ok(text) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// All that is told. Where the control database is away, what it would tell is left out, and `pulse_database_up` is 0.
async fn text(Watched { of, told, newest }: &Watched) -> std::result::Result<String, std::fmt::Error> {
    let mut text = String::new();
    encode_registry(&mut text, &METERS.registry)?;
    encode_registry(&mut text, &gauges::own(of))?;
    encode_registry(&mut text, &gauges::process())?;
    let store = of.ready.look_at_store().await.is_ok();
    let mut told = told.lock().await;
    let now = of.control.now();
    if let Some(end) = of.certificate_ends_at {
        encode_registry(&mut text, &gauges::certificate(end - now))?;
    }
    if let Some(ago) = newest.as_ref().and_then(|newest| newest.seconds_ago(now)) {
        encode_registry(&mut text, &gauges::backup(ago))?;
    }
    if !told.as_ref().is_some_and(|told| told.is_fresh(now)) {
        let asked = Shared::ask(of).await;
        *told = asked.inspect_err(|error| tracing::warn!(%error, "the queue is not told of now")).ok();
    }
    encode_registry(&mut text, &gauges::up(told.is_some(), store))?;
    if let Some(told) = &*told {
        encode_registry(&mut text, &gauges::shared(told, now))?;
    }
    encode_eof(&mut text)?;
    Ok(text)
}
