//! What is merged is deployed and released.

use super::{Happening, Rollout, Scene};
use crate::world::{DeploymentState, NewDeployment};

impl Scene<'_> {
    /// A deployment is asked for.
    pub(super) fn roll_out(&mut self, rollout: Box<Rollout>) -> Option<()> {
        let repository = self.world.repositories.get(&rollout.repository)?;
        let is_rollback = rollout.description.as_ref().is_some_and(|d| d.starts_with("Rollback"));
        let new = NewDeployment {
            sha: rollout.sha.clone(),
            branch: (!is_rollback).then(|| repository.default_branch.clone()),
            environment: rollout.environment.to_owned(),
            task: "deploy".to_owned(),
            description: rollout.description.clone(),
            creator: rollout.actor.clone(),
        };
        let id = self.world.deploy(rollout.repository, new)?;
        self.after(0.01, Happening::RolloutRuns(rollout, id));
        Some(())
    }

    /// A deployment is under way.
    pub(super) fn run_rollout(&mut self, rollout: Box<Rollout>, id: i64) -> Option<()> {
        self.world.set_deployment_status(rollout.repository, id, DeploymentState::InProgress, &rollout.actor);
        let hours = self.dice.around(0.12);
        self.after(hours, Happening::RolloutEnds(rollout, id));
        Some(())
    }

    /// A deployment is through: one to staging goes on to production, and one to production may have broken something.
    pub(super) fn end_rollout(&mut self, rollout: Rollout, id: i64) -> Option<()> {
        let Rollout { repository, environment, .. } = rollout;
        let is_production = environment == "production";
        let failure = if rollout.incident.is_some() { 0.0 } else { [0.08, 0.04][usize::from(is_production)] };
        if self.dice.happens(failure) {
            self.world.set_deployment_status(repository, id, DeploymentState::Failure, &rollout.actor);
            return Some(());
        }
        self.world.set_deployment_status(repository, id, DeploymentState::Success, &rollout.actor);
        if !is_production {
            if self.dice.happens(0.85) {
                let hours = self.dice.around(1.2);
                let next = Rollout { environment: "production", ..rollout };
                self.after_at_work(hours, Happening::Rollout(Box::new(next)));
            }
            return Some(());
        }
        if let Some(incident) = rollout.incident {
            let hours = self.dice.around(0.3);
            self.after(hours, Happening::IncidentEnds { repository, incident, actor: rollout.actor });
            return Some(());
        }
        let accidents = self.story.plots.get(&repository)?.accidents;
        if self.dice.happens(accidents) {
            let hours = self.dice.around(1.0);
            self.after(hours, Happening::IncidentBegins { repository, deployment: id });
        }
        Some(())
    }

    /// A release is drafted for what main is at; it is published soon after, or a day later.
    pub(super) fn draft_release(&mut self, repository: i64) -> Option<()> {
        let actor = self.somebody(repository, "")?;
        let plot = self.story.plots.get_mut(&repository)?;
        let tag = format!("v1.{}.0{}", plot.release, if plot.release % 5 == 4 { "-rc.1" } else { "" });
        plot.release += 1;
        let release = self.world.draft_release(repository, &tag, &format!("Release {tag}"), &actor)?;
        let hours = if self.dice.happens(0.3) { 24.0 } else { 0.2 };
        self.after(hours, Happening::ReleaseIsPublished { repository, release, actor });
        Some(())
    }

    /// A release is published and main tagged with it.
    pub(super) fn publish_release(&mut self, repository: i64, release: i64, actor: &str) -> Option<()> {
        let found = self.world.repositories.get(&repository)?;
        let tag = found.releases.get(&release)?.tag.clone();
        let head = self.main_head(repository)?;
        let is_annotated = self.dice.happens(0.85);
        let message = format!("Release {tag}");
        self.world.tag(repository, &tag, &head, is_annotated.then_some(message.as_str()), actor);
        self.world.publish_release(repository, release, actor);
        Some(())
    }
}
