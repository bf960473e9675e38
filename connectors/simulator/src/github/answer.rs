//! Errors as GitHub's REST tells them.

use crate::answer::Answer;
use serde_json::json;

impl Answer {
    /// An error as REST tells it.
    pub(crate) fn message(status: u16, message: &str, documentation: &str) -> Self {
        let status_text = status.to_string();
        Self::json(status, json!({"message": message, "documentation_url": documentation, "status": status_text}))
    }

    /// 404, also for what the token may not see.
    pub(crate) fn not_found() -> Self {
        Self::message(404, "Not Found", "https://docs.github.com/rest")
    }
}
