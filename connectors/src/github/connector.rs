//! What the rest of Pulse asks of this connector.

use super::{CONNECTOR, GithubMapper, GithubSettings, GithubSource, called, coverage};
use crate::connector::{Connector, Opened, Opening, Opens};
use crate::{Budget, Budgets, Range, Result, Source};
use async_trait::async_trait;
use serde_json::Value;
use std::time::Duration;

/// Its place among the connectors.
pub(crate) static ENTRY: Connector = Connector {
    name: CONNECTOR,
    mapper: || Box::new(GithubMapper),
    opens: Some(Opens::Address(open)),
    settings: Some(settings),
    called: Some(called),
    holds: &[
        ("repositories", "repositories"),
        ("commits", "commits"),
        ("pull_requests", "pull_requests"),
        ("work_items", "issues"),
        ("deployments", "deployments"),
        ("releases", "releases"),
        ("versions", "milestones"),
    ],
    told: Some(coverage::TOLD),
};

fn settings(given: &Value, landed: Option<&Value>) -> Result<Value> {
    Ok(serde_json::to_value(GithubSettings::from_json(given)?.found_as(landed))?)
}

fn open(opening: Opening<'_>) -> Result<Box<dyn Opened>> {
    let Opening { name, place, credential, settings, manner, keeper: _ } = opening;
    let settings = GithubSettings::from_json(settings)?;
    Ok(Box::new(GithubSource::new(name, place, credential, settings, manner)?))
}

#[async_trait]
impl Opened for GithubSource {
    async fn check(&self) -> Result<()> {
        GithubSource::check(self).await.map(drop)
    }

    fn budgets(&self) -> Budgets {
        Source::budgets(self)
    }

    fn know_budgets(&self, told: &[(Budget, Duration)]) {
        GithubSource::know_budgets(self, told);
    }

    fn everywhere(self: Box<Self>) -> Box<dyn Opened> {
        Box::new(GithubSource::everywhere(*self))
    }

    fn news(self: Box<Self>) -> Box<dyn Source> {
        self
    }

    fn whole(self: Box<Self>) -> Box<dyn Source> {
        Box::new(GithubSource::whole(*self))
    }

    fn range(self: Box<Self>, range: Range) -> Option<Box<dyn Source>> {
        Some(Box::new(GithubSource::range(*self, range)))
    }
}
