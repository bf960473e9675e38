//! Where Pulse's data comes from: one folder a vendor.
//!
//! A connector is two halves. Its [`Source`] reads the vendor and hands over pages of payloads, which [`sync`] lands; its
//! [`Mapper`] turns landed payloads into rows of `core/`, with no call to the vendor. Neither knows about the other steps,
//! so a new vendor is a new folder here, named once in [`CONNECTORS`], and nothing else.
//!
//! - [`git`] reads a repository on disk: commits, tags, and the deployments that they stand for.
//! - [`github`] reads GitHub: commits, pull requests, issues, deployments and those who made them.
//! - [`jira`] maps what Jira tells: work items with their history, sprints and incidents.
//! - [`push`] reads rows of any core entity from a file or standard input.

mod ahead;
mod budget;
mod cause;
mod circle;
mod connector;
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
pub use connector::{CalledWith, Connector, Counts, Opened, Opening, Opens, SettingsOf, Told};
pub use error::{Error, Result};
pub use keeper::Keeper;
pub use met::{Met, Numbered};
pub use range::Range;
pub use source::{Doubts, Pages, Source};
pub use sync::{Landing, Listener, Progress, SyncReport, sync};

use pulse_engine::land::Payload;
use pulse_engine::map::Mapper;
use serde_json::Value;

/// Every connector that there is.
pub static CONNECTORS: [&Connector; 4] = [&git::ENTRY, &github::ENTRY, &jira::ENTRY, &push::ENTRY];

/// One of them, by its name.
pub fn connector(name: &str) -> Option<&'static Connector> {
    CONNECTORS.iter().copied().find(|connector| connector.name == name)
}

/// The mapper of every connector that there is.
pub fn mappers() -> Vec<Box<dyn Mapper>> {
    CONNECTORS.iter().map(|connector| (connector.mapper)()).collect()
}

/// The mapper of one connector, by the name of its folder in `raw/`.
pub fn mapper(name: &str) -> Option<Box<dyn Mapper>> {
    connector(name).map(|connector| (connector.mapper)())
}

/// What payloads of a connection would be mapped under, were these its settings: checked, and with what was found out about the vendor
/// when the `landed` ones were landed.
///
/// # Errors
/// [`Error::Setting`], with what is wrong.
pub fn settings(name: &str, given: &Value, landed: Option<&Value>) -> Result<Value> {
    match connector(name).and_then(|connector| connector.settings) {
        Some(settings) => settings(given, landed),
        None => Err(Error::Setting(format!("`{}` has no settings", name.escape_default()))),
    }
}

/// What a vendor's call of a hook brings, of a connection of this connector; nothing where calls are not read.
///
/// # Errors
/// [`Error::Called`] when it is no call of that vendor's.
pub fn called(name: &str, header: &dyn Fn(&str) -> Option<String>, body: &[u8], at: i64) -> Result<Option<Payload>> {
    let called = connector(name).and_then(|connector| connector.called);
    called.map(|called| called(header, body, at)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulse_engine::entities;

    #[test]
    fn a_connector_and_its_mapper_are_found_by_their_name_which_no_other_has() {
        for one in CONNECTORS {
            assert_eq!(connector(one.name).unwrap().name, one.name);
            assert_eq!(mapper(one.name).unwrap().connector(), one.name);
            assert_eq!(CONNECTORS.iter().filter(|other| other.name == one.name).count(), 1);
        }
        assert!(connector("nobody").is_none() && mapper("nobody").is_none());
    }

    #[test]
    fn what_connectors_hold_and_are_told_of_are_entities_of_core() {
        for one in CONNECTORS {
            let unknown: Vec<_> = one.holds.iter().filter(|(entity, _)| entities::core(entity).is_err()).collect();
            assert!(unknown.is_empty(), "{}: {unknown:?}", one.name);
            // Whoever reads a vendor by itself has settings, and whoever is told of things holds them.
            assert_eq!(one.opens.is_some(), one.settings.is_some(), "{}", one.name);
            assert!(one.told.is_none() || !one.holds.is_empty(), "{}", one.name);
        }
    }
}
