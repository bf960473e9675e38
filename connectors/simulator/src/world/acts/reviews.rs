//! Pull requests are reviewed; pull requests and issues are commented on.

use crate::shapes;
use crate::world::{Comment, Review, ReviewState, ReviewThread, World};
use serde_json::json;

impl World {
    /// A review is submitted. Returns its id.
    pub fn review(&mut self, repository: i64, number: u64, author: &str, state: ReviewState) -> Option<i64> {
        let (id, now) = (self.next_id(), self.now);
        self.change(repository, number, |p| {
            let commit = p.head_sha.clone();
            let author = Some(author.to_owned());
            p.reviews.push(Review { id, state, created_at: now, submitted_at: now, author, commit });
        })?;
        self.tell_review(repository, number, id, author, "submitted");
        Some(id)
    }

    /// A review is set aside: its state changes, and nothing else of it.
    pub fn dismiss_review(&mut self, repository: i64, number: u64, review: i64, actor: &str) {
        self.change(repository, number, |p| {
            if let Some(review) = p.reviews.iter_mut().find(|r| r.id == review) {
                review.state = ReviewState::Dismissed;
            }
        });
        self.tell_review(repository, number, review, actor, "dismissed");
    }

    /// A comment is written on a pull request or an issue. Returns its id.
    pub fn comment(&mut self, repository: i64, number: u64, author: &str) -> Option<i64> {
        let (id, now) = (self.next_id(), self.now);
        let comment = Comment { id, created_at: now, author: Some(author.to_owned()) };
        let found = self.repositories.get_mut(&repository)?;
        if let Some(pull_request) = found.pull_requests.get_mut(&number) {
            pull_request.comments.push(comment);
            pull_request.updated_at = now;
        } else {
            let issue = found.issues.get_mut(&number)?;
            issue.comments.push(comment);
            issue.updated_at = now;
        }
        Some(id)
    }

    /// A thread is begun with a comment on the code. Returns its id.
    pub fn begin_thread(&mut self, repository: i64, number: u64, author: &str) -> Option<i64> {
        let id = self.next_id();
        let comment = Comment { id: self.next_id(), created_at: self.now, author: Some(author.to_owned()) };
        let thread = ReviewThread { id, is_resolved: false, comments: vec![comment] };
        self.change(repository, number, |p| p.threads.push(thread))?;
        Some(id)
    }

    /// A thread is answered.
    pub fn answer_thread(&mut self, repository: i64, number: u64, thread: i64, author: &str) {
        let comment = Comment { id: self.next_id(), created_at: self.now, author: Some(author.to_owned()) };
        self.change(repository, number, |p| {
            if let Some(thread) = p.threads.iter_mut().find(|t| t.id == thread) {
                thread.comments.push(comment);
            }
        });
    }

    /// A thread is settled, which counts as no change of its pull request.
    pub fn resolve_thread(&mut self, repository: i64, number: u64, thread: i64) {
        let found = self.repositories.get_mut(&repository).and_then(|r| r.pull_requests.get_mut(&number));
        if let Some(thread) = found.and_then(|p| p.threads.iter_mut().find(|t| t.id == thread)) {
            thread.is_resolved = true;
        }
    }

    fn tell_review(&mut self, repository: i64, number: u64, review: i64, actor: &str, action: &str) {
        self.deliver("pull_request_review", repository, actor, |world, r| {
            let pull_request = r.pull_requests.get(&number);
            let review = pull_request.and_then(|p| p.reviews.iter().find(|r| r.id == review));
            json!({
                "action": action,
                "review": review.map(|review| shapes::review(world, r, number, review)),
                "pull_request": pull_request.map(|p| shapes::simple_pull_request(world, r, p)),
            })
        });
    }
}
