//! Where Pulse's data comes from: one folder a vendor.
//!
//! A connector is two halves. Its [`Source`] reads the vendor and hands over pages of payloads, which [`sync`] lands; its
//! [`Mapper`] turns landed payloads into rows of `core/`, with no call to the vendor. Neither knows about the other steps,
//! so a new vendor is a new folder here and nothing else.
//!
//! - [`git`] reads a repository on disk: commits, tags, and the deployments that they stand for.
//! - [`github`] reads GitHub: commits, pull requests, issues, deployments and those who made them.
//! - [`jira`] maps what Jira tells: work items with their history, sprints and incidents.
//! - [`push`] reads rows of any core entity from a file or standard input.

mod budget;
mod cause;
mod error;
pub mod git;
pub mod github;
pub mod jira;
mod keeper;
mod kind;
mod lost;
mod mapping;
mod message;
mod met;
pub mod net;
mod person;
pub mod push;
mod range;
mod since;
mod source;
mod sync;
mod version;

pub use budget::{Budget, Budgets};
pub use error::{Error, Result};
pub use keeper::Keeper;
pub use met::{Met, Numbered};
pub use range::Range;
pub use source::{Doubts, Pages, Source};
pub use sync::{Landing, Listener, Progress, SyncReport, sync};

use pulse_engine::land::Payload;
use pulse_engine::map::Mapper;
use serde_json::Value;

/// The mapper of every connector that there is.
pub fn mappers() -> Vec<Box<dyn Mapper>> {
    vec![
        Box::new(git::GitMapper),
        Box::new(github::GithubMapper),
        Box::new(jira::JiraMapper),
        Box::new(push::PushMapper),
    ]
}

/// The mapper of one connector, by the name of its folder in `raw/`.
pub fn mapper(connector: &str) -> Option<Box<dyn Mapper>> {
    mappers().into_iter().find(|m| m.connector() == connector)
}

/// What payloads of a connection would be mapped under, were these its settings: checked, and with what was found out about the vendor
/// when the `landed` ones were landed.
///
/// # Errors
/// [`Error::Setting`], with what is wrong.
pub fn settings(connector: &str, given: &Value, landed: Option<&Value>) -> Result<Value> {
    Ok(match connector {
        git::CONNECTOR => serde_json::to_value(git::GitSettings::from_json(given)?.found_as(landed))?,
        github::CONNECTOR => serde_json::to_value(github::GithubSettings::from_json(given)?.found_as(landed))?,
        jira::CONNECTOR => serde_json::to_value(jira::JiraSettings::from_json(given)?.found_as(landed))?,
        other => return Err(Error::Setting(format!("`{}` has no settings", other.escape_default()))),
    })
}

/// What a vendor's call of a hook brings, of a connection of this connector; nothing where calls are not read.
///
/// # Errors
/// [`Error::Called`] when it is no call of that vendor's.
pub fn called(
    connector: &str,
    header: &dyn Fn(&str) -> Option<String>,
    body: &[u8],
    at: i64,
) -> Result<Option<Payload>> {
    match connector {
        github::CONNECTOR => github::called(header, body, at).map(Some),
        jira::CONNECTOR => jira::called(header, body, at).map(Some),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_mapper_is_found_by_its_connectors_name() {
        for mapper in super::mappers() {
            assert_eq!(super::mapper(mapper.connector()).unwrap().connector(), mapper.connector());
        }
        assert!(super::mapper("nobody").is_none());
    }
}
