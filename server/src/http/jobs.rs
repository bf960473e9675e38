//! `/api/v1/jobs` and `/api/v1/schedules`: work that is not a question.

use super::json::{self, List, Query, Versioned};
use super::trail::Slot;
use super::{App, Asker, Problem, mapping};
use crate::auth::Permission;
use crate::control::{Cursor, Hold, Job, JobState, Refusal, Schedule, Scope, Sees, Step, Trigger};
use crate::jobs::{Reading, When, holdable, kinds};
use crate::mapping::TRIAL;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

/// Which jobs are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Only those of this run.
    run: Option<String>,
    /// Only those in this state.
    state: Option<JobState>,
    /// What the page before gave as `next`.
    cursor: Option<String>,
    /// How many, 1 to 200; 50 unless said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// The tenant's jobs
///
/// The newest first.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "jobs", params(Which),
    responses((status = 200, body = List<Job>), Problem))]
pub(super) async fn list(
    State(app): State<App>,
    asker: Asker,
    Query(which): Query<Which>,
) -> Result<Json<List<Job>>, Problem> {
    asker.needs(Permission::JobsRead)?;
    let cursor = Cursor::new(which.cursor.as_deref(), which.limit)?;
    let jobs = app.access.control.jobs(&asker.tenant, which.run.as_deref(), which.state, &cursor);
    let mut page = jobs.await?;
    page.items = page.items.into_iter().map(|job| shown(&asker, job)).collect();
    Ok(Json(page.into()))
}

/// What stands in the place of why a job came into a state, for those who may not know that.
const KEPT: &str = "why is told to those who see all teams and projects";

/// A job as it is shown. What a trial tries names people, and rules: they are for whoever may see the mapping.
fn shown(asker: &Asker, mut job: Job) -> Job {
    if job.kind == TRIAL && mapping::whole(asker).is_err() {
        job.input = Value::Null;
    }
    if is_kept(asker, &job.kind, job.state) {
        KEPT.clone_into(&mut job.reason);
    }
    job
}

/// Whether it is kept from somebody why a job of a kind came into a state.
fn is_kept(asker: &Asker, kind: &str, state: JobState) -> bool {
    state.keeps_why(kind) && asker.authority.sees != Sees::Everything
}

/// A job that is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewJob {
    /// What is to be done: `land`, `map`, `model`, `forecast`, `risk`, `report`, `compact` or `vacuum`.
    kind: String,
    /// What it is about: for `land` the name of a connection, for `report` that of a report of one's own; left out for the others.
    #[serde(default)]
    subject: String,
    /// What it is given: `{"replay": true}` maps everything again, `{"hours": 48}` says which files a vacuum deletes,
    /// `{"whole": true}` has a connection read anew, and `{"from": "2025-01-01", "until": "2025-03-01"}` some days of it.
    #[serde(default)]
    #[schema(value_type = Object)]
    input: Value,
}

/// Ask for a job
///
/// It is begun as soon as a worker has a place. While one of that kind is open, it is that one.
#[utoipa::path(post, path = "/api/v1/jobs", tag = "jobs", request_body = NewJob,
    responses((status = 202, body = Job), Problem))]
pub(super) async fn create(
    State(app): State<App>,
    asker: Asker,
    slot: Slot,
    body: Body,
) -> Result<(StatusCode, Json<Job>), Problem> {
    asker.needs(Permission::JobsManage)?;
    let new: NewJob = json::read(body).await?;
    slot.does(json!({"kind": new.kind, "subject": new.subject}));
    app.access.control.check_subject(&asker.tenant, known(&new.kind)?, &new.subject).await?;
    Reading::check(&new.kind, &new.input)?;
    let trigger = Trigger { input: given(new.input)?, ..Trigger::new(&new.kind, &new.subject) };
    Ok((StatusCode::ACCEPTED, Json(shown(&asker, asked(&app, &asker, trigger).await?))))
}

/// Asks for a job in the name of whoever asks.
pub(super) async fn asked(app: &App, asker: &Asker, trigger: Trigger) -> Result<Job, Problem> {
    let control = &app.access.control;
    let id = control.trigger(&asker.tenant, &trigger.asked(), who(asker)).await?;
    Ok(control.job(&asker.tenant, &id).await?.ok_or_else(|| Refusal::unknown("job", &id))?)
}

