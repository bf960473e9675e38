//! `PullRequests`, whole and in short, `PullRequest`, `PullRequestParts` and `ThreadParts`

use super::Found;
use super::actor::{actor, comments, labels, user};
use super::ask::{Ask, Failure};
use super::connection::{Order, Page, Window, position};
use crate::shapes::{PAGES, full_name, node_id, numbers, time};
use crate::world::{
    Comment, Commit, PullRequest, PullRequestEvent, PullRequestEventKind, Repository, Review, ReviewState,
    ReviewThread, Reviewer, State, World,
};
use serde_json::{Value, json};

/// Pull requests, the one that was updated last first.
pub(super) fn list(ask: &Ask<'_>) -> Found {
    let repository = ask.repository()?;
    let all = repository.pull_requests.values().map(|p| (position(p.updated_at, p.id), p));
    let page = Page::cut(all, Order::Descending, Window::of(ask)?, "pullRequests")?;
    Ok(json!({"repository": {"pullRequests": page.nodes(|p| node(ask.world, repository, p))}}))
}

/// The same, but for what says which one each is and when it changed.
pub(super) fn in_short(ask: &Ask<'_>) -> Found {
    let repository = ask.repository()?;
    let all = repository.pull_requests.values().map(|p| (position(p.updated_at, p.id), p));
    let page = Page::cut(all, Order::Descending, Window::of(ask)?, "pullRequests")?;
    let short = |of: &&PullRequest| {
        json!({
            "id": node_id("PR", &[repository.id, of.id]), "number": of.number,
            "createdAt": time(of.created_at), "updatedAt": time(of.updated_at),
        })
    };
    Ok(json!({"repository": {"pullRequests": page.nodes(short)}}))
}

/// One of them.
pub(super) fn one(ask: &Ask<'_>) -> Found {
    let (repository, pull_request) = of_number(ask)?;
    Ok(json!({"repository": {"pullRequest": node(ask.world, repository, pull_request)}}))
}

fn of_number<'a>(ask: &Ask<'a>) -> Result<(&'a Repository, &'a PullRequest), Failure> {
    let (repository, number) = (ask.repository()?, ask.number("number")?);
    let found = repository.pull_requests.get(&number).map(|of| (repository, of));
    found.ok_or_else(|| {
        let message = format!("Could not resolve to a PullRequest with the number of {number}.");
        Failure::not_found(&["repository", "pullRequest"], message)
    })
}

/// More of the parts of one pull request.
pub(super) fn parts(ask: &Ask<'_>) -> Found {
    let (repository, pull_request) = of_number(ask)?;
    let window = |name| Window { first: 100, after: ask.optional(name) };
    Ok(json!({"repository": {"pullRequest": {
        "commits": commits(ask.world, repository, pull_request, window("commits"))?,
        "reviews": reviews(ask.world, pull_request, window("reviews"))?,
        "comments": comments(ask.world, &pull_request.comments, window("comments"))?,
        "reviewThreads": threads(ask.world, pull_request, window("reviewThreads"))?,
        "timelineItems": events(ask.world, pull_request, window("timelineItems"))?,
    }}}))
}

/// More of the comments of one thread.
pub(super) fn thread_parts(ask: &Ask<'_>) -> Found {
    let asked = numbers(ask.text("id")?);
    let requests = ask.world.repositories.values().filter(|r| ask.token.sees(r)).flat_map(|r| r.pull_requests.values());
    let mut threads = requests.flat_map(|p| &p.threads);
    let Some(thread) = threads.find(|thread| asked == [thread.id]) else {
        let message = "Could not resolve to a node with the global id.".to_owned();
        return Err(Failure::not_found(&["node"], message));
    };
    let window = Window { first: 100, after: ask.optional("comments") };
    Ok(json!({"node": {"comments": thread_comments(ask.world, thread, window)?}}))
}

fn node(world: &World, repository: &Repository, pull_request: &PullRequest) -> Value {
    let state = match pull_request.state {
        State::Open => "OPEN",
        State::Closed => "CLOSED",
        State::Merged => "MERGED",
    };
    // Without a cursor these cannot fail.
    let part = |connection: Result<Value, Failure>| connection.unwrap_or_default();
    json!({
        "databaseId": pull_request.id,
        "number": pull_request.number,
        "title": pull_request.title,
        "body": pull_request.body,
        "url": format!("{PAGES}/{}/pull/{}", full_name(world, repository), pull_request.number),
        "state": state,
        "isDraft": pull_request.is_draft,
        "createdAt": time(pull_request.created_at),
        "updatedAt": time(pull_request.updated_at),
        "mergedAt": pull_request.merged_at.map(time),
        "closedAt": pull_request.closed_at.map(time),
        "additions": pull_request.additions,
        "deletions": pull_request.deletions,
        "changedFiles": pull_request.changed_files,
        "baseRefName": pull_request.base,
        "headRefName": pull_request.head,
        "headRefOid": pull_request.head_sha,
        "mergeCommit": pull_request.merge_sha.as_ref().map(|oid| json!({"oid": oid})),
        "autoMergeRequest": pull_request.auto_merge_enabled_at.map(|t| json!({"enabledAt": time(t)})),
        "author": actor(world, pull_request.author.as_deref()),
        "mergedBy": actor(world, pull_request.merged_by.as_deref()),
        "labels": labels(&pull_request.labels),
        "commits": part(commits(world, repository, pull_request, Window::first(100))),
        "reviews": part(reviews(world, pull_request, Window::first(50))),
        "comments": part(comments(world, &pull_request.comments, Window::first(50))),
        "reviewThreads": part(threads(world, pull_request, Window::first(10))),
        "timelineItems": part(events(world, pull_request, Window::first(50))),
    })
}

