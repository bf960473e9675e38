//! Pull requests, reviews and issues.

use super::{API, PAGES, full_name, node_id, repository as repository_shape, team, time, user};
use crate::world::{
    CloseReason, Issue, Milestone, PullRequest, PullRequestEventKind, Repository, Review, ReviewState, Reviewer, State,
    World,
};
use serde_json::{Value, json};

/// A pull request.
pub(crate) fn pull_request(world: &World, repository: &Repository, pull_request: &PullRequest) -> Value {
    let (full_name, number) = (full_name(world, repository), pull_request.number);
    let owner = &world.organization.login;
    let side = |branch: &str, sha: Option<&str>| {
        json!({
            "label": format!("{owner}:{branch}"), "ref": branch, "sha": sha,
            "repo": repository_shape(world, repository),
        })
    };
    let base_sha = repository.branches.get(&pull_request.base).map(String::as_str);
    let (people, teams) = waiting_reviewers(world, pull_request);
    json!({
        "url": format!("{API}/repos/{full_name}/pulls/{number}"),
        "id": pull_request.id,
        "node_id": node_id("PR", &[repository.id, pull_request.id]),
        "html_url": format!("{PAGES}/{full_name}/pull/{number}"),
        "number": number,
        "state": if pull_request.state == State::Open { "open" } else { "closed" },
        "locked": false,
        "title": pull_request.title,
        "user": user(world, pull_request.author.as_deref()),
        "body": pull_request.body,
        "created_at": time(pull_request.created_at),
        "updated_at": time(pull_request.updated_at),
        "closed_at": pull_request.closed_at.map(time),
        "merged_at": pull_request.merged_at.map(time),
        "merge_commit_sha": pull_request.merge_sha,
        "assignee": null,
        "assignees": [],
        "requested_reviewers": people,
        "requested_teams": teams,
        "labels": labels(&pull_request.labels),
        "milestone": null,
        "draft": pull_request.is_draft,
        "head": side(&pull_request.head, Some(&pull_request.head_sha)),
        "base": side(&pull_request.base, base_sha),
        "auto_merge": pull_request.auto_merge_enabled_at.map(|_| json!({"merge_method": "squash"})),
        "merged": pull_request.state == State::Merged,
        "merged_by": user(world, pull_request.merged_by.as_deref()),
        "comments": pull_request.comments.len(),
        "review_comments": 0,
        "commits": pull_request.commits.len(),
        "additions": pull_request.additions,
        "deletions": pull_request.deletions,
        "changed_files": pull_request.changed_files,
    })
}

/// What only the whole shape of a pull request has.
const WHOLE: [&str; 8] =
    ["merged", "merged_by", "comments", "review_comments", "commits", "additions", "deletions", "changed_files"];

/// A pull request as lists and the events of reviews have it: without what takes counting.
pub(crate) fn simple_pull_request(world: &World, repository: &Repository, of: &PullRequest) -> Value {
    let mut shape = pull_request(world, repository, of);
    if let Some(fields) = shape.as_object_mut() {
        fields.retain(|name, _| !WHOLE.contains(&name.as_str()));
    }
    shape
}

/// Who was asked for a review and has not given one: people, and teams.
fn waiting_reviewers(world: &World, pull_request: &PullRequest) -> (Vec<Value>, Vec<Value>) {
    let (mut people, mut teams) = (Vec::new(), Vec::new());
    for event in &pull_request.events {
        let PullRequestEventKind::ReviewRequested(reviewer) = &event.kind else { continue };
        match reviewer {
            Reviewer::Account(login) => {
                let has_answered = pull_request.reviews.iter().any(|r| r.author.as_ref() == Some(login));
                people.extend((!has_answered).then(|| user(world, Some(login))));
            }
            Reviewer::Team(id) => teams.push(team(world, *id)),
        }
    }
    (people, teams)
}

/// A review.
pub(crate) fn review(world: &World, repository: &Repository, number: u64, review: &Review) -> Value {
    let page = format!("{PAGES}/{}/pull/{number}", full_name(world, repository));
    let state = match review.state {
        ReviewState::Commented => "commented",
        ReviewState::ChangesRequested => "changes_requested",
        ReviewState::Approved => "approved",
        ReviewState::Dismissed => "dismissed",
    };
    json!({
        "id": review.id,
        "node_id": node_id("PRR", &[repository.id, review.id]),
        "user": user(world, review.author.as_deref()),
        "body": null,
        "commit_id": review.commit,
        "submitted_at": time(review.submitted_at),
        "state": state,
        "html_url": format!("{page}#pullrequestreview-{}", review.id),
        "pull_request_url": format!("{API}/repos/{}/pulls/{number}", full_name(world, repository)),
    })
}

/// An issue.
pub(crate) fn issue(world: &World, repository: &Repository, issue: &Issue) -> Value {
    let (full_name, number) = (full_name(world, repository), issue.number);
    let assignees: Vec<Value> = issue.assignees.iter().map(|a| user(world, Some(a))).collect();
    let reason = match issue.close_reason {
        Some(CloseReason::Completed) => Some("completed"),
        Some(CloseReason::NotPlanned) => Some("not_planned"),
        Some(CloseReason::Duplicate) => Some("duplicate"),
        None => issue.is_reopened().then_some("reopened"),
    };
    let milestone = issue.milestone.and_then(|m| repository.milestones.get(&m));
    json!({
        "url": format!("{API}/repos/{full_name}/issues/{number}"),
        "repository_url": format!("{API}/repos/{full_name}"),
        "html_url": format!("{PAGES}/{full_name}/issues/{number}"),
        "id": issue.id,
        "node_id": node_id("I", &[repository.id, issue.id]),
        "number": number,
        "title": issue.title,
        "user": user(world, issue.author.as_deref()),
        "labels": labels(&issue.labels),
        "state": if issue.is_closed() { "closed" } else { "open" },
        "state_reason": reason,
        "locked": false,
        "assignee": assignees.first(),
        "assignees": assignees,
        "milestone": milestone.map(self::milestone),
        "comments": issue.comments.len(),
        "created_at": time(issue.created_at),
        "updated_at": time(issue.updated_at),
        "closed_at": issue.closed_at.map(time),
        "body": issue.body,
    })
}

/// A milestone.
pub(crate) fn milestone(milestone: &Milestone) -> Value {
    json!({
        "number": milestone.number,
        "title": milestone.title,
        "state": if milestone.closed_at.is_some() { "closed" } else { "open" },
        "due_on": milestone.due_on.map(time),
        "created_at": time(milestone.created_at),
        "updated_at": time(milestone.updated_at),
        "closed_at": milestone.closed_at.map(time),
    })
}

fn labels(names: &[String]) -> Vec<Value> {
    names.iter().map(|n| json!({"name": n, "color": "ededed", "default": false, "description": null})).collect()
}
