//! What was asked of the simulator, to see for instance how often a page was fetched.

use parking_lot::Mutex;
use serde_json::Value;

/// One request and how it was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Served {
    /// The HTTP method.
    pub method: String,
    /// The path, as it was asked.
    pub path: String,
    /// The query string, without its question mark.
    pub query: String,
    /// The GraphQL operation's name.
    pub operation: Option<String>,
    /// The GraphQL operation's variables.
    pub variables: Value,
    /// The status of the answer.
    pub status: u16,
    /// What was made to go wrong.
    pub fault: Option<crate::Fault>,
}

/// Requests in the order in which they were answered.
#[derive(Debug, Default)]
pub struct Log(Mutex<Vec<Served>>);

impl Log {
    pub(crate) fn add(&self, served: Served) {
        self.0.lock().push(served);
    }

    /// Everything so far.
    pub fn requests(&self) -> Vec<Served> {
        self.0.lock().clone()
    }

    /// How many requests there were.
    pub fn len(&self) -> usize {
        self.0.lock().len()
    }

    /// Whether nothing was asked yet.
    pub fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }

    /// How often an operation was asked for.
    pub fn count(&self, operation: &str) -> usize {
        self.0.lock().iter().filter(|s| s.operation.as_deref() == Some(operation)).count()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.0.lock().clear();
    }
}
