//! Pull requests are opened, made ready and closed.

use crate::shapes;
use crate::world::{PullRequest, PullRequestEvent, PullRequestEventKind, Reviewer, State, World};
use serde_json::{Value, json};

/// What somebody opens a pull request with.
#[derive(Clone, Debug, Default)]
pub struct NewPullRequest {
    /// Its title.
    pub title: String,
    /// Its text; `Fixes #12` in it closes that issue with the merge.
    pub body: String,
    /// Who opens it.
    pub author: String,
    /// The branch that it comes from, which is pushed already.
    pub head: String,
    /// Its commits, oldest first.
    pub commits: Vec<String>,
    /// Whether it begins as a draft.
    pub is_draft: bool,
    /// Names of its labels.
    pub labels: Vec<String>,
    /// Lines added.
    pub additions: u64,
    /// Lines deleted.
    pub deletions: u64,
}

impl World {
    /// A pull request into the default branch is opened. Returns its number.
    pub fn open_pull_request(&mut self, repository: i64, new: NewPullRequest) -> Option<u64> {
        let (id, now) = (self.next_id(), self.now);
        let found = self.repositories.get_mut(&repository)?;
        let head_sha = found.branches.get(&new.head)?.clone();
        let number = found.next_number();
        let author = new.author.clone();
        let pull_request = PullRequest {
            id,
            number,
            title: new.title,
            body: new.body,
            state: State::Open,
            is_draft: new.is_draft,
            created_at: now,
            updated_at: now,
            merged_at: None,
            closed_at: None,
            additions: new.additions,
            deletions: new.deletions,
            changed_files: 1 + new.additions / 40,
            base: found.default_branch.clone(),
            head: new.head,
            head_sha,
            merge_sha: None,
            auto_merge_enabled_at: None,
            author: Some(new.author),
            merged_by: None,
            labels: new.labels,
            commits: new.commits,
            reviews: Vec::new(),
            comments: Vec::new(),
            threads: Vec::new(),
            events: Vec::new(),
        };
        found.pull_requests.insert(number, pull_request);
        self.develop(repository, number);
        self.tell_pull_request(repository, number, &author, "opened", json!({}));
        Some(number)
    }

    /// A draft becomes ready for review.
    pub fn mark_ready(&mut self, repository: i64, number: u64, actor: &str) {
        self.pull_request_event(repository, number, actor, PullRequestEventKind::ReadyForReview);
        self.change(repository, number, |p| p.is_draft = false);
        self.tell_pull_request(repository, number, actor, "ready_for_review", json!({}));
    }

    /// A pull request becomes a draft again.
    pub fn convert_to_draft(&mut self, repository: i64, number: u64, actor: &str) {
        self.pull_request_event(repository, number, actor, PullRequestEventKind::ConvertedToDraft);
        self.change(repository, number, |p| p.is_draft = true);
        self.tell_pull_request(repository, number, actor, "converted_to_draft", json!({}));
    }

    /// Somebody's review is asked for.
    pub fn request_review(&mut self, repository: i64, number: u64, actor: &str, reviewer: Reviewer) {
        let asked = self.asked(&reviewer);
        self.pull_request_event(repository, number, actor, PullRequestEventKind::ReviewRequested(reviewer));
        self.tell_pull_request(repository, number, actor, "review_requested", asked);
    }

    /// Somebody's review is asked for no more.
    pub fn remove_review_request(&mut self, repository: i64, number: u64, actor: &str, reviewer: Reviewer) {
        let asked = self.asked(&reviewer);
        self.pull_request_event(repository, number, actor, PullRequestEventKind::ReviewRequestRemoved(reviewer));
        self.tell_pull_request(repository, number, actor, "review_request_removed", asked);
    }

    /// Whose review it is, as an event tells.
    fn asked(&self, reviewer: &Reviewer) -> Value {
        match reviewer {
            Reviewer::Account(login) => json!({"requested_reviewer": shapes::user(self, Some(login))}),
            Reviewer::Team(id) => json!({"requested_team": shapes::team(self, *id)}),
        }
    }

    /// Somebody asks for a merge as soon as the checks have passed.
    pub fn enable_auto_merge(&mut self, repository: i64, number: u64, actor: &str) {
        let now = self.now;
        self.pull_request_event(repository, number, actor, PullRequestEventKind::AutoMergeEnabled);
        self.change(repository, number, |p| p.auto_merge_enabled_at = Some(now));
        self.tell_pull_request(repository, number, actor, "auto_merge_enabled", json!({}));
    }

    /// Somebody takes that back.
    pub fn disable_auto_merge(&mut self, repository: i64, number: u64, actor: &str) {
        self.pull_request_event(repository, number, actor, PullRequestEventKind::AutoMergeDisabled);
        self.change(repository, number, |p| p.auto_merge_enabled_at = None);
        self.tell_pull_request(repository, number, actor, "auto_merge_disabled", json!({}));
    }

    /// A pull request is closed without a merge.
    pub fn close_pull_request(&mut self, repository: i64, number: u64, actor: &str) {
        let now = self.now;
        let found = self.repositories.get(&repository).and_then(|r| r.pull_requests.get(&number));
        if found.is_some_and(|p| p.auto_merge_enabled_at.is_some()) {
            self.disable_auto_merge(repository, number, actor);
        }
        self.change(repository, number, |p| {
            p.state = State::Closed;
            p.closed_at = Some(now);
        });
        self.tell_pull_request(repository, number, actor, "closed", json!({}));
    }

    /// A closed pull request is opened again.
    pub fn reopen_pull_request(&mut self, repository: i64, number: u64, actor: &str) {
        self.change(repository, number, |p| {
            p.state = State::Open;
            p.closed_at = None;
        });
        self.tell_pull_request(repository, number, actor, "reopened", json!({}));
    }

    /// Changes a pull request and says that it is updated now.
    pub(super) fn change(&mut self, repository: i64, number: u64, change: impl FnOnce(&mut PullRequest)) -> Option<()> {
        let now = self.now;
        let pull_request = self.repositories.get_mut(&repository)?.pull_requests.get_mut(&number)?;
        change(pull_request);
        pull_request.updated_at = now;
        Some(())
    }

    fn pull_request_event(&mut self, repository: i64, number: u64, actor: &str, kind: PullRequestEventKind) {
        let event = PullRequestEvent { id: self.next_id(), created_at: self.now, actor: Some(actor.to_owned()), kind };
        self.change(repository, number, |p| p.events.push(event));
    }

    /// A `pull_request` event, with what the action adds to it.
    pub(super) fn tell_pull_request(&mut self, repository: i64, number: u64, actor: &str, action: &str, more: Value) {
        self.deliver("pull_request", repository, actor, |world, r| {
            let shape = r.pull_requests.get(&number).map(|p| shapes::pull_request(world, r, p));
            let mut body = json!({"action": action, "number": number, "pull_request": shape});
            if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
                body.extend(more);
            }
            body
        });
    }
}
