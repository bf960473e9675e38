//! Pull requests with their commits, reviews and comments.

use super::values::{meaning, micros, present, required_time, time};
use super::{Work, part, references, review_requests, threads};
use crate::github::payload::{PullRequest, RequestCommit, RequestEvent, Review};
use crate::message::work_item_keys;
use pulse_engine::map::Reject;
use pulse_engine::row::Value;

const STATES: &[(&str, &str)] = &[("OPEN", "open"), ("MERGED", "merged"), ("CLOSED", "closed")];
/// A pending review is its author's alone until it is submitted.
const REVIEW_STATES: &[(&str, Option<&str>)] = &[
    ("APPROVED", Some("approved")),
    ("CHANGES_REQUESTED", Some("changes_requested")),
    ("COMMENTED", Some("commented")),
    ("DISMISSED", Some("dismissed")),
    ("PENDING", None),
];

pub(super) fn map(work: &mut Work<'_>) -> Result<(), Reject> {
    let (repository, number) = work.numbered()?;
    let native = format!("{repository}/pull_requests/{number}");
    if work.is_gone() {
        let parts = ["pull_request_commits", "reviews", "review_requests", "comments"];
        parts.into_iter().try_for_each(|entity| work.all(entity, &native))?;
        return work.gone("pull_requests", &native);
    }
    let request: PullRequest = work.read()?;
    let state = meaning("state", request.state.as_deref(), STATES)?;
    let author = work.account(request.author.as_ref());
    work.account(request.merged_by.as_ref());
    for event in &request.timeline_items.0 {
        work.account(event.actor.as_ref());
    }
    let merge_commit = request.merge_commit.as_ref().and_then(|commit| commit.oid.clone());
    let row = work
        .row("pull_requests", &native)?
        .set("repository_id", work.id(repository))
        .set("number", number.parse::<i64>().ok())
        .set("author_id", author)
        .set("state", state)
        .set("is_draft", request.is_draft)
        .set("created_at", Value::Time(required_time("createdAt", request.created_at.as_deref())?))
        .set("ready_at", ready_at(&request))
        .set("merged_at", time(request.merged_at.as_deref()))
        .set("closed_at", time(request.closed_at.as_deref()))
        .set("auto_merge_at", auto_merge_at(&request))
        // Of one that is not merged it is a trial merge, which no history has.
        .set("merge_commit_sha", merge_commit.filter(|_| state == "merged"))
        .set("work_item_keys", keys(&request))
        .set("title", request.title)
        .set("url", request.url)
        .set("head_sha", request.head_ref_oid)
        .set("base_branch", request.base_ref_name)
        .set("head_branch", request.head_ref_name)
        .set("additions", request.additions)
        .set("deletions", request.deletions)
        .set("changed_files", request.changed_files)
        .set("labels", request.labels.0.into_iter().map(|label| label.name).collect::<Vec<_>>());
    work.push(row)?;
    commits(work, &native, request.commits.0)?;
    reviews(work, &native, request.reviews.0)?;
    review_requests::map(work, &native, &request.timeline_items.0)?;
    work.comments(&native, &request.comments.0)?;
    threads::map(work, &native, &request.review_threads.0)
}

/// When it first left draft.
fn ready_at(request: &PullRequest) -> Value {
    let ready = request.timeline_items.0.iter().filter(|event| event.kind == "ReadyForReviewEvent");
    let first = ready.filter_map(|event| micros(event.created_at.as_deref()?)).min();
    first.map_or(Value::Null, Value::Time)
}

/// When it was last set to be merged by itself, unless that was taken back. Once it is merged, its events alone still tell.
fn auto_merge_at(request: &PullRequest) -> Value {
    if let Some(request) = &request.auto_merge_request {
        return time(request.enabled_at.as_deref());
    }
    let set = |event: &RequestEvent| match event.kind.as_str() {
        "AutoMergeEnabledEvent" | "AutoSquashEnabledEvent" | "AutoRebaseEnabledEvent" => Some(true),
        "AutoMergeDisabledEvent" => Some(false),
        _ => None,
    };
    let changes =
        request.timeline_items.0.iter().filter_map(|event| Some((micros(event.created_at.as_deref()?)?, set(event)?)));
    // The later in the list is the later of two at one instant.
    let last = changes.reduce(|last, next| if next.0 >= last.0 { next } else { last });
    last.filter(|(_, is_on)| *is_on).map_or(Value::Null, |(at, _)| Value::Time(at))
}

/// The work items that it names: by their keys in title and branch, and the issues that title and body close.
fn keys(request: &PullRequest) -> Vec<String> {
    let [title, branch, body] =
        [&request.title, &request.head_ref_name, &request.body].map(|text| text.as_deref().unwrap_or_default());
    let mut keys = work_item_keys(title);
    keys.extend(work_item_keys(branch));
    if let Some((own, _)) = request.url.as_deref().and_then(references::address) {
        keys.extend(references::closed(title, &own));
        keys.extend(references::closed(body, &own));
    }
    let mut once = Vec::with_capacity(keys.len());
    for key in keys {
        if !once.contains(&key) {
            once.push(key);
        }
    }
    once
}

fn commits(work: &mut Work<'_>, request: &str, commits: Vec<RequestCommit>) -> Result<(), Reject> {
    work.parts("pull_request_commits", request, "commits")?;
    for RequestCommit { commit } in commits {
        let sha = present("commits.oid", commit.oid)?;
        let account = commit.author.as_ref().and_then(|author| author.user.as_ref());
        let author = work.signer(commit.author.as_ref(), account);
        let row = work
            .part_row("pull_request_commits", [request, "commits", &sha])?
            .set("pull_request_id", work.id(request))
            .set("sha", sha)
            .set("authored_at", time(commit.authored_date.as_deref()))
            .set("author_id", author);
        work.push(row)?;
    }
    Ok(())
}

fn reviews(work: &mut Work<'_>, request: &str, reviews: Vec<Review>) -> Result<(), Reject> {
    work.parts("reviews", request, "reviews")?;
    for review in reviews {
        let reviewer = work.account(review.author.as_ref());
        let Some(state) = meaning("reviews.state", review.state.as_deref(), REVIEW_STATES)? else { continue };
        let number = part("reviews.databaseId", review.full_database_id, review.database_id)?;
        // Reviews from before they could be pending were submitted as they were made.
        let submitted = review.submitted_at.as_deref().or(review.created_at.as_deref());
        let row = work
            .part_row("reviews", [request, "reviews", &number.to_string()])?
            .set("pull_request_id", work.id(request))
            .set("reviewer_id", reviewer)
            .set("state", state)
            .set("submitted_at", Value::Time(required_time("reviews.submittedAt", submitted)?));
        work.push(row)?;
    }
    Ok(())
}
