//! The one builder of small histories. Commits are named by a letter or word, times are hours.

use super::facts::{Carried, ChangeFact, DeploymentFact, IncidentFact};
use super::input::{
    self, Comment, Commit, Deployment, Incident, LineageOverride, Override, PullRequest, PullRequestCommit,
    RepositoryInput, Review, WorkItemLink,
};
use super::{Incidents, Organisation, PullRequestFact, RepositoryModel, ReviewFact, incidents};
use crate::Settings;
use crate::lineage::Sha;

pub(super) const HOUR: i64 = 3_600_000_000;

/// Text for as long as the tests run, so that a history can be built in one expression.
fn lasting(text: impl Into<String>) -> &'static str {
    Box::leak(text.into().into_boxed_str())
}

/// The object id of the commit with that name.
pub(super) fn sha(name: &str) -> &'static str {
    lasting(format!("{:0<40}", name.bytes().map(|b| format!("{b:02x}")).collect::<String>()))
}

fn name(sha: &str) -> String {
    let pairs =
        sha.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap());
    String::from_utf8(pairs.take_while(|byte| *byte != 0).collect()).unwrap()
}

#[derive(Clone, Default)]
pub(super) struct History {
    id: &'static str,
    default_sha: Option<&'static str>,
    commits: Vec<(Commit<'static>, Vec<&'static str>)>,
    pull_requests: Vec<PullRequest<'static>>,
    own: Vec<PullRequestCommit<'static>>,
    work_item_links: Vec<WorkItemLink<'static>>,
    reviews: Vec<Review<'static>>,
    comments: Vec<Comment<'static>>,
    deployments: Vec<Deployment<'static>>,
    decisions: Vec<LineageOverride<'static>>,
}

impl History {
    pub(super) fn new(id: &'static str) -> Self {
        Self { id, ..Self::default() }
    }

    /// A commit, authored and committed at an hour.
    pub(super) fn commit(self, name: &'static str, parents: &[&str], at: i64) -> Self {
        self.commit_as(name, parents, at, |_| ())
    }

