//! The log on standard error, whose levels may change while the process runs.

use super::Traces;
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry, fmt, registry, reload};

/// The log of this process.
#[derive(Debug)]
pub(crate) struct Log(reload::Handle<EnvFilter, Registry>);

impl Log {
    /// Begins to log by these levels, in JSON or for people, and to trace.
    pub(crate) fn start(levels: &str, json: bool, traces: &Traces) -> Self {
        let (filter, handle) = reload::Layer::new(EnvFilter::new(levels));
        let lines = fmt::layer::<Registry>().with_writer(std::io::stderr);
        let lines: Box<dyn Layer<Registry> + Send + Sync> = if json {
            let lines = lines.json().flatten_event(true).with_current_span(true).with_span_list(false);
            lines.with_filter(filter).boxed()
        } else {
            lines.with_filter(filter).boxed()
        };
        let all: Vec<_> = std::iter::once(lines).chain(traces.layer()).collect();
        // One is there already only when a test started it.
        drop(registry().with(all).try_init());
        Self(handle)
    }

    /// Logs by other levels from now on.
    pub(crate) fn takes(&self, levels: &str) {
        if let Err(error) = self.0.reload(EnvFilter::new(levels)) {
            tracing::warn!(%error, "the log keeps its levels");
        }
    }
}
