//! Which deployment first carried which commit.
//!
//! Where the SHA of a deployment is known, the commit [`Graph`] tells ([`first_deliveries`]); where none is, time must do
//! ([`time`]), and the rows say so.

mod branch;
mod graph;
pub mod time;
mod walk;

pub use branch::{Ages, brought};
pub use graph::{Graph, Node, Sha};
pub use walk::{Deliveries, first_deliveries};
