//! Workflow runs: builds, and deployments when the settings say so.

use super::Work;
use super::deployments::Delivery;
use super::values::{meaning, time};
use crate::github::DeploymentSource;
use crate::github::payload::Run;
use pulse_engine::map::Reject;
use pulse_engine::row::Value;

/// Whether a run has ended.
const STATUSES: &[(&str, bool)] = &[
    ("completed", true),
    ("in_progress", false),
    ("queued", false),
    ("requested", false),
    ("waiting", false),
    ("pending", false),
];
const CONCLUSIONS: &[(&str, &str)] = &[
    ("success", "succeeded"),
    ("failure", "failed"),
    ("timed_out", "failed"),
    ("startup_failure", "failed"),
    ("cancelled", "cancelled"),
    ("skipped", "cancelled"),
    ("neutral", "cancelled"),
    ("stale", "cancelled"),
    ("action_required", "cancelled"),
];

pub(super) fn map(work: &mut Work<'_>) -> Result<(), Reject> {
    let (repository, rest, attempt) = work.attempt()?;
    let settings = work.settings()?;
    let settings = &settings.deployments;
    let mut run: Run = work.read()?;
    run.name = run.name.filter(|name| !name.is_empty());
    work.account(run.actor.as_ref());
    work.account(run.triggering_actor.as_ref());
    let native = format!("{repository}/builds/{rest}");
    let status = status(run.status.as_deref(), run.conclusion.as_deref())?;
    let started = time(run.run_started_at.as_deref());
    // While it runs, this is when it was last heard of.
    let finished = if status == "running" { Value::Null } else { time(run.updated_at.as_deref()) };
    let row = work
        .row("builds", &native)?
        .set("repository_id", work.id(repository))
        .set("name", run.name.clone())
        .set("sha", run.head_sha.clone())
        .set("branch", run.head_branch.clone())
        .set("status", status)
        .set("attempt", attempt.parse::<i64>().ok())
        .set("started_at", started.clone())
        .set("finished_at", finished.clone())
        .set("url", run.html_url.clone());
    work.push(row)?;
    let name = run.name.as_deref().unwrap_or_default();
    let (path, branch) = (run.path.as_deref().unwrap_or_default(), run.head_branch.as_deref().unwrap_or_default());
    let deploys = settings.is_run(name, path, branch) && !run.is_of_a_request();
    if !settings.come_from(DeploymentSource::WorkflowRuns) || !deploys {
        return Ok(());
    }
    let (environment, is_production) = settings.goes_to(false);
    Delivery {
        native,
        repository,
        environment,
        is_production,
        status,
        kind: settings.kind(&[run.name.as_deref(), run.head_branch.as_deref()]),
        sha: run.head_sha,
        ref_name: run.head_branch,
        created_at: time(run.created_at.as_deref()),
        started_at: started,
        finished_at: finished,
        url: run.html_url,
        inferred_from: Some("workflow_run"),
    }
    .push(work)
}

/// How a run, or a job of one, stands.
pub(super) fn status(status: Option<&str>, conclusion: Option<&str>) -> Result<&'static str, Reject> {
    let is_over = meaning("status", status, STATUSES)?;
    match conclusion {
        Some(_) if is_over => meaning("conclusion", conclusion, CONCLUSIONS),
        _ => Ok("running"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(status: &str, conclusion: Option<&str>) -> Result<&'static str, Option<String>> {
        super::status(Some(status), conclusion).map_err(|reject| reject.field)
    }

    #[test]
    fn a_run_is_what_it_concluded_once_it_is_completed() {
        for (conclusion, expected) in CONCLUSIONS {
            assert_eq!(told("completed", Some(conclusion)), Ok(*expected));
            assert_eq!(told("in_progress", Some(conclusion)), Ok("running"));
        }
        assert_eq!(told("queued", None), Ok("running"));
        assert_eq!(told("completed", None), Ok("running"));
        assert_eq!(told("completed", Some("vanished")), Err(Some("conclusion".to_owned())));
        assert_eq!(told("dreaming", None), Err(Some("status".to_owned())));
    }
}
