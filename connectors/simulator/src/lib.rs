//! A simulator of GitHub and Jira: a made-up organization that lives day by day, and the APIs that they would show it by.
//!
//! It is there so that a connector can be tried against something that answers, changes and fails as they do, and so that
//! Pulse can be shown without anybody's credentials.

mod answer;
pub mod faults;
pub mod github;
pub mod jira;
mod limits;
mod log;
mod scenario;
mod server;
mod shapes;
mod story;
pub mod webhooks;
pub mod world;

pub use faults::{Fault, On, Planned, Rules};
pub use github::{App, GitHub, Installation, Options, TOKEN, Token};
pub use jira::Jira;
pub use log::{Log, Served};
pub use scenario::{Failing, Habits, Reorganization, Scenario, ScenarioError, Season};
pub use server::{Server, router, serve};
pub use world::{SharedWorld, Size, World};
