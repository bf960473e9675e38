//! Work items: what their history says about their flow, and what became of them in sprints.
//!
//! [`Flows`] is pure; `group` brings the rows that it is made from.

mod blocks;
mod flow;
mod group;
mod input;
mod read;
mod sprints;
mod stays;
mod write;

pub use flow::{Flows, WorkItemFact};
pub use input::{ItemsInput, Sprint, SprintStay, Transition, WorkItem};
pub use sprints::SprintItemFact;
pub use stays::Stay;

pub(crate) use input::home;
pub(crate) use stays::{RESOLUTION, STATUS};

pub(super) use group::{Group, TABLES, homes_of, item_column};
pub(super) use read::{statuses, types};

#[cfg(test)]
mod golden;
#[cfg(test)]
mod golden_abandoned;
#[cfg(test)]
mod golden_sprints;
