//! The REST API and the page. Everything is asked as the tenant that the request's token names; no parameter names one.

mod access;
mod answer;
mod body;
mod health;
mod metrics;
mod page;
mod problem;
mod sql;

pub use access::{Access, TokenFile};
pub use problem::Problem;

use access::Asker;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use pulse_engine::{Clock, Engine, Settings};
use std::sync::Arc;

/// What every request is served with.
#[derive(Clone, Debug)]
pub struct App {
    /// The lake and the questions that it answers.
    pub engine: Engine,
    /// Time zone, windows and minimum n.
    pub settings: Settings,
    /// Where the time comes from.
    pub clock: Clock,
    /// Who may ask.
    pub access: Arc<Access>,
}

/// The whole of what is served.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/", get(page::show))
        .route("/livez", get(health::livez))
        .route("/api/v1/sql", post(sql::ask))
        .route("/api/v1/metrics", get(metrics::catalogue))
        .route("/api/v1/metrics/{name}", get(metrics::answer))
        .route("/api/v1/metrics/{name}/evidence", get(metrics::evidence))
        .fallback(async || Problem::not_found("there is nothing at this address; docs/rest.md lists what there is"))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(middleware::from_fn(headers))
        .with_state(app)
}

/// A tenant's figures belong in no shared cache and in nobody's frame, and a page of ours runs no script.
async fn headers(request: axum::extract::Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let csp = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, csp),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
