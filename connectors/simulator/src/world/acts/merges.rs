//! Pull requests are merged in one of three ways, and issues are closed by it.

use crate::world::{CloseReason, Commit, MergeMethod, PullRequest, Repository, Signature, State, Time, World};
use serde_json::json;

impl World {
    /// A pull request is merged. Returns the commit that the base branch is at then.
    pub fn merge(&mut self, repository: i64, number: u64, actor: &str, method: MergeMethod) -> Option<String> {
        let now = self.now;
        let found = self.repositories.get(&repository)?;
        let pull_request = found.pull_requests.get(&number).filter(|p| p.state == State::Open)?;
        let base = found.branches.get(&pull_request.base)?.clone();
        let merger = self.signature(actor, now);
        let commits = match method {
            MergeMethod::Merge => vec![self.merge_commit(pull_request, base, merger)],
            MergeMethod::Squash => vec![self.squashed(pull_request, base, now)],
            MergeMethod::Rebase => copies(found, pull_request, base, &merger),
        };
        let sha = commits.last()?.sha.clone();
        let (branch, fixed) = (pull_request.base.clone(), fixed_issues(&pull_request.body));
        self.push(repository, &branch, commits, actor);
        self.change(repository, number, |p| {
            p.state = State::Merged;
            p.is_draft = false;
            p.merged_at = Some(now);
            p.closed_at = Some(now);
            p.merge_sha = Some(sha.clone());
            p.merged_by = Some(actor.to_owned());
            p.auto_merge_enabled_at = None;
        });
        self.tell_pull_request(repository, number, actor, "closed", json!({}));
        for issue in fixed {
            self.close_issue(repository, issue, actor, CloseReason::Completed);
        }
        Some(sha)
    }

    fn merge_commit(&self, pull_request: &PullRequest, base: String, merger: Signature) -> Commit {
        let PullRequest { number, head, title, .. } = pull_request;
        let message = format!("Merge pull request #{number} from {}/{head}\n\n{title}", self.organization.login);
        let committer = web_flow(merger.date);
        Commit::new(vec![base, pull_request.head_sha.clone()], merger, committer, message)
    }

    fn squashed(&self, pull_request: &PullRequest, base: String, now: Time) -> Commit {
        let PullRequest { number, body, title, .. } = pull_request;
        let message = format!("{title} (#{number})\n\n{body}");
        let author = self.signature(pull_request.author.as_deref().unwrap_or("ghost"), now);
        Commit::new(vec![base], author, web_flow(now), message.trim_end().to_owned())
    }
}

/// Each commit of a pull request anew, on top of the base branch. Authors and their dates stay.
fn copies(found: &Repository, pull_request: &PullRequest, base: String, merger: &Signature) -> Vec<Commit> {
    let mut copies: Vec<Commit> = Vec::new();
    for original in pull_request.commits.iter().filter_map(|s| found.commits.get(s)) {
        let parent = copies.last().map_or_else(|| base.clone(), |c| c.sha.clone());
        copies.push(Commit::new(vec![parent], original.author.clone(), merger.clone(), original.message.clone()));
    }
    copies
}

/// GitHub's own signature, on commits that it makes for people.
fn web_flow(date: Time) -> Signature {
    Signature { name: "GitHub".to_owned(), email: "noreply@github.com".to_owned(), date, login: None }
}

/// Numbers of the issues that a text says it fixes, closes or resolves.
fn fixed_issues(body: &str) -> Vec<u64> {
    let words: Vec<&str> = body.split_whitespace().collect();
    let is_verb = |w: &str| matches!(w.to_lowercase().as_str(), "fixes" | "closes" | "resolves");
    let number = |w: &str| {
        let digits: String = w.strip_prefix('#')?.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    words.windows(2).filter(|w| is_verb(w[0])).filter_map(|w| number(w[1])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issue_is_fixed_by_a_verb_before_its_number() {
        assert_eq!(fixed_issues("See #3.\n\nFixes #12, closes #4."), [12, 4]);
    }
}
