//! Commits are pushed, and branches deleted.

use crate::shapes;
use crate::world::{AccountKind, Commit, PullRequest, Signature, State, Time, World};
use serde_json::{Value, json};

/// What stands for "no commit" in a push event.
pub(super) const NOTHING: &str = "0000000000000000000000000000000000000000";

/// What a `push` event tells.
pub(super) struct Push<'a> {
    pub(super) reference: String,
    pub(super) before: &'a str,
    pub(super) after: &'a str,
    pub(super) is_forced: bool,
    pub(super) shas: &'a [String],
}

impl World {
    /// The signature of an account's commits.
    pub fn signature(&self, login: &str, date: Time) -> Signature {
        let Some(account) = self.account(login) else {
            return Signature {
                name: login.to_owned(),
                email: format!("{login}@elsewhere.example"),
                date,
                login: None,
            };
        };
        let name = match account.kind {
            AccountKind::Bot => account.rest_login(),
            AccountKind::User | AccountKind::Mannequin => account.name.clone().unwrap_or_else(|| login.to_owned()),
        };
        Signature { name, email: account.email.clone(), date, login: Some(login.to_owned()) }
    }

    /// A commit by an account on the given parents, authored and committed at one time. It is nowhere until it is pushed.
    pub fn compose(&self, parents: &[&str], author: &str, date: Time, message: &str) -> Commit {
        let signature = self.signature(author, date);
        let parents = parents.iter().map(|p| (*p).to_owned()).collect();
        Commit::new(parents, signature.clone(), signature, message.to_owned())
    }

    /// Commits are pushed to a branch, which then is at the last of them. When the first does not follow what the branch was
    /// at, this is a forced push. Open pull requests from the branch change with it.
    pub fn push(&mut self, repository: i64, branch: &str, commits: Vec<Commit>, actor: &str) {
        let now = self.now;
        let Some(found) = self.repositories.get_mut(&repository) else { return };
        let Some(last) = commits.last() else { return };
        let after = last.sha.clone();
        let before = found.branches.insert(branch.to_owned(), after.clone());
        let follows = |b: &String| commits.first().is_some_and(|c| c.parents.contains(b));
        let is_forced = before.as_ref().is_some_and(|b| !follows(b));
        found.pushed_at = Some(now);
        if branch == found.default_branch {
            found.updated_at = now;
        }
        let shas: Vec<String> = commits.iter().map(|c| c.sha.clone()).collect();
        let mut changed = Vec::new();
        // Nothing is open from a branch that is new or that all pull requests go to, and looking for it takes long.
        let may_be_open = before.is_some() && branch != found.default_branch;
        let from_here = |p: &&mut PullRequest| p.state == State::Open && p.head == branch;
        for pull_request in found.pull_requests.values_mut().take_while(|_| may_be_open).filter(from_here) {
            if is_forced {
                pull_request.commits.clear();
            }
            pull_request.commits.extend(shas.iter().cloned());
            pull_request.head_sha.clone_from(&after);
            pull_request.updated_at = now;
            changed.push(pull_request.number);
        }
        found.commits.extend(commits.into_iter().map(|c| (c.sha.clone(), c)));
        let before = before.unwrap_or_else(|| NOTHING.to_owned());
        let reference = format!("refs/heads/{branch}");
        self.tell_push(repository, actor, Push { reference, before: &before, after: &after, is_forced, shas: &shas });
        for number in changed {
            let (before, after) = (before.clone(), after.clone());
            self.tell_pull_request(repository, number, actor, "synchronize", json!({"before": before, "after": after}));
        }
    }

    /// A branch is deleted. Its commits stay, as GitHub keeps those of pull requests; what is open from it is closed.
    pub fn delete_branch(&mut self, repository: i64, branch: &str, actor: &str) {
        let now = self.now;
        let Some(found) = self.repositories.get_mut(&repository) else { return };
        let Some(before) = found.branches.remove(branch) else { return };
        found.pushed_at = Some(now);
        let open = found.pull_requests.values().filter(|p| p.state == State::Open && p.head == branch);
        let open: Vec<u64> = open.map(|p| p.number).collect();
        let reference = format!("refs/heads/{branch}");
        self.tell_push(
            repository,
            actor,
            Push { reference, before: &before, after: NOTHING, is_forced: false, shas: &[] },
        );
        for number in open {
            self.close_pull_request(repository, number, actor);
        }
    }

    /// A `push` event. In it, and nowhere else, GitHub writes two of the repository's times as seconds.
    pub(super) fn tell_push(&mut self, repository: i64, actor: &str, push: Push<'_>) {
        let now = self.now;
        self.deliver("push", repository, actor, |world, r| {
            let Push { reference, before, after, is_forced, shas } = push;
            let listed: Vec<Value> =
                shas.iter().filter_map(|s| r.commits.get(s)).map(|c| shapes::pushed_commit(world, r, c)).collect();
            let mut shape = shapes::repository(world, r);
            shape["created_at"] = json!(r.created_at.timestamp());
            shape["pushed_at"] = json!(r.pushed_at.map(|t| t.timestamp()));
            json!({
                "ref": reference, "before": before, "after": after, "created": before == NOTHING,
                "deleted": after == NOTHING, "forced": is_forced, "base_ref": null, "repository": shape,
                "compare": format!("{}/{}/compare/{before}...{after}", shapes::PAGES, shapes::full_name(world, r)),
                "head_commit": listed.last(), "commits": listed,
                "pusher": {"name": actor, "email": world.signature(actor, now).email},
            })
        });
    }
}
