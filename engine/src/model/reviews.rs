//! Which reviews count, and how long they were waited for.

use super::input::{PullRequest, RepositoryInput, Review};
use super::organisation::Organisation;
use crate::Settings;
use std::collections::{BTreeMap, BTreeSet};

/// Why a review does not count of which it is not known whose it is, or whose the change is.
pub(super) const NOBODY_KNOWN: &str = "nobody known";
/// Why one does not count that was given before the change could be reviewed.
pub(super) const DRAFT: &str = "draft";

/// Why a review does not count as another person's look at a change; `None` when it does.
pub(super) fn excluded(
    request: &PullRequest<'_>,
    review: &Review<'_>,
    organisation: &Organisation,
) -> Option<&'static str> {
    // Where the author is not known, any review may be their own.
    let Some((author, reviewer)) = request.author_id.zip(review.reviewer_id) else { return Some(NOBODY_KNOWN) };
    if organisation.person(author) == organisation.person(reviewer) {
        return Some("own");
    }
    if organisation.is_bot(reviewer) {
        return Some("bot");
    }
    match request.opened_at() {
        Some(opened) if opened <= review.submitted_at => {}
        _ => return Some(DRAFT),
    }
    request.merged_at.filter(|merged| *merged < review.submitted_at).map(|_| "after merge")
}

/// A row of `facts.reviews`.
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewFact<'a> {
    /// The review as its source tells it.
    pub review: Review<'a>,
    /// The pull request's repository.
    pub repository_id: &'a str,
    /// The project that this belongs to.
    pub project_id: Option<&'a str>,
    /// The reviewer's team at the time.
    pub team_id: Option<&'a str>,
    /// The team that owns the project.
    pub owning_team_id: Option<&'a str>,
    /// The person who reviewed.
    pub reviewer_id: Option<&'a str>,
    /// The person who opened the pull request.
    pub author_id: Option<&'a str>,
    /// Opened, or the review before, to submitted, in working hours.
    pub wait_seconds: Option<f64>,
    /// Whether it is the first that counts.
    pub is_first: bool,
    /// Why it does not count.
    pub excluded: Option<&'static str>,
}

/// The reviews of a repository's pull requests, by pull request and then in the order of time.
pub(super) fn reviews<'a>(
    input: &RepositoryInput<'a>,
    organisation: &'a Organisation,
    settings: &Settings,
) -> Vec<ReviewFact<'a>> {
    let project_id = organisation.project_of(input.id);
    let owning_team_id = project_id.and_then(|project| organisation.owner_of(project));
    let requests: BTreeMap<&str, &PullRequest<'a>> = input.pull_requests.iter().map(|r| (r.id, r)).collect();
    let mut reviews: Vec<&Review<'a>> = input.reviews.iter().collect();
    reviews.sort_by_key(|review| (review.pull_request_id, review.submitted_at, review.id));
    let (mut facts, mut last): (Vec<ReviewFact<'a>>, Option<(&str, i64)>) = (Vec::with_capacity(reviews.len()), None);
    for review in reviews {
        let Some(request) = requests.get(review.pull_request_id) else { continue };
        let excluded = excluded(request, review, organisation);
        let before = last.filter(|(id, _)| *id == request.id).map(|(_, at)| at);
        let (mut wait_seconds, is_first) = (None, excluded.is_none() && before.is_none());
        if excluded.is_none() {
            let since = before.or(request.opened_at());
            wait_seconds = settings.calendar.seconds(settings.time_zone, since, Some(review.submitted_at));
            last = Some((request.id, review.submitted_at));
        }
        facts.push(ReviewFact {
            review: review.clone(),
            repository_id: input.id,
            project_id,
            team_id: review.reviewer_id.and_then(|who| organisation.team_at(who, Some(review.submitted_at))),
            owning_team_id,
            reviewer_id: review.reviewer_id.map(|who| organisation.person(who)),
            author_id: request.author_id.map(|who| organisation.person(who)),
            wait_seconds,
            is_first,
            excluded,
        });
    }
    facts
}

/// How many different people there are.
pub(super) fn people<'a>(identities: impl Iterator<Item = &'a str>, organisation: &'a Organisation) -> usize {
    identities.map(|identity| organisation.person(identity)).collect::<BTreeSet<_>>().len()
}
