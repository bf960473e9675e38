//! Commits are deployed.

use crate::shapes;
use crate::world::{Deployment, DeploymentState, DeploymentStatus, World};
use serde_json::json;

/// What somebody asks for a deployment with.
#[derive(Clone, Debug)]
pub struct NewDeployment {
    /// The commit.
    pub sha: String,
    /// The branch, if it was asked for by one.
    pub branch: Option<String>,
    /// Where to.
    pub environment: String,
    /// What is to be done; mostly `deploy`.
    pub task: String,
    /// What it says of itself.
    pub description: Option<String>,
    /// Who asks for it.
    pub creator: String,
}

impl World {
    /// A deployment is asked for; it is queued at once. Returns its id.
    pub fn deploy(&mut self, repository: i64, new: NewDeployment) -> Option<i64> {
        let (id, now) = (self.next_id(), self.now);
        let creator = new.creator.clone();
        let deployment = Deployment {
            id,
            sha: new.sha,
            branch: new.branch,
            environment: new.environment,
            task: new.task,
            description: new.description,
            created_at: now,
            updated_at: now,
            creator: Some(new.creator),
            statuses: Vec::new(),
        };
        self.repositories.get_mut(&repository)?.deployments.insert(id, deployment);
        self.deliver("deployment", repository, &creator, |world, r| {
            json!({"action": "created", "deployment": r.deployments.get(&id).map(|d| shapes::deployment(world, r, d))})
        });
        self.set_deployment_status(repository, id, DeploymentState::Queued, &creator);
        Some(id)
    }

    /// A deployment gets a status. With success, those before it in the same environment become inactive.
    pub fn set_deployment_status(&mut self, repository: i64, deployment: i64, state: DeploymentState, actor: &str) {
        let Some(found) = self.repositories.get(&repository) else { return };
        let Some(environment) = found.deployments.get(&deployment).map(|d| d.environment.clone()) else { return };
        self.add_status(repository, deployment, state, actor);
        if state != DeploymentState::Success {
            return;
        }
        let Some(found) = self.repositories.get(&repository) else { return };
        let is_over = |d: &&Deployment| {
            d.id < deployment && d.environment == environment && d.state() == Some(DeploymentState::Success)
        };
        let over: Vec<i64> = found.deployments.values().filter(is_over).map(|d| d.id).collect();
        for id in over {
            self.add_status(repository, id, DeploymentState::Inactive, actor);
        }
    }

    fn add_status(&mut self, repository: i64, deployment: i64, state: DeploymentState, actor: &str) {
        let (id, now) = (self.next_id(), self.now);
        let Some(found) = self.repositories.get_mut(&repository) else { return };
        let name = found.name.clone();
        let Some(deployment) = found.deployments.get_mut(&deployment) else { return };
        let is_there = state == DeploymentState::Success;
        let environment = deployment.environment.clone();
        deployment.statuses.push(DeploymentStatus {
            id,
            state,
            created_at: now,
            description: (state == DeploymentState::Failure).then(|| "The health check did not pass.".to_owned()),
            environment_url: is_there.then(|| format!("https://{name}.{environment}.example.com")),
            log_url: Some(format!("https://ci.example.com/{name}/{}", deployment.id)),
            creator: Some(actor.to_owned()),
        });
        deployment.updated_at = now;
        let deployment = deployment.id;
        self.deliver("deployment_status", repository, actor, |world, r| {
            let found = r.deployments.get(&deployment);
            json!({
                "action": "created",
                "deployment_status": found.and_then(|d| d.statuses.last().map(|s| shapes::deployment_status(world, r, d, s))),
                "deployment": found.map(|d| shapes::deployment(world, r, d)),
            })
        });
    }
}
