//! Jobs of one attempt of a workflow's run, all of them.

use super::Work;
use super::runs::status;
use super::values::{present, time};
use crate::github::payload::{Job, Jobs, Number};
use pulse_engine::map::Reject;
use pulse_engine::row::Value;

pub(super) fn map(work: &mut Work<'_>) -> Result<(), Reject> {
    let (repository, attempt, _) = work.attempt()?;
    let Jobs { jobs } = work.read()?;
    let build = format!("{repository}/builds/{attempt}");
    work.parts("build_jobs", &build, "jobs")?;
    for job in jobs {
        let Number(number) = present("jobs.id", job.id)?;
        let row = work
            .row("build_jobs", &format!("{build}/jobs/{number}"))?
            .set("build_id", work.id(&build))
            .set("repository_id", work.id(repository))
            .set("status", status(job.status.as_deref(), job.conclusion.as_deref())?)
            .set("started_at", started_at(&job))
            .set("finished_at", time(job.completed_at.as_deref()))
            .set("name", job.name)
            .set("runner", job.runner_name.filter(|name| !name.is_empty()))
            .set("url", job.html_url);
        work.push(row)?;
    }
    Ok(())
}

/// When it began: while it waits for a machine, GitHub tells here when it was made.
fn started_at(job: &Job) -> Value {
    let began = matches!(job.status.as_deref(), Some("in_progress" | "completed"));
    time(job.started_at.as_deref().filter(|_| began))
}
