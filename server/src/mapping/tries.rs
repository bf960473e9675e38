//! Trying a proposal, as a job: the tenant's own steps run on the side, and what came out is kept for a day.

use super::proposal::Landed;
use super::{Proposal, TRIAL};
use crate::control::{Control, Job, Outcome, Refusal};
use crate::jobs::{AtWork, Work};
use crate::{Error, Result};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta};
use pulse_engine::land::{Page, Payload, SETTINGS};
use pulse_engine::metrics::{self, Filter, Grain, Question};
use pulse_engine::{Effects, Engine, Settings, Tenant, Trial};
use std::time::Duration;

/// The folder of what came out.
pub(crate) const TRIALS: &str = "trials";
/// For how long that is kept, in seconds, and how long it is at most.
const KEPT_SECONDS: i64 = 24 * 3600;
const MOST_BYTES: u64 = 4 << 20;
/// How many days of figures are held against each other.
const DAYS: i64 = 90;

/// Tries proposals.
pub struct Tries {
    /// Where tenants and connections are known.
    pub control: Control,
    /// The lake.
    pub engine: Engine,
    /// The settings of the process.
    pub settings: Settings,
}

#[async_trait]
impl Work for Tries {
    fn kind(&self) -> &'static str {
        TRIAL
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(2 * 3600)
    }

    async fn run(&self, job: &Job, at: &AtWork) -> Outcome {
        let proposal: Proposal = match serde_json::from_value(job.input.clone()) {
            Ok(proposal) => proposal,
            Err(error) => return Outcome::Hopeless(format!("what it was given is no proposal: {error}")),
        };
        match self.try_out(job, proposal, at).await {
            Ok(()) => Outcome::Done(Vec::new()),
            Err(Error::Refused(refusal)) => Outcome::Hopeless(refusal.to_string()),
            Err(Error::Engine(
                error @ (pulse_engine::Error::Setting(_) | pulse_engine::Error::UnknownTenant { .. }),
            )) => Outcome::Hopeless(error.to_string()),
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }
}

impl Tries {
    async fn try_out(&self, job: &Job, proposal: Proposal, at: &AtWork) -> Result<()> {
        let id = job.tenant_id()?;
        let tenant = self.engine.tenant(&id);
        let known = self.control.tenant(&id).await?.ok_or_else(|| Refusal::unknown("tenant", id.as_str()))?;
        let settings = known.habits()?.over(&self.settings);
        remove_old(&tenant, self.control.now()).await?;
        // What landed and is not modelled yet is no effect of the proposal.
        at.is(0, Some(4), "what landed since");
        let now = Trial::of(&tenant)?;
        for mapper in pulse_connectors::mappers() {
            now.tenant().map(mapper.as_ref(), false).await?;
        }
        now.tenant().model(&settings).await?;
        at.is(1, Some(4), "payloads");
        let trial = Trial::of(now.tenant())?;
        self.land(&trial, &proposal, job).await?;
        at.is(2, Some(4), "the model");
        let tried = match proposal.rules {
            Some(rules) => {
                rules.check()?;
                crate::control::Tenant { rules, ..known }.habits()?.over(&self.settings)
            }
            None => settings.clone(),
        };
        trial.tenant().model(&tried).await?;
        at.is(3, Some(4), "what is different");
        let effects = trial.effects(&questions(self.control.now())?, &settings, &tried, self.control.instant()).await?;
        let told = Bytes::from(serde_json::to_vec(&effects)?);
        tenant.lake().put_file(&path(&job.id), told).await?;
        Ok(())
    }

    async fn land(&self, trial: &Trial, proposal: &Proposal, job: &Job) -> Result<()> {
        let (id, now) = (job.tenant_id()?, self.control.now());
        if let Some(resettled) = &proposal.connection {
            let found = self.control.connection(&id, &resettled.name).await?;
            let found = found.ok_or_else(|| Refusal::unknown("connection", &resettled.name))?;
            let landed = trial.tenant().connection_settings(&found.connector, &found.id()).await?;
            let landed = landed.map(|text| serde_json::from_str(&text)).transpose()?;
            let body = pulse_connectors::settings(&found.connector, &resettled.settings, landed.as_ref())
                .map_err(|error| Refusal::invalid("settings", error.to_string()))?
                .to_string();
            let (stream, key) = (SETTINGS.to_owned(), SETTINGS.to_owned());
            let page = Page { payloads: vec![Payload { stream, key, observed_at: now, body }], ..Page::default() };
            trial.tenant().land(&found.connector, &found.id(), page).await?;
            if let Some(mapper) = pulse_connectors::mapper(&found.connector) {
                trial.tenant().map(mapper.as_ref(), false).await?;
            }
        }
        if !proposal.decisions.is_empty() {
            let landed = Landed::of(&proposal.decisions, trial.tenant(), "a trial", now).await?;
            landed.land(trial.tenant()).await?;
            if let Some(mapper) = pulse_connectors::mapper(pulse_connectors::push::CONNECTOR) {
                trial.tenant().map(mapper.as_ref(), false).await?;
            }
        }
        Ok(())
    }
}

/// What came out of a trial; `None` while nothing did, and once it is forgotten.
///
/// # Errors
/// When storage fails.
pub async fn told(tenant: &Tenant, job: &str) -> Result<Option<Effects>> {
    let Some(bytes) = tenant.lake().file(&path(job), MOST_BYTES).await? else { return Ok(None) };
    Ok(Some(serde_json::from_slice(&bytes)?))
}

fn path(job: &str) -> String {
    format!("{TRIALS}/{job}.json")
}

async fn remove_old(tenant: &Tenant, now: i64) -> Result<()> {
    for (path, written_at) in tenant.lake().files(TRIALS).await? {
        if written_at < now / 1_000_000 - KEPT_SECONDS {
            tenant.lake().remove_file(&path).await?;
        }
    }
    Ok(())
}

/// Every metric of the catalogue, over the last days.
fn questions(now: i64) -> Result<Vec<Question>> {
    let today = DateTime::from_timestamp_micros(now).unwrap_or_default().date_naive();
    let (from, until) = (today - TimeDelta::days(DAYS), today + TimeDelta::days(1));
    let ask = |definition: &metrics::Definition| Question {
        metric: definition.name.to_string(),
        from,
        until,
        grain: Grain::Month,
        by: None,
        filter: Filter::default(),
        compare: None,
    };
    Ok(metrics::catalogue()?.iter().map(ask).collect())
}
