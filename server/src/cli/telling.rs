//! What a process tells of itself, and to whom.

use clap::Args;
use std::net::SocketAddr;
use tracing_subscriber::EnvFilter;
use url::Url;

/// The options.
#[derive(Debug, Args)]
pub(super) struct TellArgs {
    /// How much of the log is written: a level, such as `info`, or levels by target, such as `warn,pulse_server=debug`
    #[arg(long, value_name = "LEVELS", default_value = "warn,buoyant_kernel=off", value_parser = levels)]
    pub(super) log: String,
    /// How the log is written to standard error
    #[arg(long, value_enum, default_value_t, env = "PULSE_LOG_FORMAT")]
    pub(super) log_format: LogFormat,
    /// Where numbers for Prometheus and the health of this process are told to anybody who asks, such as 127.0.0.1:9464; nowhere,
    /// unless said
    #[arg(long, value_name = "ADDRESS")]
    pub(super) metrics: Option<SocketAddr>,
    /// Where traces are sent, to a collector that takes OTLP over HTTP, such as http://127.0.0.1:4318; nowhere, unless said
    #[arg(long, value_name = "URL", env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_parser = collector)]
    pub(super) otlp_endpoint: Option<Url>,
    /// A question's SQL text goes into its trace, where it goes into the audit trail whole
    #[arg(long)]
    pub(super) trace_sql: bool,
    /// Where backups are, as `pulse backup make` is told: how old the newest is, is then among the numbers of --metrics
    #[arg(long, value_name = "URL")]
    pub(super) backups: Option<String>,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// A JSON object a line: a request's lines have its `tenant` and `actor`, so that a collector can keep tenants apart.
    Json,
}

fn levels(text: &str) -> Result<String, String> {
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

fn collector(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let is_one = matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none();
    if is_one { Ok(url) } else { Err("should be like http://127.0.0.1:4318".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_is_somewhere_to_be_reached_over_http() {
        for fine in ["http://127.0.0.1:4318", "https://otlp.example.com/pulse/"] {
            assert!(collector(fine).is_ok(), "{fine}");
        }
        for wrong in ["127.0.0.1:4318", "localhost:4318", "grpc://collector:4317", "http://", "http://c/?key=1"] {
            assert!(collector(wrong).is_err(), "{wrong}");
        }
    }
}
