//! Production breaks and is repaired.

use super::{Happening, Incident, Rollout, Scene, Work, names};
use crate::world::{CloseReason, Deployment, DeploymentState};

impl Scene<'_> {
    /// Somebody notices that a deployment broke something.
    pub(super) fn begin_incident(&mut self, repository: i64, deployment: i64) -> Option<()> {
        let found = self.world.repositories.get(&repository)?;
        let bad = found.deployments.get(&deployment)?.sha.clone();
        let was_good = |d: &Deployment| d.statuses.iter().any(|s| s.state == DeploymentState::Success);
        let is_earlier =
            |d: &&Deployment| d.id < deployment && d.environment == "production" && d.sha != bad && was_good(d);
        let good = found.deployments.values().rev().find(is_earlier).map(|d| d.sha.clone());
        let name = found.name.clone();
        let cause = self.dice.happens(0.6).then(|| self.cause(repository, &bad, good.as_deref())).flatten();
        let reporter = self.somebody(repository, "")?;
        let actor = self.somebody(repository, &reporter)?;
        let severity = if self.dice.happens(0.2) { "sev1" } else { "sev2" };
        let title = format!("{name} {}", self.dice.word(names::SYMPTOMS));
        let issue = self.world.open_issue(repository, &reporter, &title, "Alerts came in.", &["incident", severity])?;
        self.world.assign_issue(repository, issue, &reporter, &actor);
        let ticket = self.apart(|scene| scene.report(repository, issue, &reporter, &actor));
        let incident = Incident { issue, ticket, cause, good };
        let hours = self.dice.around(0.4);
        self.after(hours, Happening::IncidentIsMet { repository, incident, actor });
        Some(())
    }

    /// One of the commits on main that the bad deployment brought.
    fn cause(&mut self, repository: i64, bad: &str, good: Option<&str>) -> Option<String> {
        let found = self.world.repositories.get(&repository)?;
        let mut brought = Vec::new();
        let mut next = Some(bad);
        while let Some(sha) = next.filter(|s| Some(*s) != good && brought.len() < 10) {
            brought.push(sha.to_owned());
            next = found.commits.get(sha)?.parents.first().map(String::as_str);
        }
        self.dice.one(&brought).cloned()
    }

    /// Somebody deals with it: goes back to what was there before, or writes a fix.
    pub(super) fn meet_incident(&mut self, repository: i64, incident: Incident, actor: String) -> Option<()> {
        self.world.comment(repository, incident.issue, &actor)?;
        let hours = self.dice.around(self.habits(repository).repair_hours) * self.slowness(repository).sqrt();
        let good = incident.good.clone().filter(|_| self.dice.happens(0.45));
        if let Some(ticket) = incident.ticket {
            self.apart(|scene| scene.meet_report(ticket, repository, &actor, good.is_some()));
        }
        if let Some(sha) = good {
            let description = Some(format!("Rollback to {}", sha.get(..7).unwrap_or(&sha)));
            let environment = "production";
            let rollout = Rollout { repository, sha, environment, description, actor, incident: Some(incident) };
            self.after(hours, Happening::Rollout(Box::new(rollout)));
            return Some(());
        }
        let base = self.main_head(repository)?;
        let key = incident.ticket.and_then(|t| self.world.jira.key(t));
        let (in_branch, in_title) = key.map_or_else(Default::default, |k| (format!("{k}-"), format!("{k} ")));
        let work = Work {
            repository,
            author: actor,
            branch: format!("hotfix/{in_branch}incident-{}", incident.issue),
            title: format!("{in_title}Repair what broke in #{}", incident.issue),
            issue: None,
            ticket: None,
            base,
            began: self.world.now,
            incident: Some(incident),
        };
        self.after(hours, Happening::ChangeOpens(Box::new(work)));
        Some(())
    }

    /// It is over; those who found the cause write it down.
    pub(super) fn end_incident(&mut self, repository: i64, incident: Incident, actor: &str) -> Option<()> {
        if let Some(ticket) = incident.ticket {
            self.apart(|scene| scene.end_report(ticket, repository, actor));
        }
        if let Some(cause) = incident.cause {
            self.world.edit_issue(repository, incident.issue, actor, |issue| {
                issue.body = format!("{}\n\nroot cause: {cause}", issue.body);
            });
        }
        self.world.close_issue(repository, incident.issue, actor, CloseReason::Completed);
        Some(())
    }
}
