//! A simulator of GitHub: a made-up organization that lives day by day, and the API that GitHub would show it by.
//!
//! It is there so that a connector can be tried against something that answers, changes and fails as GitHub does, and so that
//! Pulse can be shown without anybody's credentials.

mod shapes;
mod story;
pub mod webhooks;
pub mod world;

pub use world::{SharedWorld, Size, World};
