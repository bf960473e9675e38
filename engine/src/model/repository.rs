//! The model of one repository.

use super::changes::Changes;
use super::facts::{Carried, DeploymentFact, Lineage};
use super::history::{Story, stories};
use super::input::{Deployment, RepositoryInput};
use super::organisation::Organisation;
use super::pull_requests::{self, PullRequestFact};
use super::reviews::{self, ReviewFact};
use super::timeline::{Run, Timeline};
use crate::{Result, Settings};
use std::collections::HashMap;

/// The model of one repository. The same rows in any order give the same facts in the same order.
///
/// Deployments are few; what they carried and the changes may be a million each, and are made one by one.
pub struct RepositoryModel<'i, 'a> {
    input: &'i RepositoryInput<'a>,
    timeline: Timeline<'i, 'a>,
    organisation: &'a Organisation,
}

impl<'i, 'a> RepositoryModel<'i, 'a> {
    /// Finds the lineage of all deployments.
    ///
    /// # Errors
    /// [`crate::Error::Frame`] when a join in time fails.
    pub fn new(input: &'i RepositoryInput<'a>, organisation: &'a Organisation) -> Result<Self> {
        Ok(Self { input, timeline: Timeline::new(input)?, organisation })
    }

    /// Its deployments by when they finished. What incidents say of them is filled in by [`super::incidents`].
    pub fn deployments(&self, settings: &Settings) -> Vec<DeploymentFact<'a>> {
        deployments(self.input, &self.timeline, &stories(&self.timeline, settings), self.organisation)
    }

    /// What each deployment first carried, by the deployment's id, then by SHA. What the baseline of an environment other
    /// than production carried is left out: it is the whole history, once for each preview environment.
    pub fn deployment_commits(&self) -> impl Iterator<Item = Carried<'a>> {
        let timeline = &self.timeline;
        let listed = |(_, run): &(usize, &Run<'i, 'a>)| run.deployment.is_production || !run.is_baseline;
        let mut runs: Vec<_> = timeline.runs.iter().enumerate().filter(listed).collect();
        runs.sort_by_key(|(_, run)| run.deployment.id);
        runs.into_iter().flat_map(|(place, run)| {
            let commits = timeline.carried(place).filter_map(|(node, how)| Some((timeline.commit(node)?.sha, how)));
            let mut commits: Vec<(&'a str, Lineage)> = commits.collect();
            commits.sort_unstable();
            commits.into_iter().map(|(sha, lineage)| Carried {
                repository_id: self.input.id,
                environment: run.deployment.environment,
                deployment_id: run.deployment.id,
                sha,
                lineage,
                deployed_at: run.finished_at,
            })
        })
    }

    /// Its changes, by when they were deployed, then by id.
    ///
    /// # Errors
    /// [`crate::Error::Frame`] when a join in time fails.
    pub fn changes(&self) -> Result<Changes<'_, 'i, 'a>> {
        Changes::new(self.input, &self.timeline, self.organisation)
    }
}

impl<'a> RepositoryModel<'_, 'a> {
    /// The life of its pull requests, by when they were opened, then by id.
    pub fn pull_requests(&self, settings: &Settings) -> Vec<PullRequestFact<'a>> {
        pull_requests::pull_requests(self.input, self.timeline.reverts(), self.organisation, settings)
    }

    /// Their reviews, by pull request, then in the order of time.
    pub fn reviews(&self, settings: &Settings) -> Vec<ReviewFact<'a>> {
        reviews::reviews(self.input, self.organisation, settings)
    }
}

impl std::fmt::Debug for RepositoryModel<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RepositoryModel").field("repository", &self.input.id).finish_non_exhaustive()
    }
}

fn deployments<'a>(
    input: &RepositoryInput<'a>,
    timeline: &Timeline<'_, 'a>,
    stories: &[Story],
    organisation: &'a Organisation,
) -> Vec<DeploymentFact<'a>> {
    let project_id = organisation.project_of(input.id);
    let team_id = project_id.and_then(|p| organisation.owner_of(p));
    let runs: HashMap<&str, usize> = timeline.runs.iter().enumerate().map(|(i, run)| (run.deployment.id, i)).collect();
    let mut facts: Vec<_> = input
        .deployments
        .iter()
        .map(|deployment| {
            let mut fact = DeploymentFact {
                deployment: deployment.clone(),
                repository_id: input.id,
                project_id,
                team_id,
                previous_id: None,
                is_baseline: false,
                lineage: None,
                commits: 0,
                is_rollback: deployment.kind == Some("rollback"),
                rework_rule: None,
                own_rework_rule: declared_rework(deployment),
                repairs_id: None,
                history: None,
                failure: None,
            };
            if let Some(place) = runs.get(deployment.id) {
                let (run, story) = (&timeline.runs[*place], &stories[*place]);
                fact.previous_id = run.previous.map(|before| timeline.runs[before].deployment.id);
                fact.is_baseline = run.is_baseline;
                fact.commits = timeline.carried(*place).count() as i64;
                // `manual` only where all of them are.
                fact.lineage = timeline.carried(*place).map(|(_, lineage)| lineage).min();
                fact.is_rollback = story.is_rollback;
                fact.own_rework_rule = fact.own_rework_rule.or(story.repair.map(|(_, rule)| rule));
                fact.repairs_id = story.repair.map(|(repaired, _)| timeline.runs[repaired].deployment.id);
                fact.history = story.failure.clone();
                fact.failure = story.failure.clone();
            }
            let was_made_for_one = deployment.is_production && deployment.incident_id.is_some();
            fact.rework_rule = if was_made_for_one { Some("incident") } else { fact.own_rework_rule };
            fact
        })
        .collect();
    facts.sort_by_key(|fact| (fact.deployment.finished_at, fact.deployment.started_at, fact.deployment.id));
    facts
}

/// Why a production deployment counts as rework by what its source calls it.
fn declared_rework(deployment: &Deployment<'_>) -> Option<&'static str> {
    match deployment.kind {
        _ if !deployment.is_production => None,
        Some("rollback") => Some("rollback"),
        Some("hotfix") => Some("hotfix"),
        _ => None,
    }
}
