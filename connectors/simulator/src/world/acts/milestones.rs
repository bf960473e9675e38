//! Milestones are set and closed.

use crate::shapes;
use crate::world::{Milestone, Time, World};
use serde_json::json;

impl World {
    /// A milestone is set. Returns its number.
    pub fn set_milestone(&mut self, repository: i64, title: &str, due_on: Option<Time>, actor: &str) -> Option<u64> {
        let now = self.now;
        let milestones = &mut self.repositories.get_mut(&repository)?.milestones;
        let number = milestones.keys().next_back().map_or(1, |last| last + 1);
        let title = title.to_owned();
        let milestone = Milestone { number, title, due_on, created_at: now, updated_at: now, closed_at: None };
        milestones.insert(number, milestone);
        self.tell_milestone(repository, number, actor, "created");
        Some(number)
    }

    /// A milestone is closed, whatever is still planned for it.
    pub fn close_milestone(&mut self, repository: i64, number: u64, actor: &str) {
        let now = self.now;
        let found = self.repositories.get_mut(&repository).and_then(|r| r.milestones.get_mut(&number));
        let Some(milestone) = found.filter(|milestone| milestone.closed_at.is_none()) else { return };
        (milestone.closed_at, milestone.updated_at) = (Some(now), now);
        self.tell_milestone(repository, number, actor, "closed");
    }

    /// A milestone is deleted, and what was planned for it is planned for none.
    pub fn delete_milestone(&mut self, repository: i64, number: u64, actor: &str) {
        self.tell_milestone(repository, number, actor, "deleted");
        let Some(found) = self.repositories.get_mut(&repository) else { return };
        found.milestones.remove(&number);
        for issue in found.issues.values_mut().filter(|issue| issue.milestone == Some(number)) {
            issue.milestone = None;
        }
    }

    fn tell_milestone(&mut self, repository: i64, number: u64, actor: &str, action: &str) {
        self.deliver(
            "milestone",
            repository,
            actor,
            |_, r| json!({"action": action, "milestone": r.milestones.get(&number).map(shapes::milestone)}),
        );
    }
}
