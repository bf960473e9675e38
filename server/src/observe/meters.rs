//! What is counted as it happens.

use crate::control::Outcome;
use crate::queries::{Query, State};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

/// The names and values of labels. None of them is of anybody's making: what people name is no label here.
type Labels<const N: usize> = [(&'static str, String); N];

/// Upper ends of seconds in a histogram, for requests and queries.
const ANSWERS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];
/// The same for jobs.
const JOBS: [f64; 8] = [0.1, 1.0, 5.0, 30.0, 120.0, 600.0, 1_800.0, 7_200.0];

/// What this process counts. There is one of each for as long as it lives.
pub(crate) static METERS: LazyLock<Meters> = LazyLock::new(Meters::new);

pub(crate) struct Meters {
    pub(super) registry: Registry,
    requests: Family<Labels<4>, Counter>,
    request_seconds: Family<Labels<2>, Histogram>,
    queries: Family<Labels<3>, Counter>,
    query_seconds: Family<Labels<1>, Histogram>,
    query_rows: Counter,
    query_bytes: Counter,
    jobs: Family<Labels<2>, Counter>,
    job_seconds: Family<Labels<1>, Histogram>,
}

impl fmt::Debug for Meters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meters").finish_non_exhaustive()
    }
}

fn seconds<const N: usize, const B: usize>(ends: [f64; B]) -> Family<Labels<N>, Histogram> {
    // No function that takes something along may be the constructor: one for each set of ends.
    Family::new_with_constructor(if ends[0] == JOBS[0] { || Histogram::new(JOBS) } else { || Histogram::new(ANSWERS) })
}

impl Meters {
    fn new() -> Self {
        let mut meters = Self {
            registry: Registry::with_prefix("pulse"),
            requests: Family::default(),
            request_seconds: seconds(ANSWERS),
            queries: Family::default(),
            query_seconds: seconds(ANSWERS),
            query_rows: Counter::default(),
            query_bytes: Counter::default(),
            jobs: Family::default(),
            job_seconds: seconds(JOBS),
        };
        let Self {
            registry,
            requests,
            request_seconds,
            queries,
            query_seconds,
            query_rows,
            query_bytes,
            jobs,
            job_seconds,
        } = &mut meters;
        registry.register(
            "requests",
            "Requests that were answered, by door (rest, flight), method, route and status (of HTTP, or of gRPC)",
            requests.clone(),
        );
        registry.register_with_unit(
            "request",
            "Time until an answer begins, by door and route",
            Unit::Seconds,
            request_seconds.clone(),
        );
        registry.register(
            "queries",
            "Queries that are over, by door, outcome, and whether their rows were kept ones (cached)",
            queries.clone(),
        );
        registry.register_with_unit(
            "query",
            "Time from a query's coming to its last row, by door",
            Unit::Seconds,
            query_seconds.clone(),
        );
        registry.register("query_rows", "Rows that queries gave", query_rows.clone());
        registry.register_with_unit("query_given", "Bytes that queries gave", Unit::Bytes, query_bytes.clone());
        registry.register("jobs", "Jobs that this process did, by kind and outcome", jobs.clone());
        registry.register_with_unit("job", "Time that a job took, by kind", Unit::Seconds, job_seconds.clone());
        meters
    }

    /// A request was answered.
    pub(super) fn request(&self, door: &'static str, method: &str, route: &str, status: &str, took: Duration) {
        let of = |text: &str| text.to_owned();
        let labels = [("door", of(door)), ("method", of(method)), ("route", of(route)), ("status", of(status))];
        self.requests.get_or_create_owned(&labels).inc();
        let labels = [("door", of(door)), ("route", of(route))];
        self.request_seconds.get_or_create_owned(&labels).observe(took.as_secs_f64());
    }

    /// A query is over.
    pub(crate) fn query(&self, query: &Query, took: Duration) {
        let door = query.door.word().to_owned();
        let cached = (query.cached == Some(true)).to_string();
        let outcome = query.state.outcome().to_owned();
        self.queries.get_or_create_owned(&[("door", door.clone()), ("outcome", outcome), ("cached", cached)]).inc();
        // One that was refused took no time that says anything.
        if query.state != State::Failed {
            self.query_seconds.get_or_create_owned(&[("door", door)]).observe(took.as_secs_f64());
        }
        self.query_rows.inc_by(u64::try_from(query.rows).unwrap_or_default());
        self.query_bytes.inc_by(u64::try_from(query.bytes).unwrap_or_default());
    }

    /// A job of a kind that this process knows came to an end here.
    pub(crate) fn job(&self, kind: &str, outcome: &Outcome, took: Duration) {
        self.jobs.get_or_create_owned(&[("kind", kind.to_owned()), ("outcome", outcome.word().to_owned())]).inc();
        self.job_seconds.get_or_create_owned(&[("kind", kind.to_owned())]).observe(took.as_secs_f64());
    }
}
