//! What there is at one moment: on GitHub an organization, its people and teams, and its repositories with all in them; and in
//! Jira what [`jira`] says.
//!
//! Every field is public, so that a test may edit the world by hand between two requests. The acts (`World::push`,
//! `World::open_pull_request`, …) change it as people on GitHub do: they keep `updatedAt` and make the webhooks' events.

mod acts;
pub(crate) mod commit;
mod deployment;
mod history;
mod issue;
pub mod jira;
mod people;
mod pull_request;
mod release;
mod repository;
mod run;
mod size;

pub use acts::{NewDeployment, NewPullRequest};
pub use commit::{Commit, Signature};
pub use deployment::{Deployment, DeploymentState, DeploymentStatus};
pub use issue::{CloseReason, Issue, IssueEvent, IssueEventKind, IssueReference, Milestone};
pub use people::{Account, AccountKind, Organization, Role, Team};
pub use pull_request::{
    Comment, MergeMethod, PullRequest, PullRequestEvent, PullRequestEventKind, Review, ReviewState, ReviewThread,
    Reviewer, State,
};
pub use release::{Annotation, Release, Tag};
pub use repository::Repository;
pub use run::{Attempt, RunStatus, WorkflowRun};
pub use size::Size;

use crate::scenario::Scenario;
use crate::story::Story;
use crate::webhooks::Delivery;
use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A moment, to the second as GitHub has it.
pub type Time = DateTime<Utc>;

/// A world that a server serves and a test edits.
pub type SharedWorld = Arc<Mutex<World>>;

/// One organization on GitHub.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// The world's clock.
    pub now: Time,
    /// The organization that owns the repositories.
    pub organization: Organization,
    /// Accounts by login.
    pub people: BTreeMap<String, Account>,
    /// Teams by id.
    pub teams: BTreeMap<i64, Team>,
    /// Repositories by id.
    pub repositories: BTreeMap<i64, Repository>,
    /// Whether acts make webhook deliveries. It is off at first: a long past would make very many.
    pub listening: bool,
    /// What GitHub's webhooks would have been sent, oldest first. Jira's are in `jira`.
    pub deliveries: Vec<Delivery>,
    /// The organization's Jira.
    pub jira: jira::Site,
    last_id: i64,
    /// Deliveries are counted apart, so that a world is the same whether somebody listens or not.
    last_delivery: i64,
    story: Option<Story>,
}

impl World {
    /// A world with a story that has lived through all months of its scenario.
    pub fn new(seed: u64, scenario: impl Into<Scenario>) -> Self {
        let scenario = scenario.into();
        let end = scenario.month(scenario.months);
        Self::up_to(seed, scenario, end)
    }

    /// A world with a story that has lived up to an instant, however long that is.
    pub fn up_to(seed: u64, scenario: impl Into<Scenario>, now: Time) -> Self {
        let mut world = Self::at_start(seed, scenario);
        world.advance_to(now);
        world
    }

    /// A world with a story that has yet to begin: people, teams and young repositories.
    pub fn at_start(seed: u64, scenario: impl Into<Scenario>) -> Self {
        let scenario = scenario.into();
        let mut world = Self::empty(&scenario.organization, scenario.start);
        let story = Story::begin(seed, &scenario, &mut world);
        world.story = Some(story);
        world
    }

    /// A world without a story, for tests that make everything in it by hand. Advancing it moves its clock alone.
    pub fn empty(organization: &str, now: Time) -> Self {
        Self {
            now,
            organization: Organization {
                id: 9_000_001,
                login: organization.to_owned(),
                created_at: now - TimeDelta::days(900),
            },
            people: BTreeMap::new(),
            teams: BTreeMap::new(),
            repositories: BTreeMap::new(),
            listening: false,
            deliveries: Vec::new(),
            jira: jira::Site::default(),
            last_id: 10_000_000,
            last_delivery: 0,
            story: None,
        }
    }

    /// The same world, to be served and edited at once.
    pub fn shared(self) -> SharedWorld {
        Arc::new(Mutex::new(self))
    }

    /// Goes on with the story for whole days.
    pub fn advance(&mut self, days: i64) {
        self.advance_to(self.now + TimeDelta::days(days));
    }

    /// Goes on with the story up to an instant. It does not matter in how many steps one comes there.
    pub fn advance_to(&mut self, instant: Time) {
        if let Some(mut story) = self.story.take() {
            story.play(self, instant);
            self.story = Some(story);
        }
        self.now = self.now.max(instant);
    }

    /// The next free database id.
    pub fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    /// Who owns a repository.
    pub fn owner<'a>(&'a self, repository: &'a Repository) -> &'a str {
        repository.transferred_to.as_deref().unwrap_or(&self.organization.login)
    }

    /// The repository of a name, which may be a former one; upper and lower case are the same.
    pub fn repository(&self, name: &str) -> Option<&Repository> {
        let named = |r: &&Repository| r.name.eq_ignore_ascii_case(name);
        let was_named = |r: &&Repository| r.former_names.iter().any(|n| n.eq_ignore_ascii_case(name));
        self.repositories.values().find(named).or_else(|| self.repositories.values().find(was_named))
    }

    /// The repository of a name, to edit it.
    pub fn repository_mut(&mut self, name: &str) -> Option<&mut Repository> {
        let id = self.repository(name)?.id;
        self.repositories.get_mut(&id)
    }

    /// The account of a login.
    pub fn account(&self, login: &str) -> Option<&Account> {
        self.people.get(login)
    }
}
