//! Issues go to other projects or are deleted, and users leave: what does not happen often.

use crate::story::Scene;

impl Scene<'_> {
    /// Something in the backlog is another team's work.
    pub(super) fn move_ticket(&mut self, project: i64) -> Option<()> {
        let others: Vec<i64> = self.story.tracker.desks.keys().copied().filter(|p| *p != project).collect();
        // Where there is one team, what is found out to be no work for it is an incident's.
        let to = self.dice.one(&others).copied().unwrap_or(self.story.tracker.incidents);
        let id = self.some_waiting(project)?;
        let manager = self.story.tracker.desks.get(&project)?.manager.clone();
        self.world.move_jira_issue(id, to, &manager)?;
        self.forget(project, id);
        if let Some(desk) = self.story.tracker.desks.get_mut(&to) {
            desk.backlog.push(id);
            let team = desk.team;
            self.world.edit_jira_issue(id, &manager, |f| f.team = Some(team));
        }
        Some(())
    }

    /// An issue is deleted, as those are that were written by mistake.
    pub(super) fn discard_ticket(&mut self, project: i64) -> Option<()> {
        let id = self.some_waiting(project)?;
        let manager = self.story.tracker.desks.get(&project)?.manager.clone();
        self.world.delete_jira_issue(id, &manager)?;
        self.forget(project, id);
        Some(())
    }

    /// Somebody is not there any more. What they were given stays theirs.
    pub(super) fn lose_user(&mut self) -> Option<()> {
        let login = (!self.story.tracker.leavers.is_empty()).then(|| self.story.tracker.leavers.remove(0))?;
        self.world.deactivate_jira_user(&login);
        Some(())
    }

    fn some_waiting(&mut self, project: i64) -> Option<i64> {
        let desk = self.story.tracker.desks.get(&project)?;
        let all = desk.backlog.iter().chain(&desk.committed).copied();
        let waiting: Vec<i64> = all.filter(|id| self.waits(*id, project)).collect();
        self.dice.one(&waiting).copied()
    }

    fn forget(&mut self, project: i64, id: i64) {
        if let Some(desk) = self.story.tracker.desks.get_mut(&project) {
            desk.backlog.retain(|i| *i != id);
            desk.committed.retain(|i| *i != id);
        }
    }
}
