//! An answer before it becomes an HTTP response.

use serde_json::{Value, json};

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

    /// An error as REST tells it.
    pub(crate) fn message(status: u16, message: &str, documentation: &str) -> Self {
        let status_text = status.to_string();
        Self::json(status, json!({"message": message, "documentation_url": documentation, "status": status_text}))
    }

    /// 404, also for what the token may not see.
    pub(crate) fn not_found() -> Self {
        Self::message(404, "Not Found", "https://docs.github.com/rest")
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
}
