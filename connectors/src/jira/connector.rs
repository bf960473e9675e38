//! What the rest of Pulse asks of this connector.

use super::{CONNECTOR, JiraMapper, JiraSettings, JiraSource, called, coverage};
use crate::connector::{Connector, Opened, Opening, Opens};
use crate::{Budget, Budgets, Range, Result, Source};
use async_trait::async_trait;
use pulse_engine::Tenant;
use serde_json::Value;
use std::time::Duration;

/// Its place among the connectors.
pub(crate) static ENTRY: Connector = Connector {
    name: CONNECTOR,
    mapper: || Box::new(JiraMapper),
    opens: Some(Opens::Address(open)),
    settings: Some(settings),
    called: Some(called),
    holds: &[
        ("projects", "projects"),
        ("versions", "versions"),
        ("components", "components"),
        ("sprints", "sprints"),
        ("work_items", "issues"),
    ],
    told: Some(coverage::TOLD),
};

fn settings(given: &Value, landed: Option<&Value>) -> Result<Value> {
    Ok(serde_json::to_value(JiraSettings::from_json(given)?.found_as(landed))?)
}

fn open(opening: Opening<'_>) -> Result<Box<dyn Opened>> {
    let Opening { name, place, credential, settings, manner, keeper } = opening;
    let source = JiraSource::new(name, place, credential, JiraSettings::from_json(settings)?, manner)?;
    Ok(Box::new(match keeper {
        Some(keeper) => source.kept_by(keeper),
        None => source,
    }))
}

#[async_trait]
impl Opened for JiraSource {
    async fn check(&self) -> Result<()> {
        JiraSource::check(self).await.map(drop)
    }

    async fn prepare(&self, _: &Tenant) -> Result<()> {
        JiraSource::prepare(self).await
    }

    fn renewed(&self) -> Option<String> {
        JiraSource::renewed(self)
    }

    fn budgets(&self) -> Budgets {
        Source::budgets(self)
    }

    fn know_budgets(&self, told: &[(Budget, Duration)]) {
        JiraSource::know_budgets(self, told);
    }

    fn everywhere(self: Box<Self>) -> Box<dyn Opened> {
        self
    }

    fn news(self: Box<Self>) -> Box<dyn Source> {
        self
    }

    fn whole(self: Box<Self>) -> Box<dyn Source> {
        Box::new(JiraSource::whole(*self))
    }

    fn range(self: Box<Self>, range: Range) -> Option<Box<dyn Source>> {
        Some(Box::new(JiraSource::range(*self, range)))
    }
}
