//! Changes are reviewed and reworked.

use super::beginning::DEPENDABOT;
use super::{Change, Happening, Scene};
use crate::world::{PullRequest, ReviewState, Reviewer, State};

impl Scene<'_> {
    /// A draft is ready; now and then its author thinks again.
    pub(super) fn make_ready(&mut self, change: Change) -> Option<()> {
        self.open_request(&change).filter(|p| p.is_draft)?;
        self.world.mark_ready(change.repository, change.number, &change.author);
        if self.dice.happens(0.08) {
            self.world.convert_to_draft(change.repository, change.number, &change.author);
            let hours = self.dice.around(12.0);
            self.after_at_work(hours, Happening::ChangeIsReady(change));
            return Some(());
        }
        self.ask_for_review(change)
    }

    /// A review is asked for, of a person and sometimes of the team.
    pub(super) fn ask_for_review(&mut self, change: Change) -> Option<()> {
        let Change { repository, number, .. } = change;
        if let Some(ticket) = change.ticket {
            self.apart(|scene| scene.show_ticket(ticket, &change.author));
        }
        if change.author != DEPENDABOT {
            let reviewer = Reviewer::Account(change.reviewer.clone());
            self.world.request_review(repository, number, &change.author, reviewer);
            if self.dice.happens(0.2) {
                let team = self.story.plots.get(&repository)?.team;
                self.world.request_review(repository, number, &change.author, Reviewer::Team(team));
                // Where the team is asked, one of it need not be.
                if number % 3 == 0 {
                    let reviewer = Reviewer::Account(change.reviewer.clone());
                    self.world.remove_review_request(repository, number, &change.author, reviewer);
                }
            }
        }
        // Two in a hundred are forgotten and stay open; what they were for is begun anew.
        if self.dice.happens(0.02) {
            if let Some(ticket) = change.ticket {
                self.apart(|scene| scene.forget_ticket(ticket, &change.author));
            }
            return Some(());
        }
        if self.dice.happens(0.05) && change.incident.is_none() {
            let hours = self.dice.around(50.0);
            self.after_at_work(hours, Happening::Close(change));
            return Some(());
        }
        let median = self.habits(repository).review_hours;
        self.review_after(median, change);
        Some(())
    }

    /// Who is asked to review what somebody wrote: where it is so, mostly the first of the team.
    pub(super) fn reviewer(&mut self, repository: i64, author: &str) -> Option<String> {
        let plot = self.story.plots.get(&repository)?;
        let lead = plot.people.first().filter(|lead| *lead != author).cloned();
        let share = plot.habits.lead_reviews;
        match lead {
            Some(lead) if share > 0.0 && self.dice.happens(share) => Some(lead),
            _ => self.somebody(repository, author),
        }
    }

    /// A review comes after about that many hours, at once when the house is on fire.
    fn review_after(&mut self, median: f64, change: Change) {
        if change.incident.is_some() {
            self.after(0.15, Happening::Review(change));
            return;
        }
        let hours = self.dice.around(median) * self.slowness(change.repository);
        self.after_at_work(hours, Happening::Review(change));
    }

    /// A reviewer says something.
    pub(super) fn review_change(&mut self, mut change: Change) -> Option<()> {
        let is_draft = self.open_request(&change)?.is_draft;
        let Change { repository, number, .. } = change;
        let reviewer = change.reviewer.clone();
        change.round += 1;
        let likelihood = if change.incident.is_some() || is_draft {
            0.0
        } else {
            self.habits(repository).rework / f64::from(change.round)
        };
        if self.dice.happens(likelihood) {
            let asks = self.dice.happens(0.6);
            let state = if asks { ReviewState::ChangesRequested } else { ReviewState::Commented };
            self.world.review(repository, number, &reviewer, state)?;
            self.world.begin_thread(repository, number, &reviewer)?;
            let hours = self.dice.around(4.0) * self.slowness(repository);
            self.after_at_work(hours, Happening::Rework(change));
            return Some(());
        }
        self.world.review(repository, number, &reviewer, ReviewState::Approved)?;
        if self.dice.happens(0.1) {
            self.world.enable_auto_merge(repository, number, &change.author);
        }
        let hours = if change.incident.is_some() { 0.1 } else { self.dice.around(1.5) };
        self.after_at_work(hours, Happening::Merge(change));
        Some(())
    }

    /// The author answers with a commit, or writes the branch anew. What asked for it may be set aside.
    pub(super) fn rework(&mut self, change: Change) -> Option<()> {
        let pull_request = self.open_request(&change)?;
        let (branch, shas) = (pull_request.head.clone(), pull_request.commits.clone());
        let asked = pull_request.reviews.iter().rev().find(|r| r.state == ReviewState::ChangesRequested).map(|r| r.id);
        let open = pull_request.threads.iter().filter(|thread| !thread.is_resolved).map(|thread| thread.id);
        let open: Vec<i64> = open.collect();
        let Change { repository, number, .. } = change;
        for thread in open {
            self.world.answer_thread(repository, number, thread, &change.author);
            if thread % 3 != 0 {
                self.world.resolve_thread(repository, number, thread);
            }
        }
        self.world.comment(repository, number, &change.author)?;
        let now = self.world.now;
        let commits = if self.dice.happens(0.12) {
            // All of it in one new commit, from where the branch began.
            let found = self.world.repositories.get(&repository)?;
            let first = found.commits.get(shas.first()?)?;
            let (message, base) = (first.message.clone(), first.parents.first()?.clone());
            vec![self.written(&base, &change.author, now, &message)]
        } else {
            let message = format!("Answer {}", change.reviewer);
            vec![self.written(shas.last()?, &change.author, now, &message)]
        };
        self.world.push(repository, &branch, commits, &change.author);
        self.run_checks(repository, &branch, "pull_request", &change.author);
        if let Some(review) = asked.filter(|_| self.dice.happens(0.15)) {
            self.world.dismiss_review(repository, number, review, &change.author);
        }
        let median = self.habits(repository).review_hours * 0.6;
        self.review_after(median, change);
        Some(())
    }

    /// Somebody still has something to say, days after the merge.
    pub(super) fn comment_late(&mut self, change: Change) -> Option<()> {
        let Change { repository, number, .. } = change;
        if self.dice.happens(0.4) {
            self.world.review(repository, number, &change.reviewer, ReviewState::Commented)?;
        } else {
            self.world.comment(repository, number, &change.reviewer)?;
        }
        Some(())
    }

    /// The pull request of a change while it is open.
    fn open_request(&self, change: &Change) -> Option<&PullRequest> {
        let repository = self.world.repositories.get(&change.repository)?;
        repository.pull_requests.get(&change.number).filter(|p| p.state == State::Open)
    }
}
