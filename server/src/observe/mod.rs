//! What the process tells of itself: in numbers (requests by door, queries, jobs, what the object store was asked for, memory), read by
//! Prometheus at a door of its own ([`serve`]), in its log, and in traces.

mod gauges;
mod log;
mod meters;
mod newest;
mod ready;
mod requests;
mod serve;
pub(crate) mod traces;

pub(crate) use log::Log;
pub(crate) use meters::METERS;
pub use ready::Ready;
pub(crate) use requests::{flight, rest};
pub use serve::{Observed, serve};
pub(crate) use traces::Traces;
