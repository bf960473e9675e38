//! What queries may take of a server.

use crate::queries::Manner;
use clap::Args;
use pulse_engine::session::Limits;
use std::time::Duration;

/// The options.
#[derive(Debug, Args)]
pub(super) struct QueryArgs {
    /// How many queries of one tenant run at once; all but one of what the machine answers at once, unless said
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    tenant_queries: Option<u16>,
    /// How many queries of one tenant wait for their turn; one more is refused
    #[arg(long, value_name = "N", default_value_t = 32)]
    tenant_queue: u16,
    /// A query that takes longer is told to the log
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    slow_query: u16,
    /// How much of answers is kept to be given again, in MiB; none with 0
    #[arg(long, value_name = "MIB", default_value_t = 64)]
    result_cache: u16,
    /// How long a query may take that nobody waits for, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 1_800, value_parser = clap::value_parser!(u32).range(1..))]
    async_seconds: u32,
    /// How long its result is kept, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600, value_parser = clap::value_parser!(u32).range(1..))]
    async_kept: u32,
    /// How much disk the results of one tenant may take, in MiB, where temporary files are
    #[arg(long, value_name = "MIB", default_value_t = 2_048)]
    async_disk: u32,
    /// How long a query may take, from its coming to its last row
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().seconds, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    query_seconds: u64,
    /// How many rows its answer may have
    #[arg(long, value_name = "N", default_value_t = Limits::default().rows)]
    query_rows: usize,
    /// How many bytes its answer may have, as Arrow holds it, in MiB
    #[arg(long, value_name = "MIB", default_value_t = Limits::default().bytes >> 20)]
    query_size: usize,
    /// The memory that its sorts, joins and groupings may take, in MiB
    #[arg(long, value_name = "MIB", default_value_t = Limits::default().memory_bytes >> 20)]
    query_memory: usize,
}

impl QueryArgs {
    /// As the queries of a process take it.
    pub(super) fn manner(&self) -> Manner {
        let usual = Manner::default();
        Manner {
            of_a_tenant: self.tenant_queries.map_or(usual.of_a_tenant, usize::from),
            queue: usize::from(self.tenant_queue),
            slow: Duration::from_secs(u64::from(self.slow_query)),
            cache_bytes: usize::from(self.result_cache) << 20,
            aside_seconds: u64::from(self.async_seconds),
            kept: Duration::from_secs(u64::from(self.async_kept)),
            result_bytes: u64::from(self.async_disk) << 20,
            limits: Limits {
                seconds: self.query_seconds,
                rows: self.query_rows,
                bytes: self.query_size.saturating_mul(1 << 20),
                memory_bytes: self.query_memory.saturating_mul(1 << 20),
            },
            ..usual
        }
    }
}
