//! A simulator of GitHub: a made-up organization that lives day by day, and the API that GitHub would show it by.
//!
//! It is there so that a connector can be tried against something that answers, changes and fails as GitHub does, and so that
//! Pulse can be shown without anybody's credentials.

pub mod faults;
pub mod github;
mod log;
mod server;
mod shapes;
mod story;
pub mod webhooks;
pub mod world;

pub use faults::{Fault, On, Planned, Rules};
pub use github::{GitHub, Options, TOKEN, Token};
pub use log::{Log, Served};
pub use server::{Server, serve};
pub use world::{SharedWorld, Size, World};
