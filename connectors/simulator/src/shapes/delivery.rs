//! Deployments and workflow runs.

use super::{API, PAGES, full_name, node_id, time, user};
use crate::world::{Commit, Deployment, DeploymentStatus, Repository, RunStatus, Time, WorkflowRun, World};
use serde_json::{Value, json};

/// A deployment.
pub(crate) fn deployment(world: &World, repository: &Repository, deployment: &Deployment) -> Value {
    let url = format!("{API}/repos/{}/deployments/{}", full_name(world, repository), deployment.id);
    json!({
        "url": url,
        "id": deployment.id,
        "node_id": node_id("DE", &[repository.id, deployment.id]),
        "sha": deployment.sha,
        "ref": deployment.branch.as_ref().unwrap_or(&deployment.sha),
        "task": deployment.task,
        "payload": {},
        "original_environment": deployment.environment,
        "environment": deployment.environment,
        "description": deployment.description,
        "creator": user(world, deployment.creator.as_deref()),
        "created_at": time(deployment.created_at),
        "updated_at": time(deployment.updated_at),
        "statuses_url": format!("{url}/statuses"),
        "repository_url": format!("{API}/repos/{}", full_name(world, repository)),
    })
}

/// A status of a deployment.
pub(crate) fn deployment_status(
    world: &World,
    repository: &Repository,
    deployment: &Deployment,
    status: &DeploymentStatus,
) -> Value {
    let url = format!("{API}/repos/{}/deployments/{}", full_name(world, repository), deployment.id);
    json!({
        "url": format!("{url}/statuses/{}", status.id),
        "id": status.id,
        "node_id": node_id("DES", &[repository.id, status.id]),
        "state": status.state.name().to_lowercase(),
        "creator": user(world, status.creator.as_deref()),
        "description": status.description.as_deref().unwrap_or_default(),
        "environment": deployment.environment,
        "target_url": status.log_url.as_deref().unwrap_or_default(),
        "log_url": status.log_url.as_deref().unwrap_or_default(),
        "environment_url": status.environment_url.as_deref().unwrap_or_default(),
        "created_at": time(status.created_at),
        "updated_at": time(status.created_at),
        "deployment_url": url,
        "repository_url": format!("{API}/repos/{}", full_name(world, repository)),
    })
}

/// A run of a workflow.
pub(crate) fn workflow_run(world: &World, repository: &Repository, run: &WorkflowRun) -> Value {
    let full_name = full_name(world, repository);
    let url = format!("{API}/repos/{full_name}/actions/runs/{}", run.id);
    let (status, conclusion) = run.status.names();
    let actor = user(world, run.actor.as_deref());
    let minimal = json!({
        "id": repository.id, "node_id": node_id("R", &[repository.id]), "name": repository.name,
        "full_name": full_name, "private": repository.is_private, "fork": repository.is_fork,
        "html_url": format!("{PAGES}/{full_name}"), "url": format!("{API}/repos/{full_name}"),
    });
    json!({
        "id": run.id,
        "name": run.name,
        "node_id": node_id("WFR", &[repository.id, run.id]),
        "head_branch": run.branch,
        "head_sha": run.sha,
        "path": ".github/workflows/ci.yml",
        "display_title": run.title,
        "run_number": run.number,
        "event": run.event,
        "status": status,
        "conclusion": conclusion,
        "workflow_id": run.workflow,
        "check_suite_id": run.id + 1_000_000_000,
        "check_suite_node_id": node_id("CS", &[repository.id, run.id]),
        "url": url,
        "html_url": format!("{PAGES}/{full_name}/actions/runs/{}", run.id),
        "pull_requests": [],
        "created_at": time(run.created_at),
        "updated_at": time(run.updated_at),
        "run_started_at": time(run.started_at),
        "run_attempt": run.attempt,
        "actor": actor,
        "triggering_actor": actor,
        "jobs_url": format!("{url}/jobs"),
        "logs_url": format!("{url}/logs"),
        "workflow_url": format!("{API}/repos/{full_name}/actions/workflows/{}", run.workflow),
        "head_commit": repository.commits.get(&run.sha).map(head_commit),
        "repository": minimal,
        "head_repository": minimal,
    })
}

/// The jobs of a run, at the attempt that it is at: it is built and then tested, and what fails are the tests.
pub(crate) fn workflow_jobs(world: &World, repository: &Repository, run: &WorkflowRun) -> Vec<Value> {
    let between = run.started_at + (run.updated_at - run.started_at) / 2;
    let (built, tested) = match run.status {
        RunStatus::Queued => (RunStatus::Queued, RunStatus::Queued),
        RunStatus::InProgress => (RunStatus::InProgress, RunStatus::Queued),
        ended => (RunStatus::Success, ended),
    };
    let job = |place: i64, name: &str, status: RunStatus, began: Time, ended: Time| {
        let id = run.id * 1000 + i64::from(run.attempt) * 10 + place;
        let full_name = full_name(world, repository);
        let (status, conclusion) = status.names();
        let waits = status == "queued";
        json!({
            "id": id,
            "run_id": run.id,
            "run_url": format!("{API}/repos/{full_name}/actions/runs/{}", run.id),
            "run_attempt": run.attempt,
            "workflow_name": run.name,
            "head_branch": run.branch,
            "head_sha": run.sha,
            "url": format!("{API}/repos/{full_name}/actions/jobs/{id}"),
            "html_url": format!("{PAGES}/{full_name}/actions/runs/{}/job/{id}", run.id),
            "status": status,
            "conclusion": conclusion,
            "created_at": time(run.started_at),
            "started_at": time(began),
            "completed_at": conclusion.map(|_| time(ended)),
            "name": name,
            "steps": [],
            "labels": ["ubuntu-latest"],
            "runner_id": (!waits).then_some(id % 7 + 1),
            "runner_name": (!waits).then(|| format!("GitHub Actions {}", id % 7 + 1)),
        })
    };
    vec![job(1, "build", built, run.started_at, between), job(2, "test", tested, between, run.updated_at)]
}

/// A commit as a workflow run tells it.
fn head_commit(commit: &Commit) -> Value {
    json!({
        "id": commit.sha, "tree_id": commit.tree(), "message": commit.message, "timestamp": time(commit.committer.date),
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
    })
}
