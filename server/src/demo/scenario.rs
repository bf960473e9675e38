//! What `data/demo/scenario.toml` says.

use crate::{Error, Result};
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    pub(super) seed: u64,
    pub(super) weeks: u32,
    #[serde(rename = "service")]
    pub(super) services: Vec<Service>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) team: String,
    pub(super) people: Vec<String>,
    pub(super) changes_per_week: Course,
    pub(super) deployments_per_week: Course,
    pub(super) coding_hours: Course,
    pub(super) pickup_hours: Course,
    pub(super) review_hours: Course,
    pub(super) fail_share: Course,
    pub(super) recovery_hours: Course,
}

/// A value at the beginning and at the end; between them it moves evenly.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Course(f64, f64);

impl Course {
    /// The value at a share of the way.
    pub(super) fn at(self, share: f64) -> f64 {
        self.0 + (self.1 - self.0) * share
    }
}

impl Scenario {
    pub(super) fn load() -> Result<Self> {
        toml::from_str(include_str!("../../../data/demo/scenario.toml"))
            .map_err(|e| Error::Data(format!("data/demo/scenario.toml: {e}")))
    }
}
