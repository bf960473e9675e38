//! The life of pull requests: from opened over reviewed to merged, in working hours.
//!
//! ```text
//! opened ──pickup── first review ──review (of it: rework)── last approval ──merge wait── merged
//! ```
//!
//! Where nobody approved, the review ends with the merge, and nothing waits for it. Rework is the time from each request for
//! changes to the next review.

use super::input::{Comment, PullRequest, PullRequestCommit, RepositoryInput, Review};
use super::organisation::Organisation;
use super::reverts::{self, Reverts};
use super::reviews;
use crate::Settings;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Why one is not counted that was open when its repository went.
const REPOSITORY_DELETED: &str = "repository deleted";

/// A row of `facts.pull_requests`.
#[derive(Clone, Debug, PartialEq)]
pub struct PullRequestFact<'a> {
    /// The pull request as its source tells it.
    pub request: PullRequest<'a>,
    /// Where people open it, by what its repository is called now.
    pub url: Option<Cow<'a, str>>,
    /// The work items that it belongs to, by the keys that they go by now.
    pub work_item_keys: Vec<Cow<'a, str>>,
    /// Its repository.
    pub repository_id: &'a str,
    /// The project that this belongs to.
    pub project_id: Option<&'a str>,
    /// The team of its author when it was opened, else the team that owns its project.
    pub team_id: Option<&'a str>,
    /// The team that owns its project.
    pub owning_team_id: Option<&'a str>,
    /// The person who opened it.
    pub author_id: Option<&'a str>,
    /// Whether it goes into the default branch.
    pub is_to_default: Option<bool>,
    /// Whether a program opened it.
    pub by_bot: bool,
    /// When another person first reviewed it.
    pub first_review_at: Option<i64>,
    /// When another person last approved it before its end.
    pub approved_at: Option<i64>,
    /// When somebody last did something about it.
    pub last_activity_at: Option<i64>,
    /// Opened to first review.
    pub pickup_seconds: Option<f64>,
    /// First review to last approval, or to the merge.
    pub review_seconds: Option<f64>,
    /// Of that, from requests for changes to the next review.
    pub rework_seconds: Option<f64>,
    /// Last approval to merge.
    pub merge_wait_seconds: Option<f64>,
    /// Opened to merged.
    pub open_seconds: Option<f64>,
    /// Commits on its own branch, when they are known.
    pub commits: Option<i64>,
    /// Reviews by other people.
    pub reviews: i64,
    /// Other people who reviewed, also while it was a draft.
    pub reviewers: i64,
    /// Comments by other people.
    pub comments: i64,
    /// Reviews that asked for changes.
    pub change_requests: i64,
    /// Whether another person reviewed it before it was merged, also while it was a draft; unknown while it is not merged, without an
    /// author, and where nobody else is known to have done so and somebody unknown did.
    pub is_reviewed: Option<bool>,
    /// Whether it takes back an earlier change.
    pub is_revert: bool,
    /// Whether it is an unplanned fix.
    pub is_hotfix: bool,
    /// The times in which it was open and idle, in their order.
    pub idles: Vec<Idle>,
    /// Why it is not counted among those that are open.
    pub excluded: Option<&'static str>,
}

/// A time in which nobody had acted for days on a pull request that was open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idle {
    /// When somebody last acted before it.
    pub acted_at: i64,
    /// When it began.
    pub from: i64,
    /// When somebody acted again, or it was closed.
    pub until: Option<i64>,
}

/// A row of `facts.pull_request_idles`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IdleFact<'a> {
    /// The pull request.
    pub pull_request_id: &'a str,
    /// Its place among those of the pull request.
    pub position: i64,
    /// The repository.
    pub repository_id: &'a str,
    /// The project that this belongs to.
    pub project_id: Option<&'a str>,
    /// The pull request's team.
    pub team_id: Option<&'a str>,
    /// The team that owns the project.
    pub owning_team_id: Option<&'a str>,
    /// From when to when.
    pub idle: Idle,
    /// Why it is not counted.
    pub excluded: Option<&'static str>,
}

impl<'a> PullRequestFact<'a> {
    /// Its rows of `facts.pull_request_idles`.
    pub(super) fn idles(&self) -> impl Iterator<Item = IdleFact<'a>> {
        let request = &self.request;
        let is_lost = request.state != "open" && request.ended_at().is_none();
        let excluded = if self.by_bot { Some("bot") } else { is_lost.then_some("no closing time") };
        // It left draft, and is one again.
        let is_draft = request.state == "open" && request.is_draft;
        let unended = self.excluded.or(is_draft.then_some(reviews::DRAFT));
        let (pull_request_id, repository_id) = (request.id, self.repository_id);
        let (project_id, team_id, owning_team_id) = (self.project_id, self.team_id, self.owning_team_id);
        (0..).zip(&self.idles).map(move |(position, idle)| IdleFact {
            pull_request_id,
            position,
            repository_id,
            project_id,
            team_id,
            owning_team_id,
            idle: *idle,
            // What ended before its repository went was so.
            excluded: excluded.or(unended.filter(|_| idle.until.is_none())),
        })
    }
}