    pub(super) fn commit_as(
        mut self,
        name: &'static str,
        parents: &[&str],
        at: i64,
        change: impl FnOnce(&mut Commit<'static>),
    ) -> Self {
        let mut commit = Commit {
            id: name,
            sha: sha(name),
            author_id: Some("ada"),
            authored_at: Some(at * HOUR),
            committed_at: Some(at * HOUR),
            ..Commit::default()
        };
        change(&mut commit);
        self.commits.push((commit, parents.iter().map(|p| sha(p)).collect()));
        self
    }

    /// Where the default branch stands.
    pub(super) fn main_at(mut self, name: &str) -> Self {
        self.default_sha = Some(sha(name));
        self
    }

    /// A person's decision of an hour on what first carried a commit.
    pub(super) fn decide(mut self, id: &'static str, name: &str, deployment: Option<&'static str>, at: i64) -> Self {
        let decision = LineageOverride { id, sha: sha(name), deployment_id: deployment, made_at: at * HOUR };
        self.decisions.push(decision);
        self
    }

    /// A merged pull request of ada's, opened and merged at hours, with the names of what it became and of its own commits.
    pub(super) fn pull_request(
        mut self,
        id: &'static str,
        (opened, merged): (i64, i64),
        merge: &str,
        own: &[(&'static str, i64)],
    ) -> Self {
        self.pull_requests.push(PullRequest {
            id,
            author_id: Some("ada"),
            state: "merged",
            created_at: Some(opened * HOUR),
            merged_at: Some(merged * HOUR),
            merge_commit_sha: Some(sha(merge)),
            head_sha: own.last().map(|(name, _)| sha(name)),
            ..PullRequest::default()
        });
        self.own.extend(own.iter().map(|(name, at)| PullRequestCommit {
            pull_request_id: id,
            sha: sha(name),
            authored_at: Some(at * HOUR),
            author_id: Some("ada"),
        }));
        self
    }

    /// Changes the last pull request.
    pub(super) fn but(mut self, change: impl FnOnce(&mut PullRequest<'static>)) -> Self {
        change(self.pull_requests.last_mut().unwrap());
        self
    }

    /// The source of a work item knows of the pull request at an address.
    pub(super) fn work_item_knows(mut self, work_item_key: &'static str, url: &'static str) -> Self {
        self.work_item_links.push(WorkItemLink { url, work_item_key });
        self
    }

    pub(super) fn review(self, pull_request_id: &'static str, reviewer: &'static str, at: i64) -> Self {
        self.reviewed(pull_request_id, reviewer, "commented", at)
    }

    /// A review with what it says.
    pub(super) fn reviewed(
        mut self,
        pull_request_id: &'static str,
        reviewer: &'static str,
        state: &'static str,
        at: i64,
    ) -> Self {
        let (id, submitted_at) = (lasting(format!("{pull_request_id}/{at}/{reviewer}")), at * HOUR);
        self.reviews.push(Review {
            id,
            pull_request_id,
            reviewer_id: Some(reviewer),
            state: Some(state),
            submitted_at,
        });
        self
    }

    /// Changes the last review.
    pub(super) fn but_review(mut self, change: impl FnOnce(&mut Review<'static>)) -> Self {
        change(self.reviews.last_mut().unwrap());
        self
    }

    pub(super) fn comment(mut self, pull_request_id: &'static str, who: &'static str, at: i64) -> Self {
        self.comments.push(Comment { pull_request_id, author_id: Some(who), created_at: at * HOUR });
        self
    }

    /// A successful deployment to production that finished at an hour.
    pub(super) fn deploy(self, id: &'static str, name: &str, at: i64) -> Self {
        self.deploy_as(id, Some(name), at, |_| ())
    }

    pub(super) fn deploy_as(
        mut self,
        id: &'static str,
        name: Option<&str>,
        at: i64,
        change: impl FnOnce(&mut Deployment<'static>),
    ) -> Self {
        let mut deployment = Deployment {
            id,
            environment: "production",
            is_production: true,
            status: "succeeded",
            sha: name.map(sha),
            started_at: Some(at * HOUR - 1),
            finished_at: Some(at * HOUR),
            ..Deployment::default()
        };
        change(&mut deployment);
        self.deployments.push(deployment);
        self
    }

    /// The same history, every list the other way round.
    pub(super) fn reversed(mut self) -> Self {
        self.commits.reverse();
        self.pull_requests.reverse();
        self.own.reverse();
        self.work_item_links.reverse();
        self.reviews.reverse();
        self.comments.reverse();
        self.deployments.reverse();
        self.decisions.reverse();
        self
    }

    pub(super) fn model(self) -> RepositoryFacts<'static> {
        self.model_in(Organisation::default())
    }

    pub(super) fn model_in(self, organisation: Organisation) -> RepositoryFacts<'static> {
        let input = self.input();
        let model = RepositoryModel::new(&input, Box::leak(Box::new(organisation))).unwrap();
        RepositoryFacts {
            deployments: model.deployments(&Settings::default()),
            deployment_commits: model.deployment_commits().collect(),
            changes: model.changes().unwrap().iter().collect(),
        }
    }

    /// The life of its pull requests, and their reviews.
    pub(super) fn lives_in(
        self,
        organisation: Organisation,
        settings: &Settings,
    ) -> (Vec<PullRequestFact<'static>>, Vec<ReviewFact<'static>>) {
        let input = self.input();
        let model = RepositoryModel::new(&input, Box::leak(Box::new(organisation))).unwrap();
        (model.pull_requests(settings), model.reviews(settings))
    }

    fn input(self) -> RepositoryInput<'static> {
        let mut commits = input::Commits::default();
        for (commit, parents) in self.commits {
            commits.add(commit, parents.iter().map(|p| Sha::parse(p).unwrap()));
        }
        RepositoryInput {
            id: self.id,
            default_branch: Some("main"),
            default_sha: self.default_sha,
            commits,
            pull_requests: self.pull_requests,
            pull_request_commits: self.own,
            work_item_links: self.work_item_links,
            reviews: self.reviews,
            comments: self.comments,
            deployments: self.deployments,
            lineage_overrides: self.decisions,
        }
    }
}

/// All that the model says of one repository.
#[derive(Debug, Default, PartialEq)]
pub(super) struct RepositoryFacts<'a> {
    pub(super) deployments: Vec<DeploymentFact<'a>>,
    pub(super) deployment_commits: Vec<Carried<'a>>,
    pub(super) changes: Vec<ChangeFact<'a>>,
}

/// a at 0 — b at 1 — c at 3, deployed at 2 (b) and 4 (c).
pub(super) fn linear() -> History {
    History::new("r")
        .commit("a", &[], 0)
        .commit("b", &["a"], 1)
        .commit("c", &["b"], 3)
        .deploy("d1", "b", 2)
        .deploy("d2", "c", 4)
}

impl RepositoryFacts<'static> {
    /// What each deployment first carried, as `deployment: names`.
    pub(super) fn carried(&self) -> Vec<String> {
        let of = |id: &str| {
            let names: Vec<_> =
                self.deployment_commits.iter().filter(|c| c.deployment_id == id).map(|c| name(c.sha)).collect();
            format!("{id}: {}", names.join(" "))
        };
        self.deployments.iter().map(|d| of(d.deployment.id)).collect()
    }

    /// Every change as `id deployment lead-in-hours`, or `id reason`.
    pub(super) fn leads(&self) -> Vec<String> {
        let mut leads: Vec<_> = self
            .changes
            .iter()
            .map(|change| match (change.excluded(), change.delivery, change.lead_seconds()) {
                (None, Some(delivery), Some(lead)) => {
                    format!("{} {} {}", change.id, delivery.deployment_id, lead / 3600.0)
                }
                (reason, _, lead) => {
                    assert_eq!(lead, None);
                    format!("{} {}", change.id, reason.unwrap())
                }
            })
            .collect();
        leads.sort();
        leads
    }

    pub(super) fn change(&self, id: &str) -> &ChangeFact<'static> {
        self.changes.iter().find(|c| c.id == id).unwrap()
    }

