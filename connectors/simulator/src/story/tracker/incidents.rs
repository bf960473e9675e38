//! The incidents of the story, as Jira has them.

use crate::story::{Errand, Scene};
use crate::world::jira::{Fields, IssueType, LinkKind, Priority, Resolution, Severity, Status};

impl Scene<'_> {
    /// An issue for an incident that GitHub has an issue for, too. Returns its id.
    pub(in crate::story) fn report(&mut self, repository: i64, issue: u64, reporter: &str, actor: &str) -> Option<i64> {
        let found = self.world.repositories.get(&repository)?;
        let on_github = found.issues.get(&issue)?;
        let is_worst = on_github.labels.iter().any(|l| l == "sev1");
        let (summary, name) = (on_github.title.clone(), found.name.clone());
        // Some only find out later what is broken.
        let is_clear = self.dice.happens(0.85);
        let service = self.service_of(repository).filter(|_| is_clear);
        let severity = match is_worst {
            true => Severity::Sev1,
            false if self.dice.happens(0.3) => Severity::Sev3,
            false => Severity::Sev2,
        };
        let fields = Fields {
            project: self.story.tracker.incidents,
            kind: IssueType::Incident,
            summary,
            description: format!("Alerts came in.\n\nSee {}/{name}#{issue}.", self.world.organization.login),
            priority: if is_worst { Priority::Highest } else { Priority::High },
            severity: Some(severity),
            service,
            team: self.story.plots.get(&repository).map(|p| p.team),
            ..Fields::default()
        };
        let id = self.world.create_jira_issue(fields, reporter)?;
        self.world.edit_jira_issue(id, reporter, |f| f.assignee = Some(actor.to_owned()));
        Some(id)
    }

    /// The service that a repository is. It keeps the name that its repository had at first.
    fn service_of(&mut self, repository: i64) -> Option<i64> {
        let found = self.world.repositories.get(&repository)?;
        let name = found.former_names.first().unwrap_or(&found.name).clone();
        Some(self.world.jira_service(&name))
    }

    /// Somebody is at it.
    pub(in crate::story) fn meet_report(
        &mut self,
        id: i64,
        repository: i64,
        actor: &str,
        is_rollback: bool,
    ) -> Option<()> {
        let service = self.service_of(repository);
        let is_worse = self.dice.happens(0.15);
        self.world.edit_jira_issue(id, actor, |f| {
            f.status = Status::InProgress;
            f.service = service;
            if is_worse {
                f.severity = Some(Severity::Sev1);
                f.priority = Priority::Highest;
            }
            if is_rollback {
                f.labels.insert("rollback".to_owned());
            }
        });
        self.world.comment_jira_issue(id, actor, "We are at it.").map(|_| ())
    }

    /// It is over; often there is something left to learn.
    pub(in crate::story) fn end_report(&mut self, id: i64, repository: i64, actor: &str) -> Option<()> {
        let is_rollback = self.ticket(id)?.fields.labels.contains("rollback");
        let resolution = if is_rollback { Resolution::RolledBack } else { Resolution::Fixed };
        self.world.edit_jira_issue(id, actor, |f| {
            f.resolution = Some(resolution);
            f.status = Status::Done;
        });
        if self.dice.happens(0.5) {
            let team = self.story.plots.get(&repository)?.team;
            let project = self.story.tracker.project_of(team)?;
            let lesson = self.file(project, format!("Learn from {}", self.world.jira.key(id)?))?;
            self.world.edit_jira_issue(lesson, actor, |f| f.kind = IssueType::Task);
            self.world.link_jira_issues(LinkKind::Relates, lesson, id, actor);
            let hours = self.dice.around(30.0);
            self.errand_at_work(hours, Errand::Discussed { issue: lesson });
        }
        Some(())
    }
}