/// What belongs to one pull request, each list in the order of time.
#[derive(Default)]
struct Parts<'i, 'a> {
    own: Vec<&'i PullRequestCommit<'a>>,
    reviews: Vec<&'i Review<'a>>,
    comments: Vec<&'i Comment<'a>>,
    /// Keys of work items whose sources know of it.
    work_items: Vec<&'a str>,
}

/// The pull requests of a repository, by when they were opened, then by id.
pub(super) fn pull_requests<'a>(
    input: &RepositoryInput<'a>,
    reverts: &Reverts,
    organisation: &'a Organisation,
    settings: &Settings,
) -> Vec<PullRequestFact<'a>> {
    let mut parts: BTreeMap<&str, Parts<'_, 'a>> = BTreeMap::new();
    for commit in &input.pull_request_commits {
        parts.entry(commit.pull_request_id).or_default().own.push(commit);
    }
    for review in &input.reviews {
        parts.entry(review.pull_request_id).or_default().reviews.push(review);
    }
    for comment in &input.comments {
        parts.entry(comment.pull_request_id).or_default().comments.push(comment);
    }
    let mut by_url: HashMap<Cow<'_, str>, &str> = HashMap::new();
    for (url, id) in input.pull_requests.iter().filter_map(|request| Some((request.url?, request.id))) {
        by_url.extend([Cow::Borrowed(url), organisation.address_of(input.id, url)].map(|url| (url, id)));
    }
    for link in &input.work_item_links {
        if let Some(id) = by_url.get(link.url).or_else(|| by_url.get(&*organisation.address_now(link.url))) {
            parts.entry(id).or_default().work_items.push(link.work_item_key);
        }
    }
    parts.values_mut().for_each(|parts| parts.reviews.sort_by_key(|review| (review.submitted_at, review.id)));
    let making = Making { input, reverts, organisation, settings };
    let none = Parts::default();
    let fact = |request: &PullRequest<'a>| making.fact(request, parts.get(request.id).unwrap_or(&none));
    let mut facts: Vec<_> = input.pull_requests.iter().map(fact).collect();
    facts.sort_by_key(|fact| (fact.request.opened_at(), fact.request.id));
    facts
}

struct Making<'m, 'a> {
    input: &'m RepositoryInput<'a>,
    reverts: &'m Reverts,
    organisation: &'a Organisation,
    settings: &'m Settings,
}