    pub(super) fn deployment(&self, id: &str) -> &DeploymentFact<'static> {
        self.deployments.iter().find(|d| d.deployment.id == id).unwrap()
    }

    /// Every failed deployment as `id rule evidence recovery-in-hours`.
    pub(super) fn failures(&self) -> Vec<String> {
        failures(&self.deployments)
    }

    /// Every deployment that is rework as `id rule`.
    pub(super) fn rework(&self) -> Vec<String> {
        let rework = self.deployments.iter().filter_map(|d| Some(format!("{} {}", d.deployment.id, d.rework_rule?)));
        rework.collect()
    }
}

pub(super) fn failures(deployments: &[DeploymentFact<'_>]) -> Vec<String> {
    let failed = deployments.iter().filter_map(|d| Some((d, d.failure.as_ref()?)));
    failed
        .map(|(d, failure)| {
            let recovery = match d.recovery_seconds() {
                Some(seconds) => format!("{}", seconds / 3600.0),
                None if failure.is_open => "open".to_owned(),
                None => "unknown".to_owned(),
            };
            format!("{} {} {} {recovery}", d.deployment.id, failure.rule, failure.evidence)
        })
        .collect()
}

/// An incident that began at an hour and was resolved at another.
pub(super) fn incident(
    id: &'static str,
    repository: &'static str,
    began: i64,
    resolved: Option<i64>,
) -> Incident<'static> {
    Incident {
        id,
        repository_id: Some(repository),
        began_at: began * HOUR,
        resolved_at: resolved.map(|at| at * HOUR),
        ..Incident::default()
    }
}

pub(super) fn decision(
    id: &'static str,
    incident_id: &'static str,
    deployment_id: Option<&'static str>,
    at: i64,
) -> Override<'static> {
    Override { id, incident_id, deployment_id, made_by: Some("Grace"), made_at: at * HOUR, reason: None }
}

/// Several repositories' facts with the incidents over all of them.
pub(super) fn link(
    repositories: Vec<RepositoryFacts<'static>>,
    incidents_: Vec<Incident<'static>>,
    overrides: Vec<Override<'static>>,
    organisation: Organisation,
) -> (Vec<DeploymentFact<'static>>, Vec<IncidentFact<'static>>) {
    let carried = repositories.iter().flat_map(|r| r.deployment_commits.clone()).collect();
    let mut deployments: Vec<_> = repositories.into_iter().flat_map(|r| r.deployments).collect();
    let input = Incidents { incidents: incidents_, overrides, carried };
    let facts = incidents(&input, &mut deployments, Box::leak(Box::new(organisation)), &Settings::default());
    (deployments, facts)
}
