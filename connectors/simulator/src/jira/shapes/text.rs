//! Texts: plain in version 2, and in version 3 documents of the Atlassian Document Format.

use super::View;
use serde_json::{Value, json};

impl View<'_> {
    /// A text; an empty one is null.
    pub(super) fn text(&self, text: &str) -> Value {
        if text.is_empty() {
            return Value::Null;
        }
        if !self.has_documents {
            return json!(text);
        }
        let paragraph = |p: &str| json!({"type": "paragraph", "content": [{"type": "text", "text": p}]});
        json!({"type": "doc", "version": 1, "content": text.split("\n\n").map(paragraph).collect::<Vec<_>>()})
    }
}