impl<'a> Making<'_, 'a> {
    fn fact(&self, request: &PullRequest<'a>, parts: &Parts<'_, 'a>) -> PullRequestFact<'a> {
        let (organisation, opened) = (self.organisation, request.opened_at());
        let counted: Vec<&Review<'a>> =
            parts.reviews.iter().copied().filter(|r| reviews::excluded(request, r, organisation).is_none()).collect();
        let (looks, is_reviewed) = self.looks(request, parts);
        let ended = request.ended_at();
        let is = |review: &&&Review<'a>, state| review.state == Some(state);
        let approvals = counted.iter().filter(|r| is(r, "approved"));
        let approved_at = approvals.map(|r| r.submitted_at).filter(|at| ended.is_none_or(|ended| *at <= ended)).max();
        let first_review_at = counted.first().map(|r| r.submitted_at);
        let reviewed = approved_at.or(request.merged_at);
        let project_id = organisation.project_of(self.input.id);
        let owning_team_id = project_id.and_then(|project| organisation.owner_of(project));
        let by_others = |comment: &&&Comment<'a>| {
            request.author_id.zip(comment.author_id).is_some_and(|(author, who)| {
                organisation.person(author) != organisation.person(who) && !organisation.is_bot(who)
            })
        };
        let activities = parts.own.iter().filter_map(|c| c.authored_at);
        // A program that warns of idleness does not end it.
        let by_people = |who: Option<&str>| who.is_none_or(|who| !organisation.is_bot(who));
        let reviews = parts.reviews.iter().filter(|r| by_people(r.reviewer_id)).map(|r| r.submitted_at);
        let comments = parts.comments.iter().filter(|c| by_people(c.author_id)).map(|c| c.created_at);
        let activities: Vec<i64> = activities.chain(reviews).chain(comments).collect();
        PullRequestFact {
            repository_id: self.input.id,
            project_id,
            team_id: request
                .author_id
                .and_then(|author| organisation.team_at(author, opened.or(request.created_at)))
                .or(owning_team_id),
            owning_team_id,
            author_id: request.author_id.map(|author| organisation.person(author)),
            is_to_default: request.base_branch.zip(self.input.default_branch).map(|(base, default)| base == default),
            by_bot: request.author_id.is_some_and(|author| organisation.is_bot(author)),
            first_review_at,
            approved_at,
            idles: opened.map(|opened| self.idles(&activities, opened, ended)).unwrap_or_default(),
            last_activity_at: activities
                .into_iter()
                .chain(request.created_at)
                .chain(request.ready_at)
                .chain(ended)
                .max(),
            pickup_seconds: self.between(opened, first_review_at),
            review_seconds: self.between(first_review_at, reviewed),
            rework_seconds: first_review_at.and(reviewed).map(|end| self.rework(&counted, end)),
            merge_wait_seconds: self.between(approved_at, request.merged_at),
            open_seconds: self.between(opened, request.merged_at),
            commits: (!parts.own.is_empty()).then_some(parts.own.len() as i64),
            reviews: counted.len() as i64,
            reviewers: reviews::people(looks.iter().filter_map(|r| r.reviewer_id), organisation) as i64,
            comments: parts.comments.iter().filter(by_others).count() as i64,
            change_requests: counted.iter().filter(|r| is(r, "changes_requested")).count() as i64,
            is_reviewed,
            is_revert: self.is_revert(request),
            is_hotfix: [request.head_branch, request.title]
                .into_iter()
                .flatten()
                .chain(request.labels.iter().copied())
                .any(|text| self.settings.flow.is_hotfix(text)),
            work_item_keys: self.work_item_keys(request, parts),
            url: request.url.map(|url| organisation.address_of(self.input.id, url)),
            // Nobody will ever merge or close it.
            excluded: (request.state == "open" && organisation.is_gone(self.input.id)).then_some(REPOSITORY_DELETED),
            request: request.clone(),
        }
    }

    /// The reviews by others before it was merged, and whether there is one. Who looks at a draft does not wait for it, and has seen it.
    fn looks<'p>(&self, request: &PullRequest<'a>, parts: &Parts<'p, 'a>) -> (Vec<&'p Review<'a>>, Option<bool>) {
        let is_early = |review: &&Review<'a>| request.merged_at.is_none_or(|merged| review.submitted_at <= merged);
        let (mut looks, mut is_told) = (Vec::new(), request.author_id.is_some());
        for review in parts.reviews.iter().copied().filter(is_early) {
            match reviews::excluded(request, review, self.organisation) {
                None | Some(reviews::DRAFT) => looks.push(review),
                Some(reviews::NOBODY_KNOWN) => is_told = false,
                Some(_) => {}
            }
        }
        let is_reviewed = request.merged_at.and((!looks.is_empty() || is_told).then_some(!looks.is_empty()));
        (looks, is_reviewed)
    }

    /// The work items that it belongs to, each once: those that it names, those that its commits and what it became name, and
    /// those whose sources know of it.
    fn work_item_keys(&self, request: &PullRequest<'a>, parts: &Parts<'_, 'a>) -> Vec<Cow<'a, str>> {
        let commits = &self.input.commits;
        let shas = parts.own.iter().map(|own| own.sha).chain(request.merge_commit_sha);
        let named = shas.filter_map(|sha| commits.of(commits.graph().find_text(sha)?));
        let named = named.flat_map(|commit| commit.work_item_keys.iter().copied());
        let told: BTreeSet<&str> = named.chain(parts.work_items.iter().copied()).collect();
        let mut once = HashSet::new();
        let all = request.work_item_keys.iter().copied().chain(told).map(|key| self.organisation.key_now(key));
        all.filter(|key| once.insert(key.clone())).collect()
    }

    fn between(&self, from: Option<i64>, until: Option<i64>) -> Option<f64> {
        self.settings.calendar.seconds(self.settings.time_zone, from, until)
    }

    /// The times from when nobody had acted for days until somebody did, from opened to its end.
    fn idles(&self, activities: &[i64], opened: i64, ended: Option<i64>) -> Vec<Idle> {
        let is_open = |at: &i64| *at > opened && ended.is_none_or(|ended| *at < ended);
        let mut acts: Vec<i64> = activities.iter().copied().filter(is_open).chain([opened]).collect();
        acts.sort_unstable();
        let Settings { calendar, time_zone, flow, .. } = self.settings;
        let ends = acts.iter().skip(1).copied().map(Some).chain([ended]);
        let idle = |(acted_at, until): (&i64, Option<i64>)| {
            let from = calendar.after_working_days(*time_zone, *acted_at, flow.idle_days)?;
            until.is_none_or(|until| from < until).then_some(Idle { acted_at: *acted_at, from, until })
        };
        acts.iter().zip(ends).filter_map(idle).collect()
    }

    /// From each request for changes to the next review, as far as the review goes.
    fn rework(&self, counted: &[&Review<'a>], end: i64) -> f64 {
        let next = |place: usize| counted.get(place + 1).map_or(end, |next| next.submitted_at.min(end));
        let asked = counted.iter().enumerate().filter(|(_, review)| review.state == Some("changes_requested"));
        // From 0: the sum of no numbers is -0.
        let spans = asked.filter_map(|(place, review)| self.between(Some(review.submitted_at), Some(next(place))));
        spans.fold(0.0, |sum, seconds| sum + seconds)
    }

    /// Whether it takes back an earlier change: its title says so or not, or else what it became does.
    fn is_revert(&self, request: &PullRequest<'a>) -> bool {
        let graph = self.input.commits.graph();
        let said =
            || request.merge_commit_sha.and_then(|sha| graph.find_text(sha)).is_some_and(|node| self.reverts.has(node));
        request.title.and_then(reverts::said_by).unwrap_or_else(said)
    }
}
