//! Work becomes a pull request, and a pull request comes to its end.

use super::beginning::DEPENDABOT;
use super::{Change, Happening, Rollout, Scene, Work, dice, names};
use crate::world::{Commit, MergeMethod, NewPullRequest, RunStatus, Signature, State, Time};

impl Scene<'_> {
    /// Somebody takes up work, often that of an issue, and begins from where main is now.
    pub(super) fn begin_work(&mut self, repository: i64, author: String) -> Option<()> {
        let base = self.main_head(repository)?;
        let takes_issue = self.dice.happens(0.5);
        let issue = takes_issue.then(|| self.take_ticket(repository, &author)).flatten();
        let title = match issue.and_then(|n| self.world.repositories.get(&repository)?.issues.get(&n)) {
            Some(issue) => issue.title.clone(),
            None => format!("{} {}", self.dice.word(names::VERBS), self.dice.word(names::THINGS)),
        };
        // What has an issue on GitHub may get one in Jira; most of the rest is taken from there.
        let ticket = self.apart(|scene| match issue {
            Some(_) if scene.dice.happens(0.6) => scene.file_for(repository, &author, &title),
            None if scene.dice.happens(0.85) => scene.take_up(repository, &author),
            _ => None,
        });
        let named = ticket.and_then(|t| self.named_ticket(t));
        let title = named.as_ref().map_or(title, |(key, summary)| format!("{key} {summary}"));
        let first = author.split('-').next().unwrap_or(&author);
        let key = named.map_or_else(String::new, |(key, _)| format!("{key}-"));
        let words = names::slug(title.strip_prefix(key.trim_end_matches('-')).unwrap_or(&title));
        let branch = format!("{first}/{key}{words}-{}", self.story.sequence);
        let hours = self.dice.around(self.habits(repository).coding_hours) * self.slowness(repository).sqrt();
        let began = self.world.now;
        let work = Work { repository, author, branch, title, issue, ticket, base, began, incident: None };
        self.after_at_work(hours, Happening::ChangeOpens(Box::new(work)));
        Some(())
    }

    /// The bot opens a pull request with one commit at once.
    pub(super) fn update_dependency(&mut self, repository: i64) -> Option<()> {
        let base = self.main_head(repository)?;
        let (package, minor) = (self.dice.word(names::PACKAGES), self.story.sequence % 90);
        let work = Work {
            repository,
            author: DEPENDABOT.to_owned(),
            branch: format!("dependabot/{package}-1.{}.0", minor + 1),
            title: format!("Bump {package} from 1.{minor}.0 to 1.{}.0", minor + 1),
            issue: None,
            ticket: None,
            base,
            began: self.world.now,
            incident: None,
        };
        self.open_change(work)
    }

    /// The branch is pushed and a pull request opened from it.
    pub(super) fn open_change(&mut self, work: Work) -> Option<()> {
        let is_bot = work.author == DEPENDABOT;
        let is_urgent = work.incident.is_some();
        let count = if is_bot || is_urgent { 1 } else { 1 + (self.dice.share().powi(2) * 6.0) as usize };
        let commits = self.write_commits(&work, count);
        let shas = commits.iter().map(|c| c.sha.clone()).collect();
        self.world.push(work.repository, &work.branch, commits, &work.author);
        let is_draft = !is_bot && !is_urgent && self.dice.happens(0.3);
        let additions = self.dice.around(60.0) as u64 + 1;
        let new = NewPullRequest {
            title: work.title,
            body: work.issue.map_or_else(String::new, |n| format!("As discussed.\n\nFixes #{n}")),
            author: work.author.clone(),
            head: work.branch.clone(),
            commits: shas,
            is_draft,
            labels: if is_bot { vec!["dependencies".to_owned()] } else { Vec::new() },
            additions,
            deletions: additions / 3,
        };
        let number = self.world.open_pull_request(work.repository, new)?;
        self.run_checks(work.repository, &work.branch, "pull_request", &work.author);
        let reviewer = self.reviewer(work.repository, &work.author)?;
        let change = Change {
            repository: work.repository,
            number,
            author: work.author,
            reviewer,
            round: 0,
            ticket: work.ticket,
            incident: work.incident,
        };
        if is_draft {
            let hours = self.dice.around(20.0) * self.slowness(change.repository);
            self.after_at_work(hours, Happening::ChangeIsReady(change));
            return Some(());
        }
        self.ask_for_review(change)
    }

    /// Commits on top of where the work began, spread over the time since then.
    fn write_commits(&mut self, work: &Work, count: usize) -> Vec<Commit> {
        let span = (self.world.now - work.began).num_seconds() as f64 / 3600.0;
        let mut commits: Vec<Commit> = Vec::new();
        for i in 0..count {
            let date = work.began + dice::hours(span * (i as f64 + self.dice.share()) / count as f64);
            let message = if i == 0 { work.title.clone() } else { format!("Step {} of: {}", i + 1, work.title) };
            let parent = commits.last().map_or(work.base.as_str(), |c| c.sha.as_str());
            let commit = self.written(parent, &work.author, date, &message);
            commits.push(commit);
        }
        commits
    }

    /// A commit by somebody, who now and then commits with an address that GitHub does not know.
    pub(super) fn written(&mut self, parent: &str, author: &str, date: Time, message: &str) -> Commit {
        if !self.dice.happens(0.02) {
            return self.world.compose(&[parent], author, date, message);
        }
        let known = self.world.signature(author, date);
        let stranger = Signature { email: format!("{author}@laptop.local"), login: None, ..known };
        Commit::new(vec![parent.to_owned()], stranger.clone(), stranger, message.to_owned())
    }

    /// A change comes into main. Its branch mostly goes, and main is often deployed after it.
    pub(super) fn merge_change(&mut self, change: Change) -> Option<()> {
        let repository = self.world.repositories.get(&change.repository)?;
        let pull_request = repository.pull_requests.get(&change.number).filter(|p| p.state == State::Open)?;
        let branch = pull_request.head.clone();
        let plot = self.story.plots.get(&change.repository)?;
        let (habit, deploys) = (plot.method, plot.deploys);
        let method = if self.dice.happens(0.9) { habit } else { MergeMethod::Merge };
        let merger = if change.author == DEPENDABOT { &change.reviewer } else { &change.author };
        let merger = if self.dice.happens(0.7) { merger.clone() } else { change.reviewer.clone() };
        let sha = self.world.merge(change.repository, change.number, &merger, method)?;
        let main = self.world.repositories.get(&change.repository)?.default_branch.clone();
        self.run_checks(change.repository, &main, "push", &merger);
        if let Some(ticket) = change.ticket {
            self.apart(|scene| scene.complete_ticket(ticket, &merger));
        }
        let Change { repository, incident, .. } = change.clone();
        if self.dice.happens(0.85) {
            let actor = merger.clone();
            self.after(0.002, Happening::BranchGoes { repository, branch, actor });
        }
        if self.dice.happens(0.06) {
            let hours = self.dice.around(60.0);
            self.after_at_work(hours, Happening::LateComment(change));
        }
        if incident.is_some() || self.dice.happens(deploys) {
            let is_urgent = incident.is_some();
            let (environment, description) =
                if is_urgent { ("production", Some("Hotfix".to_owned())) } else { ("staging", None) };
            let rollout = Rollout { repository, sha, environment, description, actor: merger, incident };
            let hours = if is_urgent { 0.1 } else { self.dice.around(0.7) };
            self.after(hours, Happening::Rollout(Box::new(rollout)));
        }
        Some(())
    }

    /// A change is given up.
    pub(super) fn close_change(&mut self, change: &Change) -> Option<()> {
        let repository = self.world.repositories.get(&change.repository)?;
        let found = repository.pull_requests.get(&change.number).filter(|p| p.state == State::Open)?;
        let branch = found.head.clone();
        self.world.close_pull_request(change.repository, change.number, &change.author);
        if let Some(ticket) = change.ticket {
            self.apart(|scene| scene.put_back_ticket(ticket, &change.author));
        }
        if self.dice.happens(0.5) {
            self.world.delete_branch(change.repository, &branch, &change.author);
        }
        Some(())
    }

    /// The workflow runs for the head of a branch.
    pub(super) fn run_checks(&mut self, repository: i64, branch: &str, event: &str, actor: &str) -> Option<()> {
        let sha = self.world.repositories.get(&repository)?.branches.get(branch)?.clone();
        let run = self.world.start_run(repository, branch, &sha, event, actor)?;
        let hours = self.dice.around(0.15);
        self.after(hours, Happening::RunEnds { repository, run, actor: actor.to_owned() });
        Some(())
    }

    /// A run ends; a few fail, and some of these are run again.
    pub(super) fn end_run(&mut self, repository: i64, run: i64, actor: &str) -> Option<()> {
        let attempt = self.world.repositories.get(&repository)?.runs.get(&run)?.attempt;
        if !self.dice.happens(0.12) {
            self.world.finish_run(repository, run, RunStatus::Success, actor);
            return Some(());
        }
        let status = if self.dice.happens(0.2) { RunStatus::Cancelled } else { RunStatus::Failure };
        self.world.finish_run(repository, run, status, actor);
        if attempt < 3 && self.dice.happens(0.5) {
            self.world.restart_run(repository, run, actor);
            self.after(0.2, Happening::RunEnds { repository, run, actor: actor.to_owned() });
        }
        Some(())
    }
}
