//! The binary `pulse`: its command line, its REST API and its page.
//!
//! [`cli`] is the way in. Whoever asks, by command, by REST or on the page, is answered by the engine through the same
//! [`report`] and the same [`output`] formats, so that they cannot disagree.

pub mod cli;
mod config;
mod demo;
mod error;
pub mod http;
pub mod output;
pub mod report;

pub use config::Config;
pub use error::{Error, Result};
