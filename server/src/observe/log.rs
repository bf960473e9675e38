//! The log on standard error, whose levels may change while the process runs.

use super::Traces;
use serde_json::{Map, Value};
use std::fmt::Result as Written;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields as _, FormattedFields, MakeWriter};
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Scope};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry, fmt, registry, reload};

/// The log of this process.
#[derive(Debug)]
pub(crate) struct Log(reload::Handle<EnvFilter, Registry>);

impl Log {
    /// Begins to log by these levels, in JSON or for people, and to trace.
    pub(crate) fn start(levels: &str, json: bool, traces: &Traces) -> Self {
        let (filter, handle) = reload::Layer::new(EnvFilter::new(levels));
        let lines: Box<dyn Layer<Registry> + Send + Sync> = if json {
            in_json(std::io::stderr).with_filter(filter).boxed()
        } else {
            fmt::layer::<Registry>().with_writer(std::io::stderr).with_filter(filter).boxed()
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

fn in_json<W>(writer: W) -> impl Layer<Registry> + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    fmt::layer::<Registry>().json().with_writer(writer).event_format(Flat)
}

/// Each line is one object: what is said, and beside it what every span around it says, such as whose request, query or job it is. Where
/// two say the same, the inner one is told.
struct Flat;

impl<S> FormatEvent<S, JsonFields> for Flat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        around: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> Written {
        let (mut line, mut names) = (Map::new(), Vec::new());
        for span in around.event_scope().into_iter().flat_map(Scope::from_root) {
            names.push(span.name());
            if let Some(fields) = span.extensions().get::<FormattedFields<JsonFields>>() {
                line.extend(object(fields)?);
            }
        }
        let mut said = String::new();
        around.field_format().format_fields(Writer::new(&mut said), event)?;
        line.extend(object(&said)?);
        let mut at = String::new();
        SystemTime.format_time(&mut Writer::new(&mut at))?;
        let of = event.metadata();
        // What comes by the crate `log` says in a field of its own where it is from.
        let target = match line.remove("log.target") {
            Some(Value::String(target)) => target,
            _ => of.target().to_owned(),
        };
        let own = [("timestamp", at), ("level", of.level().to_string()), ("target", target)];
        line.extend(own.map(|(name, value)| (name.to_owned(), Value::String(value))));
        if !names.is_empty() {
            line.insert("span".to_owned(), Value::String(names.join(":")));
        }
        writeln!(writer, "{}", Value::Object(line))
    }
}

/// Fields as they were written.
fn object(fields: &str) -> Result<Map<String, Value>, std::fmt::Error> {
    serde_json::from_str(fields).map_err(|_| std::fmt::Error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::fs::File;
    use tracing::field::Empty;

    #[test]
    fn a_line_has_what_every_span_around_it_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let log = registry().with(in_json(File::create(&path).unwrap()).with_filter(EnvFilter::new("debug")));
        tracing::subscriber::with_default(log, || {
            let request = tracing::error_span!("request", route = "/api/v1/sql", tenant = Empty, actor = Empty);
            request.in_scope(|| {
                tracing::info!("came");
                request.record("tenant", "acme");
                request.record("actor", "user_1");
                let query = tracing::error_span!("query", query = "query_1", tenant = "acme");
                let plan = query.in_scope(|| tracing::debug_span!("plan"));
                plan.in_scope(|| tracing::debug!(rows = 3, level = "high", "planned"));
            });
            tracing::warn!("nobody's");
        });
        let log = std::fs::read_to_string(&path).unwrap();
        let mut lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for line in &mut lines {
            let own = line.as_object_mut().unwrap();
            assert!(own.remove("timestamp").unwrap().as_str().unwrap().ends_with('Z'));
            assert_eq!(own.remove("target").unwrap(), "pulse_server::observe::log::tests");
        }
        let [came, planned, nobodys] = lines.try_into().unwrap();
        assert_eq!(came, json!({"level": "INFO", "message": "came", "route": "/api/v1/sql", "span": "request"}));
        let told = json!({
            "level": "DEBUG", "message": "planned", "rows": 3, "route": "/api/v1/sql", "tenant": "acme", "actor": "user_1",
            "query": "query_1", "span": "request:query:plan",
        });
        assert_eq!(planned, told);
        assert_eq!(nobodys, json!({"level": "WARN", "message": "nobody's"}));
    }
}
