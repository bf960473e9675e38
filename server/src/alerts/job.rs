//! Looking at a tenant's rules, as a job.

use super::look::{Eye, Looked};
use super::memory::Memory;
use super::message::Telling;
use super::track::together;
use crate::control::{
    ALERT, AlertRule, Authority, Control, Job, LooksNext, OF_JOBS, Outcome, Settling, Trigger, Watch,
};
use crate::jobs::{AtWork, Work};
use crate::{Error, Result};
use async_trait::async_trait;
use pulse_engine::metrics::Definition;
use pulse_engine::{Engine, Error as Failed, Policy, Settings, TenantId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How many rules are settled in one commit, which takes a write to the disk.
const AT_ONCE: usize = 50;
/// After how long rules over jobs and connections are looked at again that could not be as often as a job is tried.
const AGAIN: Duration = Duration::from_secs(15 * 60);

/// Looks at the rules of its tenant.
pub struct Alerts {
    /// Where rules and alerts are known.
    pub control: Control,
    /// What rules look at.
    pub engine: Engine,
    /// The process's settings; a tenant's own go before them.
    pub settings: Settings,
    /// Where people reach Pulse.
    pub base: Url,
    /// What rules saw that may hold still.
    pub memory: Memory,
}

#[async_trait]
impl Work for Alerts {
    fn kind(&self) -> &'static str {
        ALERT
    }

    async fn run(&self, job: &Job, at: &AtWork) -> Outcome {
        match self.look(job, at).await {
            Ok(next) => Outcome::Done(next.into_iter().collect()),
            // Their clock is what follows this: were it dead, nothing would bring the next look.
            Err(error) if job.subject == OF_JOBS && job.attempt >= job.most_attempts => {
                Outcome::Wait(AGAIN, error.to_string())
            }
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }
}

impl Alerts {
    /// Looks at the rules over data, or at those over jobs and connections; the next look that the clock brings of these. Where one
    /// cannot be looked at now, the others are all the same.
    async fn look(&self, job: &Job, at: &AtWork) -> Result<Option<Trigger>> {
        let id = job.tenant_id()?;
        let Some(tenant) = self.control.tenant(&id).await? else { return Ok(None) };
        let settings = tenant.habits()?.over(&self.settings);
        let own = self.control.own_definitions(&id).await?;
        let of_jobs = job.subject == OF_JOBS;
        // No two jobs look at the same rule at once.
        let (rules, others): (Vec<AlertRule>, Vec<AlertRule>) =
            self.control.alert_rules(&id).await?.into_iter().partition(|rule| rule.rule.watches_jobs() == of_jobs);
        // Of jobs nothing lasts.
        let memory = Some(&self.memory).filter(|_| !of_jobs);
        let mut eyes = Eyes {
            of: self,
            tenant: &id,
            settings: &settings,
            own: &own,
            rules: &rules,
            memory,
            owners: BTreeMap::new(),
            all: HashMap::new(),
        };
        eyes.meet().await;
        let (mut next, mut failed) = (None::<i64>, None);
        let (of, mut n) = (rules.len() as u64, 0);
        let last = rules.len().saturating_sub(1) / AT_ONCE;
        for (part, some) in rules.chunks(AT_ONCE).enumerate() {
            let mut watches = Vec::with_capacity(some.len());
            for rule in some {
                // Whoever sees jobs may not see the rules, nor know their names.
                at.is(n, Some(of), "rules");
                n += 1;
                match watch(rule, &mut eyes).await {
                    Ok(watch) => watches.push(watch),
                    Err(error) => failed = self.stopped(job, rule, error).await?.or(failed),
                }
            }
            let telling = Telling { settings: &settings, base: &self.base };
            // The last of them sets the clock in the same commit.
            let so_far = (!of_jobs && part == last).then_some(LooksNext(next));
            let settling = Settling { job, watches: &watches, others: so_far, telling };
            match self.control.settle_rules(&settling).await {
                Ok(soon) => next = next.into_iter().chain(soon).min(),
                // What one of them stumbles over is no matter of the others.
                Err(_) => {
                    for watch in &watches {
                        let watches = std::slice::from_ref(watch);
                        match self.control.settle_rules(&Settling { job, watches, others: None, telling }).await {
                            Ok(soon) => next = next.into_iter().chain(soon).min(),
                            Err(error) => failed = self.stopped(job, &watch.rule, error).await?.or(failed),
                        }
                    }
                }
            }
        }
        let again = rules.iter().filter_map(|rule| rule.rule.looks_again()).min();
        eyes.all.into_values().for_each(Eye::remember);
        next = next.into_iter().chain(again.map(|after| self.control.now().saturating_add(after))).min();
        if !of_jobs {
            // Mostly it is set by then: not where there are no rules, or one of them stumbled.
            self.control.set_alert_clock(job, next).await?;
            if !others.is_empty() {
                self.control.follow(job, &Trigger::new(ALERT, OF_JOBS)).await?;
            }
        }
        super::history::land(&self.control, &at.tenant(&self.engine, job).await?).await?;
        let next = next.filter(|_| of_jobs).map(|due_at| Trigger { due_at, ..Trigger::new(ALERT, OF_JOBS) });
        failed.map_or(Ok(next), Err)
    }

    /// Notes why a rule cannot be looked at until somebody changes something; gives back what another time may put right.
    async fn stopped(&self, job: &Job, rule: &AlertRule, error: Error) -> Result<Option<Error>> {
        match fault(&error) {
            Some(why) => self.control.fault_alert_rule(job, rule, &why).await.map(|()| None),
            None => {
                tracing::warn!(%error, rule = rule.name, "an alert rule cannot be looked at now");
                Ok(Some(error))
            }
        }
    }
}

/// What a rule sees.
async fn watch(rule: &AlertRule, eyes: &mut Eyes<'_>) -> Result<Watch> {
    let Looked { tracks, none } = eyes.with_which(rule).await?.look(rule).await?;
    let tracks = if rule.rule.together { vec![together(&tracks, none.clone())] } else { tracks };
    Ok(Watch { rule: rule.clone(), tracks, none })
}

/// The eyes of all owners of a tenant's rules: those who see the same look with the same, so that what they ask is answered once.
struct Eyes<'a> {
    of: &'a Alerts,
    tenant: &'a TenantId,
    settings: &'a Settings,
    own: &'a Arc<[Definition]>,
    rules: &'a [AlertRule],
    memory: Option<&'a Memory>,
    /// What each owner may do; nothing of one who may not come in.
    owners: BTreeMap<String, Option<Authority>>,
    all: HashMap<Policy, Eye<'a>>,
}

