//! Ordinary issues: found, talked about, taken up, closed and sometimes opened again.

use super::{Happening, Scene, names};
use crate::world::{CloseReason, Issue, IssueReference};
use chrono::{Datelike as _, TimeDelta};

/// The label of work that somebody is at.
const IN_PROGRESS: &str = "in progress";

impl Scene<'_> {
    /// Somebody finds a bug or wishes for something.
    pub(super) fn open_ticket(&mut self, repository: i64) -> Option<()> {
        let found = self.world.repositories.get(&repository)?;
        let milestone = found.milestones.keys().next_back().copied();
        let epics: Vec<u64> = found.issues.values().rev().filter(|i| is_epic(i)).take(3).map(|i| i.number).collect();
        let author = self.somebody(repository, "")?;
        let label = if self.dice.happens(0.04) {
            "epic"
        } else if self.dice.happens(0.45) {
            "bug"
        } else {
            "feature"
        };
        let title = format!("{} {}", self.dice.word(names::VERBS), self.dice.word(names::THINGS));
        let issue = self.world.open_issue(repository, &author, &title, "It would help many.", &[label])?;
        let milestone = milestone.filter(|_| self.dice.happens(0.5));
        let parent = self.dice.one(&epics).copied().filter(|_| label != "epic");
        let parent = parent.filter(|_| self.dice.happens(0.3)).map(|number| IssueReference { repository, number });
        if milestone.is_some() || parent.is_some() {
            self.world.edit_issue(repository, issue, &author, |issue| {
                issue.milestone = milestone;
                issue.parent = parent;
            });
        }
        for _ in 0..self.dice.about(0.8) {
            let hours = self.dice.around(20.0);
            self.after_at_work(hours, Happening::IssueIsDiscussed { repository, issue });
        }
        if self.dice.happens(0.25) {
            let hours = self.dice.around(24.0 * 12.0);
            self.after_at_work(hours, Happening::IssueCloses { repository, issue });
        }
        Some(())
    }

    /// The author takes up the oldest of the open issues that nobody has, if there is one.
    pub(super) fn take_ticket(&mut self, repository: i64, author: &str) -> Option<u64> {
        let is_free = |i: &&Issue| !i.is_closed() && i.assignees.is_empty() && !is_epic(i);
        let issue = self.world.repositories.get(&repository)?.issues.values().find(is_free)?.number;
        self.world.assign_issue(repository, issue, author, author);
        self.world.label_issue(repository, issue, author, IN_PROGRESS);
        if self.dice.happens(0.06) {
            let hours = self.dice.around(24.0 * 9.0);
            self.after_at_work(hours, Happening::IssueReopens { repository, issue });
        }
        Some(issue)
    }

    pub(super) fn discuss(&mut self, repository: i64, issue: u64) -> Option<()> {
        let author = self.somebody(repository, "")?;
        self.world.comment(repository, issue, &author)?;
        Some(())
    }

    /// An issue that nobody will work on is closed; one that was taken up goes another way.
    pub(super) fn close_ticket(&mut self, repository: i64, issue: u64) -> Option<()> {
        let found = self.world.repositories.get(&repository)?.issues.get(&issue)?;
        let was_reopened = found.is_reopened();
        if found.is_closed() || !(found.assignees.is_empty() || was_reopened) {
            return None;
        }
        let actor = self.somebody(repository, "")?;
        let reason = if was_reopened { CloseReason::Completed } else { CloseReason::NotPlanned };
        self.world.unlabel_issue(repository, issue, &actor, IN_PROGRESS);
        self.world.close_issue(repository, issue, &actor, reason);
        if !was_reopened && self.dice.happens(0.1) {
            let hours = self.dice.around(24.0 * 6.0);
            self.after_at_work(hours, Happening::IssueReopens { repository, issue });
        }
        Some(())
    }

    /// What was closed is not done after all; somebody else gets it, and it is closed again later.
    pub(super) fn reopen_ticket(&mut self, repository: i64, issue: u64) -> Option<()> {
        let found = self.world.repositories.get(&repository)?.issues.get(&issue)?;
        if !found.is_closed() {
            return None;
        }
        let before = found.assignees.first().cloned();
        let actor = self.somebody(repository, before.as_deref().unwrap_or_default())?;
        self.world.reopen_issue(repository, issue, &actor);
        if let Some(before) = before {
            self.world.unassign_issue(repository, issue, &actor, &before);
        }
        self.world.assign_issue(repository, issue, &actor, &actor);
        let hours = self.dice.around(24.0 * 4.0);
        self.after_at_work(hours, Happening::IssueCloses { repository, issue });
        Some(())
    }

    /// An issue is deleted, as those with secrets in them are.
    pub(super) fn delete_ticket(&mut self, repository: i64) -> Option<()> {
        let numbers: Vec<u64> = self.world.repositories.get(&repository)?.issues.keys().copied().collect();
        let issue = self.dice.one(&numbers).copied()?;
        let actor = self.somebody(repository, "")?;
        self.world.delete_issue(repository, issue, &actor);
        Some(())
    }

    /// The next quarter's milestone. The last one is over then.
    pub(super) fn set_milestone(&mut self, repository: i64) -> Option<()> {
        let now = self.world.now;
        let actor = self.world.people.keys().next()?.clone();
        let last = self.world.repositories.get(&repository)?.milestones.keys().next_back().copied();
        if let Some(last) = last {
            self.world.close_milestone(repository, last, &actor);
        }
        let title = format!("{} Q{}", now.year(), now.month0() / 3 + 1);
        self.world.set_milestone(repository, &title, Some(now + TimeDelta::days(90)), &actor)?;
        Some(())
    }
}

fn is_epic(issue: &Issue) -> bool {
    issue.labels.iter().any(|l| l == "epic")
}
