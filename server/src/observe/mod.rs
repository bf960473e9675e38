//! What the process tells of itself in numbers: requests by door, queries, jobs, what the object store was asked for, memory. Read by
//! Prometheus at a door of its own ([`serve`]).

mod gauges;
mod meters;
mod requests;
mod serve;

pub(crate) use meters::METERS;
pub(crate) use requests::{flight, rest};
pub use serve::{Leaving, Observed, serve};