impl<'a> Eyes<'a> {
    /// Looks up what the owners may do. One of whom that is not known now is looked up again with a rule of theirs.
    async fn meet(&mut self) {
        for rule in self.rules {
            if let Err(error) = self.owner(&rule.owner).await {
                tracing::debug!(%error, rule = rule.name, "what the owner of an alert rule may do is not known now");
            }
        }
    }

    async fn owner(&mut self, key: &str) -> Result<Option<&Authority>> {
        if !self.owners.contains_key(key) {
            let found = self.of.control.authority_of(self.tenant, key).await?;
            self.owners.insert(key.to_owned(), found);
        }
        Ok(self.owners.get(key).and_then(Option::as_ref))
    }

    /// Those with which a rule looks: its owner has to be there and allowed to look.
    async fn with_which(&mut self, rule: &AlertRule) -> Result<&Eye<'a>> {
        let owner = self.owner(&rule.owner).await?.ok_or_else(|| {
            Error::Data("its owner is no member any more who may come in: somebody else has to set it anew".to_owned())
        })?;
        let needs = rule.rule.needs();
        if !owner.permissions.contains(&needs) {
            return Err(Error::Data(format!(
                "its owner has the permission `{needs}` no more: somebody who has it has to set it anew"
            )));
        }
        let sees = seen(owner);
        let eye = match self.all.remove(&sees) {
            Some(opened) => opened,
            None => self.opened(&sees).await?,
        };
        Ok(self.all.entry(sees).or_insert(eye))
    }

    async fn opened(&self, sees: &Policy) -> Result<Eye<'a>> {
        let tenant = self.of.engine.tenant(self.tenant).under(sees).measuring(Arc::clone(self.own));
        let theirs: BTreeSet<&str> = self
            .owners
            .iter()
            .filter(|(_, owner)| owner.as_ref().is_some_and(|owner| seen(owner) == *sees))
            .map(|(key, _)| key.as_str())
            .collect();
        let rules = self.rules.iter().filter(|rule| theirs.contains(rule.owner.as_str())).collect();
        let eye = Eye::new(&self.of.control, &tenant, self.settings).of_rules(rules);
        match (self.memory, theirs.first().copied()) {
            (Some(memory), Some(first)) => eye.remembering(memory, (first, theirs.len())).await,
            _ => Ok(eye),
        }
    }
}

/// What somebody's rules see: people they do not, whoever set them.
fn seen(owner: &Authority) -> Policy {
    owner.policy().without_people()
}

/// Why a rule cannot be looked at until somebody changes something; `None` where another time may do.
fn fault(error: &Error) -> Option<String> {
    match error {
        Error::Data(why) => Some(why.clone()),
        Error::Refused(refusal) => Some(refusal.to_string()),
        Error::Engine(
            error @ (Failed::Question(_)
            | Failed::Mistake(_)
            | Failed::Setting(_)
            | Failed::UnknownEntity { .. }
            | Failed::TimedOut { .. }),
        ) => Some(error.to_string()),
        _ => None,
    }
}
