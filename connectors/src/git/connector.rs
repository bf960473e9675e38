//! What the rest of Pulse asks of this connector.

use super::{CONNECTOR, GitMapper, GitSettings, GitSource, Repository};
use crate::connector::{Connector, Opened, Opens};
use crate::{Budgets, Range, Result, Source};
use async_trait::async_trait;
use pulse_engine::Tenant;
use pulse_engine::land::Cursors;
use serde_json::Value;
use std::path::Path;

/// Its place among the connectors.
pub(crate) static ENTRY: Connector = Connector {
    name: CONNECTOR,
    mapper: || Box::new(GitMapper),
    opens: Some(Opens::Folder(open)),
    settings: Some(settings),
    called: None,
    holds: &[("repositories", "repositories"), ("commits", "commits"), ("deployments", "tags")],
    told: None,
};

fn settings(given: &Value, landed: Option<&Value>) -> Result<Value> {
    Ok(serde_json::to_value(GitSettings::from_json(given)?.found_as(landed))?)
}

fn open(name: &str, folder: &Path, settings: &Value) -> Result<Box<dyn Opened>> {
    let settings = GitSettings { name: Some(name.to_owned()), ..GitSettings::from_json(settings)? };
    Ok(Box::new(Repository::open(folder, settings)?))
}

#[async_trait]
impl Opened for GitSource {
    fn path(&self) -> Option<&Path> {
        Some(GitSource::path(self))
    }

    async fn check(&self) -> Result<()> {
        GitSource::check(self, &Cursors::new())
    }

    async fn prepare(&self, tenant: &Tenant) -> Result<()> {
        GitSource::check(self, &tenant.cursors(CONNECTOR, Source::connection(self)).await?)
    }

    fn budgets(&self) -> Budgets {
        Source::budgets(self)
    }

    fn everywhere(self: Box<Self>) -> Box<dyn Opened> {
        self
    }

    fn news(self: Box<Self>) -> Box<dyn Source> {
        self
    }

    fn whole(self: Box<Self>) -> Box<dyn Source> {
        self
    }

    fn range(self: Box<Self>, _: Range) -> Option<Box<dyn Source>> {
        None
    }
}
