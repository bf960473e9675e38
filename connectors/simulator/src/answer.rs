//! An answer before it becomes an HTTP response.

use crate::Fault;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, StatusCode, header};
use futures::{StreamExt as _, stream};
use serde_json::Value;
use std::io;

/// Status, headers and body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers beside those that every answer has.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Whether it counts against the limit of REST requests.
    pub costs: bool,
}

impl Answer {
    /// JSON.
    pub(crate) fn json(status: u16, body: Value) -> Self {
        let headers = vec![("Content-Type", "application/json; charset=utf-8".to_owned())];
        Self { status, headers, body: body.to_string().into_bytes(), costs: true }
    }

    /// A page for people.
    pub(crate) fn html(status: u16, page: &str) -> Self {
        let headers = vec![("Content-Type", "text/html; charset=utf-8".to_owned())];
        Self { status, headers, body: page.as_bytes().to_vec(), costs: true }
    }

    /// With one more header.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Without being counted.
    pub(crate) fn free(mut self) -> Self {
        self.costs = false;
        self
    }

    /// The answer as HTTP, spoilt by a fault of the connection or the body.
    pub(crate) fn respond(self, fault: Option<&Fault>) -> Response<Body> {
        let length = self.body.len();
        let body = match fault {
            Some(Fault::Disconnect) => broken(Vec::new()),
            Some(Fault::HalfBody) => broken(self.body[..length / 2].to_vec()),
            Some(Fault::InvalidJson) => Body::from(self.body[..length / 2].to_vec()),
            Some(Fault::Padded(mebibytes)) => {
                let blanks = vec![b' '; mebibytes << 20];
                Body::from([self.body, blanks].concat())
            }
            _ => Body::from(self.body),
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        if matches!(fault, Some(Fault::Disconnect | Fault::HalfBody)) {
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        response
    }
}

/// A body after whose beginning the connection ends: an error from the stream makes the server drop it. What is written is only
/// sent once the stream has to be waited for, so it waits a moment after a beginning, and without one nothing is sent at all.
fn broken(beginning: Vec<u8>) -> Body {
    let is_sent = !beginning.is_empty();
    let beginning = stream::iter(is_sent.then(|| Ok(Bytes::from(beginning))));
    let end = stream::once(async move {
        if is_sent {
            tokio::task::yield_now().await;
        }
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    });
    Body::from_stream(beginning.chain(end))
}