/// A job, and how it came to where it stands.
#[derive(Serialize, ToSchema)]
pub(super) struct Told {
    job: Job,
    steps: Vec<Step>,
}

/// A job
#[utoipa::path(get, path = "/api/v1/jobs/{id}", tag = "jobs", params(("id" = String, Path)),
    responses((status = 200, body = Told), Problem))]
pub(super) async fn show(State(app): State<App>, asker: Asker, Path(id): Path<String>) -> Result<Json<Told>, Problem> {
    asker.needs(Permission::JobsRead)?;
    let control = &app.access.control;
    let job = control.job(&asker.tenant, &id).await?.ok_or_else(|| Refusal::unknown("job", &id))?;
    let mut steps = control.job_steps(&asker.tenant, &id).await?;
    for step in steps.iter_mut().filter(|step| is_kept(&asker, &job.kind, step.state)) {
        KEPT.clone_into(&mut step.reason);
    }
    Ok(Json(Told { steps, job: shown(&asker, job) }))
}

/// Take a job back
///
/// One that runs is stopped within seconds.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/cancel", tag = "jobs", params(("id" = String, Path)),
    responses((status = 200, body = Job), Problem))]
pub(super) async fn cancel(State(app): State<App>, asker: Asker, Path(id): Path<String>) -> Result<Json<Job>, Problem> {
    asker.needs(Permission::JobsManage)?;
    Ok(Json(shown(&asker, app.access.control.cancel_job(&asker.tenant, &id, who(&asker)).await?)))
}

/// Put a job on hold
#[utoipa::path(post, path = "/api/v1/jobs/{id}/pause", tag = "jobs", params(("id" = String, Path)),
    responses((status = 200, body = Job), Problem))]
pub(super) async fn pause(State(app): State<App>, asker: Asker, Path(id): Path<String>) -> Result<Json<Job>, Problem> {
    asker.needs(Permission::JobsManage)?;
    Ok(Json(shown(&asker, app.access.control.pause_job(&asker.tenant, &id, who(&asker)).await?)))
}

/// Let a job go on
///
/// One that is paused; and one that is dead, failed or waiting, which is begun at once, with all its tries before it.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/resume", tag = "jobs", params(("id" = String, Path)),
    responses((status = 200, body = Job), Problem))]
pub(super) async fn resume(State(app): State<App>, asker: Asker, Path(id): Path<String>) -> Result<Json<Job>, Problem> {
    asker.needs(Permission::JobsManage)?;
    Ok(Json(shown(&asker, app.access.control.resume_job(&asker.tenant, &id, who(&asker)).await?)))
}

/// Which jobs are put on hold.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Held {
    /// The kind; left out: all.
    kind: Option<String>,
}

impl Held {
    fn kind(&self) -> Result<&str, Problem> {
        self.kind.as_deref().map_or(Ok(""), may_hold)
    }
}

/// What is on hold
///
/// The tenant's own jobs, and those of a kind that a platform operator holds everywhere.
#[utoipa::path(get, path = "/api/v1/jobs/holds", tag = "jobs", responses((status = 200, body = Vec<Hold>), Problem))]
pub(super) async fn holds(State(app): State<App>, asker: Asker) -> Result<Json<Vec<Hold>>, Problem> {
    asker.needs(Permission::JobsRead)?;
    Ok(Json(app.access.control.holds(Some(&asker.tenant)).await?))
}

