//! The third step: rows of `core/` become rows of `facts/`.
//!
//! The rules are pure functions: [`RepositoryModel`] makes the facts of one repository, and [`incidents`] then finds which
//! deployment each incident was caused by, over all repositories of a tenant; [`items::Flows`] makes the facts of work items. [`run`] is the step on the lake, and
//! [`crate::lake::Facts`] what its readers see. Times are microseconds since 1970.

mod changes;
mod decisions;
mod dirty;
pub mod facts;
mod group;
mod history;
mod incidents;
pub mod input;
pub mod items;
mod marks;
mod moved;
mod names;
mod organisation;
mod people;
mod pieces;
mod pull_requests;
mod read;
mod renamed;
mod repository;
mod reverts;
mod reviews;
mod run;
mod timeline;
mod workflow;
mod write;

pub use changes::Changes;
pub use incidents::{Incidents, incidents};
pub use organisation::Organisation;
pub use people::{Identity, IdentityOverride, Person, people};
pub use pull_requests::PullRequestFact;
pub use repository::RepositoryModel;
pub use reviews::ReviewFact;
pub use run::{ModelReport, anew, run};
pub use workflow::Workflow;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod golden_decisions;
#[cfg(test)]
mod golden_history;
#[cfg(test)]
mod golden_incidents;
#[cfg(test)]
mod golden_lives;
#[cfg(test)]
mod golden_pull_requests;
#[cfg(test)]
mod testing;
