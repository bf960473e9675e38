//! The binary `pulse`: its command line, its REST API, its Flight SQL door and its page.
//!
//! [`cli`] is the way in. Whoever asks, by command, by REST, by Flight SQL or on the page, is answered by the engine through the same
//! [`report`] and the same [`output`] formats, so that they cannot disagree. Who may ask stands in the [`control`] database,
//! and [`auth`] lets them through.

pub mod alerts;
pub mod audit;
pub mod auth;
pub mod branding;
pub mod cli;
pub mod condition;
mod config;
pub mod control;
pub mod dashboards;
pub mod delivery;
pub mod demo;
mod error;
pub mod events;
pub mod export;
pub mod flight;
pub mod http;
pub mod import;
pub mod jobs;
pub mod mapping;
pub mod observe;
pub mod output;
pub mod queries;
pub mod report;
pub mod reports;
pub mod secret;
pub mod sockets;
pub mod texts;

pub use config::Config;
pub use error::{Error, Result};