/// Begin no more jobs
///
/// Those that run come to their end.
#[utoipa::path(post, path = "/api/v1/jobs/hold", tag = "jobs", request_body = Held, responses((status = 204), Problem))]
pub(super) async fn hold(State(app): State<App>, asker: Asker, slot: Slot, body: Body) -> Result<StatusCode, Problem> {
    asker.needs(Permission::JobsManage)?;
    let held: Held = json::read(body).await?;
    slot.does(json!({"kind": held.kind}));
    app.access.control.hold_jobs(Scope::Own(&asker.tenant), held.kind()?, who(&asker)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begin jobs again
#[utoipa::path(post, path = "/api/v1/jobs/release", tag = "jobs", request_body = Held, responses((status = 204), Problem))]
pub(super) async fn release(
    State(app): State<App>,
    asker: Asker,
    slot: Slot,
    body: Body,
) -> Result<StatusCode, Problem> {
    asker.needs(Permission::JobsManage)?;
    let held: Held = json::read(body).await?;
    slot.does(json!({"kind": held.kind}));
    app.access.control.release_jobs(Scope::Own(&asker.tenant), held.kind()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The tenant's schedules
#[utoipa::path(get, path = "/api/v1/schedules", tag = "jobs", responses((status = 200, body = Vec<Schedule>), Problem))]
pub(super) async fn schedules(State(app): State<App>, asker: Asker) -> Result<Json<Vec<Schedule>>, Problem> {
    asker.needs(Permission::JobsRead)?;
    Ok(Json(app.access.control.schedules(&asker.tenant).await?))
}

/// What a schedule's job is about.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct About {
    /// For `land` the name of a connection; left out for the others.
    #[serde(default)]
    subject: String,
}

/// When a kind of job is to be done by itself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Scheduled {
    /// When.
    when: When,
    /// What it is given.
    #[serde(default)]
    #[schema(value_type = Object)]
    input: Value,
    /// Whether it is on hold: it asks for no job until this is `false` again.
    #[serde(default)]
    paused: bool,
}

/// Set the schedule of a kind of job
///
/// A new one without `If-Match`, one that is there with its ETag.
#[utoipa::path(put, path = "/api/v1/schedules/{kind}", tag = "jobs", request_body = Scheduled,
    params(("kind" = String, Path), About, ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = Schedule, headers(("ETag" = String))), Problem))]
pub(super) async fn schedule(
    State(app): State<App>,
    asker: Asker,
    Path(kind): Path<String>,
    Query(About { subject }): Query<About>,
    headers: HeaderMap,
    body: Body,
) -> Result<Versioned<Schedule>, Problem> {
    asker.needs(Permission::JobsManage)?;
    let version = json::if_match_any(&headers)?.unwrap_or(0);
    let Scheduled { when, input, paused } = json::read(body).await?;
    let kind = known(&kind)?.to_owned();
    app.access.control.check_subject(&asker.tenant, &kind, &subject).await?;
    Reading::check(&kind, &input)?;
    let set = Schedule { kind, subject, input: given(input)?, when, paused, next_at: 0, version };
    let set = app.access.control.set_schedule(&asker.tenant, &set, version).await?;
    Ok(Versioned(set.version, set))
}

/// Remove a schedule
#[utoipa::path(delete, path = "/api/v1/schedules/{kind}", tag = "jobs", params(("kind" = String, Path), About),
    responses((status = 204), Problem))]
pub(super) async fn unschedule(
    State(app): State<App>,
    asker: Asker,
    Path(kind): Path<String>,
    Query(About { subject }): Query<About>,
) -> Result<StatusCode, Problem> {
    asker.needs(Permission::JobsManage)?;
    app.access.control.remove_schedule(&asker.tenant, &kind, &subject).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A kind that may be asked for.
pub(super) fn known(kind: &str) -> Result<&str, Problem> {
    one_of(kind, kinds().collect())
}

/// A kind that may be put on hold.
pub(super) fn may_hold(kind: &str) -> Result<&str, Problem> {
    one_of(kind, holdable().collect())
}

fn one_of<'k>(kind: &'k str, all: Vec<&str>) -> Result<&'k str, Problem> {
    if all.contains(&kind) {
        return Ok(kind);
    }
    Err(Refusal::invalid("kind", format!("should be one of {}", all.join(", "))).into())
}

/// What a job is given: an object, or nothing.
pub(super) fn given(input: Value) -> Result<Value, Problem> {
    match input {
        Value::Object(_) | Value::Null if input.to_string().len() <= 10_000 => Ok(input),
        _ => Err(Refusal::invalid("input", "should be a small object, such as {\"replay\": true}").into()),
    }
}

/// Who asks, as a job's history tells it.
pub(super) fn who(asker: &Asker) -> &str {
    match &asker.who {
        crate::auth::Who::Session { user, .. } => user,
        crate::auth::Who::Token { id, .. } => id,
    }
}
