//! The log on standard error.

use super::Traces;
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry, fmt, registry};

/// Begins to log by these levels, in JSON or for people, and to trace.
pub(crate) fn start_log(levels: &str, json: bool, traces: &Traces) {
    let (filter, lines) = (EnvFilter::new(levels), fmt::layer::<Registry>().with_writer(std::io::stderr));
    let lines: Box<dyn Layer<Registry> + Send + Sync> = if json {
        let lines = lines.json().flatten_event(true).with_current_span(true).with_span_list(false);
        lines.with_filter(filter).boxed()
    } else {
        lines.with_filter(filter).boxed()
    };
    let all: Vec<_> = std::iter::once(lines).chain(traces.layer()).collect();
    // One is there already only when a test started it.
    drop(registry().with(all).try_init());
}
