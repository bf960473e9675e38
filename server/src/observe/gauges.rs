//! What is looked up when somebody asks: how long the queue is, how old what connections told is, what the process holds.

use super::serve::Observed;
use crate::Result;
use crate::control::{OpenJobs, ReadAt, Size, Sizes};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use std::fmt::Debug;
use std::hash::Hash;
use std::path::Path;
use std::sync::atomic::AtomicU64;

/// A family with these values, one for each set of labels.
fn gauges<S>(values: impl IntoIterator<Item = (S, f64)>) -> Family<S, Gauge<f64, AtomicU64>>
where
    S: Clone + Debug + Hash + Eq + EncodeLabelSet + Send + Sync + 'static,
{
    let family = Family::<S, Gauge<f64, AtomicU64>>::default();
    for (labels, value) in values {
        family.get_or_create_owned(&labels).set(value);
    }
    family
}

fn one(value: f64) -> Gauge<f64, AtomicU64> {
    let gauge = Gauge::<f64, AtomicU64>::default();
    gauge.set(value);
    gauge
}

fn total(value: f64) -> Counter<f64, AtomicU64> {
    let counter = Counter::<f64, AtomicU64>::default();
    counter.inc_by(value);
    counter
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is no account")]
pub(super) fn number(n: u64) -> f64 {
    n as f64
}

/// For how long what the control database told holds, in microseconds: each who watches a process asks it every few seconds.
const FRESH: i64 = 5_000_000;

/// What the control database tells, the same from every process that shares it.
pub(super) struct Shared {
    at: i64,
    open: Vec<OpenJobs>,
    connections: Vec<ReadAt>,
    firing: u64,
    sizes: Sizes,
}

impl Shared {
    /// # Errors
    /// When the database fails.
    pub(super) async fn ask(of: &Observed) -> Result<Self> {
        let (control, at) = (&of.control, of.control.now());
        let (open, connections) = (control.open_jobs().await?, control.read_at().await?);
        let (firing, sizes) = (control.firing().await?, control.sizes(LARGEST).await?);
        Ok(Self { at, open, connections, firing, sizes })
    }

    /// Whether it was told a moment ago.
    pub(super) fn is_fresh(&self, now: i64) -> bool {
        (0..FRESH).contains(&(now - self.at))
    }
}

/// The same in numbers; how long something has lasted is as of now.
pub(super) fn shared(told: &Shared, now: i64) -> Registry {
    let since = |at: i64| number(u64::try_from(now - at).unwrap_or_default() / 1_000_000);
    let mut registry = Registry::with_prefix("pulse");
    let Shared { open, connections, firing, sizes, .. } = told;
    let label = |text: &str| text.to_owned();
    let jobs =
        open.iter().map(|jobs| ([("kind", label(&jobs.kind)), ("state", label(&jobs.state))], number(jobs.count)));
    registry.register("jobs_open", "Jobs that are not over, by kind and state, of all processes", gauges(jobs));
    let waits = open.iter().filter_map(|jobs| Some(([("kind", label(&jobs.kind))], since(jobs.waits_since?))));
    registry.register_with_unit(
        "jobs_waiting",
        "How long the job of a kind has been due that waits longest for a worker",
        Unit::Seconds,
        gauges(waits),
    );
    let read = connections.iter().filter_map(|of| {
        let labels =
            [("tenant", label(&of.tenant)), ("connection", label(&of.connection)), ("connector", label(&of.connector))];
        Some((labels, since(of.at?)))
    });
    registry.register_with_unit(
        "connection_read",
        "How long ago a connection was read to its end; not told of one that never was",
        Unit::Seconds,
        gauges(read),
    );
    let known = [("known", connections.len()), ("never_read", connections.iter().filter(|of| of.at.is_none()).count())];
    let known = known.map(|(what, count)| ([("state", what.to_owned())], number(count as u64)));
    registry.register(
        "connections",
        "Connections, all of them, and those that were never read to their end",
        gauges(known),
    );
    registry.register("alerts_firing", "Alerts that fire now, of all tenants", one(number(*firing)));
    in_the_lake(&mut registry, sizes);
    registry
}

/// How many tenants have a size of their own: the largest. The others have one together.
const LARGEST: u32 = 100;
/// What stands for those, which is no tenant's name.
const OTHERS: &str = "(others)";

fn in_the_lake(registry: &mut Registry, sizes: &Sizes) {
    let largest = sizes.largest.iter().map(|(tenant, size)| (tenant.as_str(), *size));
    let all: Vec<_> = largest.chain(sizes.others.map(|size| (OTHERS, size))).collect();
    let of = |what: fn(&Size) -> u64| {
        gauges(all.iter().map(|(tenant, size)| ([("tenant", (*tenant).to_owned())], number(what(size)))))
    };
    registry.register("lake_files", "Data files in the lake, by tenant, as a job saw it last", of(|size| size.files));
    let bytes = of(|size| size.bytes);
    registry.register_with_unit("lake", "Their bytes", Unit::Bytes, bytes);
}

/// Whether the control database tells, and the object store answers.
pub(super) fn up(database: bool, store: bool) -> Registry {
    let mut registry = Registry::with_prefix("pulse");
    for (name, help, is_up) in [
        ("database_up", "Whether the control database answers: 1, or 0", database),
        ("store_up", "Whether the lake's object store answers: 1, or 0", store),
    ] {
        registry.register(name, help, one(if is_up { 1.0 } else { 0.0 }));
    }
    registry
}

/// How long ago the newest backup was begun.
pub(super) fn backup(seconds_ago: f64) -> Registry {
    let mut registry = Registry::with_prefix("pulse");
    let help = "How long ago the newest backup was begun; endless where there is none, or none can be read";
    registry.register_with_unit("backup_made", help, Unit::Seconds, one(seconds_ago));
    registry
}

/// For how many microseconds from now the certificate is good that a process shows; less than none once it is over.
pub(super) fn certificate(left: i64) -> Registry {
    let mut registry = Registry::with_prefix("pulse");
    let seconds = number(left.unsigned_abs() / 1_000_000);
    let help = "For how long the certificate of Flight SQL is good; negative once it is over";
    registry.register_with_unit(
        "certificate_ends",
        help,
        Unit::Seconds,
        one(if left < 0 { -seconds } else { seconds }),
    );
    registry
}

/// What this process has.
pub(super) fn own(of: &Observed) -> Registry {
    let mut registry = Registry::with_prefix("pulse");
    let build = [([("version", env!("CARGO_PKG_VERSION").to_owned())], 1.0)];
    registry.register("build", "The version that this process is of", gauges(build));
    let lake = of.engine.lake();
    let costs = lake.costs();
    let requests = Family::<[(&'static str, &'static str); 1], Counter>::default();
    for (what, count) in
        [("read", costs.reads), ("write", costs.writes), ("list", costs.lists), ("delete", costs.deletes)]
    {
        requests.get_or_create_owned(&[("operation", what)]).inc_by(count);
    }
    registry.register("store_requests", "What the lake's object store was asked for, by operation", requests);
    let bytes = Family::<[(&'static str, &'static str); 1], Counter>::default();
    for (what, count) in [("read", costs.bytes_read), ("write", costs.bytes_written)] {
        bytes.get_or_create_owned(&[("operation", what)]).inc_by(count);
    }
    registry.register_with_unit("store", "Bytes that the object store gave and took", Unit::Bytes, bytes);
    let ((held, most), (spilled, spills)) = (lake.memory(), lake.spilled());
    for (name, help, value) in [
        ("memory_reserved", "Memory that queries and steps have reserved", held as u64),
        ("memory_limit", "Memory that they may have", most as u64),
        ("spilled", "What they have put on disk", spilled),
        ("spill_limit", "What they may", spills),
    ] {
        registry.register_with_unit(name, help, Unit::Bytes, one(number(value)));
    }
    if let Some(queries) = &of.queries {
        let states =
            queries.under_way().into_iter().map(|(state, count)| ([("state", state.to_owned())], number(count)));
        registry.register("queries_open", "Queries that are under way in this process, by state", gauges(states));
        let (kept, room) = queries.kept_bytes();
        registry.register_with_unit(
            "result_cache",
            "What the kept answers take",
            Unit::Bytes,
            one(number(kept as u64)),
        );
        registry.register_with_unit("result_cache_limit", "What they may", Unit::Bytes, one(number(room as u64)));
    }
    registry
}

/// What the system tells of the process, by the names that all exporters have for it. Empty where there is no `/proc`.
pub(super) fn process() -> Registry {
    let mut registry = Registry::default();
    let Some(known) = Process::of(Path::new("/proc/self")) else { return registry };
    registry.register_with_unit("process_cpu", "Time on processors", Unit::Seconds, total(known.cpu_seconds));
    registry.register_with_unit(
        "process_resident_memory",
        "Memory that it has",
        Unit::Bytes,
        one(known.resident_bytes),
    );
    if let Some(open) = known.open_files {
        registry.register("process_open_fds", "Files and connections that are open", one(open));
    }
    registry.register("process_threads", "Threads", one(known.threads));
    registry
}

/// A process as the kernel tells of it.
#[derive(Debug, PartialEq)]
struct Process {
    cpu_seconds: f64,
    resident_bytes: f64,
    threads: f64,
    open_files: Option<f64>,
}

impl Process {
    fn of(folder: &Path) -> Option<Self> {
        let told = std::fs::read_to_string(folder.join("stat")).ok()?;
        let open = std::fs::read_dir(folder.join("fd")).ok().map(|all| number(all.count() as u64));
        Self::told(&told, open)
    }

    /// Of the fields behind the name, which may hold anything, in its brackets: see `proc_pid_stat(5)`. Ticks are hundredths of a
    /// second and pages 4 KiB on every Linux that this is built for.
    fn told(stat: &str, open_files: Option<f64>) -> Option<Self> {
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let field = |n: usize| fields.get(n - 3)?.parse::<u64>().ok().map(number);
        Some(Self {
            cpu_seconds: (field(14)? + field(15)?) / 100.0,
            resident_bytes: field(24)? * 4096.0,
            threads: field(20)?,
            open_files,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_tells_of_a_process_by_place() {
        let stat =
            "7 (a (b) c) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 9 0 12345 1000000 2048 18446744073709551615";
        let told = Process::told(stat, Some(3.0)).unwrap();
        let expected = Process { cpu_seconds: 3.0, resident_bytes: 8_388_608.0, threads: 9.0, open_files: Some(3.0) };
        assert_eq!(told, expected);
        assert_eq!(Process::told("nothing", None), None);
    }
}
