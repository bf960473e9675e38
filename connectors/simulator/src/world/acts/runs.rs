//! Workflows run.

use crate::shapes;
use crate::world::{Attempt, RunStatus, WorkflowRun, World};
use serde_json::json;

/// The one workflow that every repository has.
const WORKFLOW: i64 = 4_100_001;

impl World {
    /// A workflow run begins for a commit at the head of a branch. Returns its id.
    pub fn start_run(&mut self, repository: i64, branch: &str, sha: &str, event: &str, actor: &str) -> Option<i64> {
        let (id, now) = (self.next_id(), self.now);
        let found = self.repositories.get_mut(&repository)?;
        let title = found.commits.get(sha)?.message.lines().next().unwrap_or_default().to_owned();
        let run = WorkflowRun {
            id,
            workflow: WORKFLOW,
            name: "CI".to_owned(),
            number: found.runs.len() as u64 + 1,
            event: event.to_owned(),
            branch: branch.to_owned(),
            sha: sha.to_owned(),
            title,
            status: RunStatus::InProgress,
            attempt: 1,
            created_at: now,
            started_at: now,
            updated_at: now,
            actor: Some(actor.to_owned()),
            earlier: Vec::new(),
        };
        found.runs.insert(id, run);
        self.tell_run(repository, id, actor, "requested");
        Some(id)
    }

    /// A run ends.
    pub fn finish_run(&mut self, repository: i64, run: i64, status: RunStatus, actor: &str) {
        let now = self.now;
        let Some(found) = self.repositories.get_mut(&repository).and_then(|r| r.runs.get_mut(&run)) else { return };
        found.status = status;
        found.updated_at = now;
        self.tell_run(repository, run, actor, "completed");
    }

    /// A run is asked for once more: the same run, another attempt.
    pub fn restart_run(&mut self, repository: i64, run: i64, actor: &str) {
        let now = self.now;
        let Some(found) = self.repositories.get_mut(&repository).and_then(|r| r.runs.get_mut(&run)) else { return };
        let WorkflowRun { status, started_at, updated_at, .. } = *found;
        found.earlier.push(Attempt { status, started_at, updated_at });
        found.status = RunStatus::InProgress;
        found.attempt += 1;
        found.started_at = now;
        found.updated_at = now;
        self.tell_run(repository, run, actor, "requested");
    }

    fn tell_run(&mut self, repository: i64, run: i64, actor: &str, action: &str) {
        self.deliver("workflow_run", repository, actor, |world, r| {
            json!({
                "action": action,
                "workflow": {"id": WORKFLOW, "name": "CI", "path": ".github/workflows/ci.yml", "state": "active"},
                "workflow_run": r.runs.get(&run).map(|x| shapes::workflow_run(world, r, x)),
            })
        });
    }
}