/// The commits have an order and nothing to sort by, so that here, as on GitHub, a cursor is a position in the row.
fn commits(world: &World, repository: &Repository, of: &PullRequest, window: Window<'_>) -> Result<Value, Failure> {
    let known = of.commits.iter().filter_map(|sha| repository.commits.get(sha));
    let all = known.enumerate().map(|(i, commit)| (format!("{i:08}"), commit));
    Ok(Page::cut(all, Order::Ascending, window, "commits")?.part(|c| commit(world, c)))
}

fn commit(world: &World, commit: &Commit) -> Value {
    let author = &commit.author;
    json!({"commit": {
        "oid": commit.sha,
        "authoredDate": time(author.date),
        "author": {"name": author.name, "email": author.email, "user": user(world, author.login.as_deref())},
    }})
}

fn reviews(world: &World, of: &PullRequest, window: Window<'_>) -> Result<Value, Failure> {
    let all = of.reviews.iter().map(|r| (position(r.created_at, r.id), r));
    Ok(Page::cut(all, Order::Ascending, window, "reviews")?.part(|r| review(world, r)))
}

fn review(world: &World, review: &Review) -> Value {
    let state = match review.state {
        ReviewState::Commented => "COMMENTED",
        ReviewState::ChangesRequested => "CHANGES_REQUESTED",
        ReviewState::Approved => "APPROVED",
        ReviewState::Dismissed => "DISMISSED",
    };
    json!({
        "databaseId": review.id, "fullDatabaseId": review.id.to_string(),
        "state": state,
        "createdAt": time(review.created_at),
        "submittedAt": time(review.submitted_at),
        "author": actor(world, review.author.as_deref()),
    })
}

fn threads(world: &World, of: &PullRequest, window: Window<'_>) -> Result<Value, Failure> {
    let thread = |thread: &&ReviewThread| {
        json!({
            "id": node_id("PRRT", &[thread.id]),
            "isResolved": thread.is_resolved,
            // Without a cursor it cannot fail.
            "comments": thread_comments(world, thread, Window::first(30)).unwrap_or_default(),
        })
    };
    let began = |thread: &ReviewThread| thread.comments.first().map_or(of.created_at, |first| first.created_at);
    let all = of.threads.iter().map(|thread| (position(began(thread), thread.id), thread));
    Ok(Page::cut(all, Order::Ascending, window, "reviewThreads")?.part(thread))
}

fn thread_comments(world: &World, of: &ReviewThread, window: Window<'_>) -> Result<Value, Failure> {
    let comment = |comment: &&Comment| {
        json!({
            "databaseId": comment.id, "fullDatabaseId": comment.id.to_string(), "state": "SUBMITTED",
            "createdAt": time(comment.created_at), "author": actor(world, comment.author.as_deref()),
        })
    };
    let all = of.comments.iter().map(|comment| (position(comment.created_at, comment.id), comment));
    Ok(Page::cut(all, Order::Ascending, window, "comments")?.part(comment))
}

fn events(world: &World, of: &PullRequest, window: Window<'_>) -> Result<Value, Failure> {
    let all = of.events.iter().map(|e| (position(e.created_at, e.id), e));
    Ok(Page::cut(all, Order::Ascending, window, "timelineItems")?.part(|e| event(world, e)))
}

fn event(world: &World, event: &PullRequestEvent) -> Value {
    let (kind, prefix) = match &event.kind {
        PullRequestEventKind::ReadyForReview => ("ReadyForReviewEvent", "RFRE"),
        PullRequestEventKind::ConvertedToDraft => ("ConvertToDraftEvent", "CTDE"),
        PullRequestEventKind::ReviewRequested(_) => ("ReviewRequestedEvent", "RRE"),
        PullRequestEventKind::ReviewRequestRemoved(_) => ("ReviewRequestRemovedEvent", "RRRE"),
        PullRequestEventKind::AutoMergeEnabled => ("AutoMergeEnabledEvent", "AMEE"),
        PullRequestEventKind::AutoMergeDisabled => ("AutoMergeDisabledEvent", "AMDE"),
    };
    let mut node = json!({
        "__typename": kind,
        "id": node_id(prefix, &[event.id]),
        "createdAt": time(event.created_at),
        "actor": actor(world, event.actor.as_deref()),
    });
    if let PullRequestEventKind::ReviewRequested(reviewer) | PullRequestEventKind::ReviewRequestRemoved(reviewer) =
        &event.kind
    {
        node["requestedReviewer"] = match reviewer {
            Reviewer::Account(login) => actor(world, Some(login)),
            // A team that was deleted since is null.
            Reviewer::Team(id) => world
                .teams
                .get(id)
                .map_or(Value::Null, |t| json!({"__typename": "Team", "databaseId": t.id, "slug": t.slug})),
        };
    }
    node
}
