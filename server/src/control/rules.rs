//! What a tenant decides about its own figures.

use super::{Refusal, Tenant};
use crate::Result;
use chrono::NaiveDate;
use chrono_tz::Tz;
use pulse_engine::metrics::Definition;
use pulse_engine::risk::RiskSettings;
use pulse_engine::{Calendar, Flow, People, Settings, calendar::Day};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;

/// How a tenant's people work, how its work items flow, and what its risks go by.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// When people work.
    pub hours: Hours,
    /// Which statuses are which stage, and what types and labels say.
    #[schema(value_type = Object)]
    pub flow: Flow,
    /// Which names are one person's, and which are programs'.
    #[schema(value_type = Object)]
    pub people: People,
    /// From when on projects are at risk, and what the rules go by.
    #[schema(value_type = Object)]
    pub risk: RiskSettings,
}

/// The working hours of a working day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Hours {
    /// When a working day begins, in minutes after midnight.
    pub begins: u32,
    /// When it ends, in minutes after midnight.
    pub ends: u32,
    /// Days on which nobody works.
    #[schema(value_type = Vec<String>)]
    pub holidays: BTreeSet<NaiveDate>,
}

impl Default for Hours {
    fn default() -> Self {
        let Calendar { begins, ends, holidays, .. } = Calendar::default();
        Self { begins, ends, holidays }
    }
}

impl Rules {
    /// Refuses what contradicts itself.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], with the field.
    pub fn check(&self) -> Result<()> {
        let calendar = Calendar { begins: self.hours.begins, ends: self.hours.ends, ..Calendar::default() };
        calendar.check().map_err(|error| Refusal::invalid("rules.hours", format!("makes no sense: {error}")))?;
        self.flow.check().map_err(|error| Refusal::invalid("rules.flow", format!("makes no sense: {error}")))?;
        self.risk.check().map_err(|error| Refusal::invalid("rules.risk", format!("makes no sense: {error}")).into())
    }
}

/// All that a tenant decided about its figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Habits {
    time_zone: Tz,
    calendar: Calendar,
    flow: Flow,
    people: People,
    risk: RiskSettings,
    own: Arc<[Definition]>,
}

impl Habits {
    /// The same, with metrics of the tenant's own.
    pub fn with_own(self, own: Arc<[Definition]>) -> Self {
        Self { own, ..self }
    }

    /// The tenant's own metrics.
    pub fn own(&self) -> &Arc<[Definition]> {
        &self.own
    }

    /// The server's settings, with what the tenant decided in the place of its own.
    pub fn over(&self, settings: &Settings) -> Settings {
        let Self { time_zone, calendar, flow, people, risk, own: _ } = self.clone();
        Settings { time_zone, calendar, flow, people, risk, ..settings.clone() }
    }
}

impl Tenant {
    /// What it decided about its figures, but for metrics of its own.
    ///
    /// # Errors
    /// When what is kept of it makes no sense.
    pub fn habits(&self) -> Result<Habits> {
        let Hours { begins, ends, holidays } = self.rules.hours.clone();
        let days: BTreeSet<Day> = serde_json::from_value(serde_json::to_value(&self.working_days)?)?;
        Ok(Habits {
            time_zone: Settings::parse_time_zone(&self.time_zone)?,
            calendar: Calendar { days, begins, ends, holidays },
            flow: self.rules.flow.clone(),
            people: self.rules.people.clone(),
            risk: self.rules.risk.clone(),
            own: Arc::default(),
        })
    }
}
