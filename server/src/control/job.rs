//! Jobs: work that is not a question, as the control database knows it.

use super::database::{Whole, failed, json, maybe_text, number, text};
use super::erase::ERASE;
use super::event::News;
use super::page::{Cursor, Page};
use super::report_due::due_notes;
use super::{BY_SCHEDULE, Control, DELIVER, REPORT, Refusal, delivery_wish, report_told};
use crate::auth::Permission;
use crate::observe::traces;
use crate::{Error, Result, secret};
use pulse_engine::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as object};
use sqlx::any::AnyRow;
use utoipa::ToSchema;

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// It is to be done.
    Queued,
    /// A worker is at it.
    Running,
    /// It goes on when somebody else lets it, such as a vendor's rate limit. That is no failure.
    Waiting,
    /// A try failed, and the next is due in a while.
    Failed,
    /// A person put it on hold.
    Paused,
    /// It is done.
    Succeeded,
    /// Its last try failed: it waits for a person.
    Dead,
    /// A person took it back.
    Cancelled,
}

impl JobState {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            JobState::Queued => "queued",
            JobState::Running => "running",
            JobState::Waiting => "waiting",
            JobState::Failed => "failed",
            JobState::Paused => "paused",
            JobState::Succeeded => "succeeded",
            JobState::Dead => "dead",
            JobState::Cancelled => "cancelled",
        }
    }

    pub(super) fn of(name: &str) -> Result<Self> {
        serde_json::from_value(Value::String(name.to_owned()))
            .map_err(|_| Error::Database(format!("a job is in the unknown state `{name}`")))
    }

    /// Whether it has come to its end.
    pub fn is_over(self) -> bool {
        matches!(self, JobState::Succeeded | JobState::Dead | JobState::Cancelled)
    }

    /// Whether it is for those alone who see all teams and projects why a job of a kind came into it: what came of making reports, and of
    /// handing something over, may name saved queries and addresses.
    pub(crate) fn keeps_why(self, kind: &str) -> bool {
        let says_what_came = !matches!(self, JobState::Queued | JobState::Running | JobState::Succeeded);
        says_what_came && [REPORT, DELIVER].contains(&kind)
    }
}

/// A job.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Job {
    /// Its key.
    pub id: String,
    /// Whose it is.
    pub tenant: String,
    /// What is done, such as `map`.
    pub kind: String,
    /// What of that kind it is about, such as a connection; empty where there is but one.
    pub subject: String,
    /// The chain of jobs that it belongs to, by the id of the first.
    pub run: String,
    /// What it was given.
    #[schema(value_type = Object)]
    pub input: Value,
    /// Where it stands.
    pub state: JobState,
    /// Why.
    pub reason: String,
    /// The higher goes first.
    pub priority: i64,
    /// Before when it is not begun, in microseconds since 1970; 0: at once.
    pub due_at: i64,
    /// Whether it was asked for once more while it ran.
    pub again: bool,
    /// How often it was begun.
    pub attempt: i64,
    /// How often it is begun at most.
    pub most_attempts: i64,
    /// Who is at it, or was last.
    pub worker: Option<String>,
    /// How far it is.
    pub progress: Option<Progress>,
    /// Who asked for it first: a user's key, `schedule`, `upkeep`, or the job before it.
    pub created_by: String,
    /// When it was asked for.
    pub created_at: i64,
    /// When its state last changed.
    pub changed_at: i64,
    #[serde(skip)]
    pub(super) epoch: i64,
    #[serde(skip)]
    pub(super) beat: i64,
}

/// How far a job is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Progress {
    /// How much is done.
    pub done: u64,
    /// Of how much, where that is known.
    pub total: Option<u64>,
    /// What is going on.
    pub message: String,
    /// How much is done in a second, by what this try has done so far.
    #[serde(default)]
    pub rate: Option<f64>,
    /// When it would end at that rate, in microseconds since 1970.
    #[serde(default)]
    pub ends_at: Option<i64>,
}

/// A change of a job's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Step {
    /// When, in microseconds since 1970.
    pub at: i64,
    /// The state that it came into.
    pub state: JobState,
    /// The try that it belongs to.
    pub attempt: i64,
    /// Who was at it.
    pub worker: Option<String>,
    /// Why.
    pub reason: String,
}

/// What asks for a job.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// What is to be done.
    pub kind: String,
    /// About what.
    pub subject: String,
    /// What it is given.
    pub input: Value,
    /// The higher goes first.
    pub priority: i64,
    /// Before when it is not begun, in microseconds since 1970; one that is past: at once.
    pub due_at: i64,
    /// How often it is begun at most.
    pub most_attempts: i64,
}

/// What a person asks for goes before what was due anyway.
const ASKED: i64 = 10;

impl Trigger {
    /// The same, asked for by a person.
    pub fn asked(self) -> Self {
        Self { priority: ASKED, ..self }
    }

    /// Asks for a job of a kind, now, with nothing else to say.
    pub fn new(kind: &str, subject: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            input: Value::Null,
            priority: 0,
            due_at: 0,
            most_attempts: ATTEMPTS,
        }
    }
}

/// How often a job is begun at most, unless said.
const ATTEMPTS: i64 = 8;

impl Control {
    /// Asks for a job; its id. While one of that kind and subject is open, it is that one, as soon as either asked for: one that
    /// runs is done once more after that, one that waits for somebody else or is paused goes on doing so. So is one that has noted the
    /// reports that it makes. It is given what was given last; who gives nothing takes nothing back.
    ///
    /// # Errors
    /// [`Refusal::Unknown`] when there is no such tenant.
    pub async fn trigger(&self, tenant: &TenantId, trigger: &Trigger, by: &str) -> Result<String> {
        let mut whole = self.database.begin().await?;
        let id = enqueue(&mut whole, tenant, trigger, None, by, self.now()).await?;
        whole.commit().await.map_err(failed)?;
        Ok(id)
    }

    /// The job of that id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn job(&self, tenant: &TenantId, id: &str) -> Result<Option<Job>> {
        let query = sqlx::query("SELECT * FROM jobs WHERE tenant_id = $1 AND id = $2").bind(tenant.as_str()).bind(id);
        query.fetch_optional(self.database.pool()).await.map_err(failed)?.as_ref().map(job).transpose()
    }

    /// The jobs of a tenant, the newest first, a page at a time; of one run, or in one state, or of all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn jobs(
        &self,
        tenant: &TenantId,
        run: Option<&str>,
        state: Option<JobState>,
        cursor: &Cursor,
    ) -> Result<Page<Job>> {
        let statement = "SELECT * FROM jobs WHERE tenant_id = $1 AND ($2 = '' OR run_id = $2
                 OR EXISTS (SELECT 1 FROM job_runs r WHERE r.job_id = jobs.id AND r.run_id = $2)) AND ($3 = '' OR state = $3)
             AND (-created_at > $4 OR (-created_at = $4 AND id > $5)) ORDER BY created_at DESC, id LIMIT $6";
        let query = || {
            let query = sqlx::query(statement).bind(tenant.as_str()).bind(run.unwrap_or_default());
            query.bind(state.map_or("", JobState::name))
        };
        self.page(query, cursor, job, |job: &Job| (-job.created_at, &job.id)).await
    }

    /// How a job came to where it stands, the first step first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn job_steps(&self, tenant: &TenantId, id: &str) -> Result<Vec<Step>> {
        let query = sqlx::query(
            "SELECT s.* FROM job_steps s JOIN jobs j ON j.id = s.job_id WHERE j.tenant_id = $1 AND j.id = $2 ORDER BY s.number",
        );
        let rows = query.bind(tenant.as_str()).bind(id).fetch_all(self.database.pool()).await.map_err(failed)?;
        rows.iter().map(step).collect()
    }
}

/// Whether a job has noted what it makes, in SQL: one that makes the reports of a definition, which are of when it was first begun. Whatever is
/// asked for since is not in them, also where it is tried again.
macro_rules! has_noted {
    () => {
        "(jobs.kind = 'report' AND EXISTS (SELECT 1 FROM reports n
            WHERE n.tenant_id = jobs.tenant_id AND n.job_id = jobs.id AND n.id <> jobs.subject))"
    };
}
pub(super) use has_noted;

/// What is noted of a job that is open where somebody else asks for it.
pub(super) fn asked_too(by: &str) -> String {
    format!("asked for by {by}, too")
}

/// Asks for a job within something larger; its id. `run` is the chain that it goes on.
pub(super) async fn enqueue(
    whole: &mut Whole,
    tenant: &TenantId,
    trigger: &Trigger,
    run: Option<&str>,
    by: &str,
    now: i64,
) -> Result<String> {
    let id = secret::id("job")?;
    hold(whole, tenant).await?;
    let state = sqlx::query("SELECT state FROM tenants WHERE id = $1").bind(tenant.as_str());
    let state = text(&state.fetch_one(&mut ***whole).await.map_err(failed)?, "state")?;
    let works = matches!(state.as_str(), "active" | "suspended") || (state == "erasing" && trigger.kind == ERASE);
    if !works {
        return Err(Refusal::unknown("tenant", tenant.as_str()).into());
    }
    let row = sqlx::query(concat!(
        "INSERT INTO jobs (id, tenant_id, kind, subject, run_id, input, state, reason, priority, due_at, again, wish,
             attempt, most_attempts, epoch, beat, created_by, created_at, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7, $8, $9, 0, '', 0, $10, 0, 0, $11, $12, $12)
         ON CONFLICT (tenant_id, kind, subject) WHERE state IN ('queued', 'running', 'waiting', 'failed', 'paused')
         DO UPDATE SET
             again = CASE WHEN jobs.state = 'running' OR ",
        has_noted!(),
        " THEN 1 ELSE jobs.again END,
             next_input = CASE WHEN jobs.state = 'running' AND (jobs.again = 0 OR excluded.input <> 'null')
                 THEN excluded.input ELSE jobs.next_input END,
             input = CASE WHEN jobs.state <> 'running' AND excluded.input <> 'null'
                 THEN excluded.input ELSE jobs.input END,
             priority = CASE WHEN excluded.priority > jobs.priority THEN excluded.priority ELSE jobs.priority END,
             due_at = CASE WHEN jobs.state = 'queued' AND excluded.due_at < jobs.due_at
                 THEN excluded.due_at WHEN jobs.state = 'failed' AND excluded.priority > 0 THEN excluded.due_at
                 ELSE jobs.due_at END
         RETURNING id, run_id, again",
    ))
    .bind(&id)
    .bind(tenant.as_str())
    .bind(&trigger.kind)
    .bind(&trigger.subject)
    .bind(run.unwrap_or(&id))
    .bind(serde_json::to_string(&trigger.input)?)
    .bind(format!("asked for by {by}"))
    .bind(trigger.priority)
    // What is due at once is due after what was due before.
    .bind(trigger.due_at.max(now))
    .bind(trigger.most_attempts)
    .bind(by)
    .bind(now)
    .fetch_one(&mut ***whole)
    .await
    .map_err(failed)?;
    let known = text(&row, "id")?;
    if known == id {
        if let Some(trace) = traces::carried() {
            let query = sqlx::query("INSERT INTO job_traces (job_id, trace) VALUES ($1, $2)").bind(&id).bind(trace);
            query.execute(&mut ***whole).await.map_err(failed)?;
        }
        note(whole, &id).await?;
    } else {
        let reason = asked_too(by);
        let query = sqlx::query(
            "SELECT 1 AS n FROM job_steps s JOIN jobs j ON j.id = s.job_id
             WHERE s.job_id = $1 AND s.attempt = j.attempt AND s.reason = $2
             AND NOT EXISTS (SELECT 1 FROM job_steps d WHERE d.job_id = s.job_id AND d.number > s.number AND d.reason LIKE $3)
             LIMIT 1",
        );
        // Who asks again and again is noted once a try, and once more after a schedule was due: what is of then is not what they ask for.
        let between = if by == BY_SCHEDULE { String::new() } else { due_notes() };
        if query.bind(&known).bind(&reason).bind(between).fetch_optional(&mut ***whole).await.map_err(failed)?.is_none()
        {
            note_as(whole, &known, &reason, now).await?;
        }
        if let Some(run) = run.filter(|run| text(&row, "run_id").is_ok_and(|own| own != *run)) {
            let late = number(&row, "again")?;
            let query =
                sqlx::query("INSERT INTO job_runs (run_id, job_id, late) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");
            query.bind(run).bind(&known).bind(late).execute(&mut ***whole).await.map_err(failed)?;
        }
    }
    next_due(whole, tenant).await?;
    Ok(known)
}

/// Lets a job belong to the runs that another belongs to besides its own: those that came in time for it, or late.
pub(super) async fn carry_runs(whole: &mut Whole, from: &str, to: &str, late: bool) -> Result<()> {
    let query = sqlx::query(
        "INSERT INTO job_runs (run_id, job_id, late) SELECT run_id, $1, 0 FROM job_runs WHERE job_id = $2 AND late = $3
         ON CONFLICT DO NOTHING",
    );
    query.bind(to).bind(from).bind(i64::from(late)).execute(&mut ***whole).await.map_err(failed).map(drop)
}

/// Notes the state that a job is in now as its next step, and tells of it.
pub(super) async fn note(whole: &mut Whole, id: &str) -> Result<()> {
    let query = sqlx::query("SELECT * FROM jobs WHERE id = $1").bind(id);
    let now = job(&query.fetch_one(&mut ***whole).await.map_err(failed)?)?;
    note_of(whole, &now).await
}

/// The same of a job that was looked up since its state changed.
pub(super) async fn note_of(whole: &mut Whole, now: &Job) -> Result<()> {
    note_as(whole, &now.id, &now.reason, now.changed_at).await?;
    let mut more = object!({ "reason": now.reason, "worker": now.worker });
    if matches!(now.state, JobState::Waiting | JobState::Failed) {
        more["due_at"] = now.due_at.into();
    }
    now.tell(whole, now.state.name(), now.changed_at, more)?;
    match now.kind.as_str() {
        DELIVER => delivery_wish::follow(whole, now).await,
        REPORT => report_told::follow(whole, now).await,
        _ => Ok(()),
    }
}

/// Notes something that happened to a job, whose state stays as it is.
pub(super) async fn note_as(whole: &mut Whole, id: &str, what: &str, now: i64) -> Result<()> {
    let query = sqlx::query(
        "INSERT INTO job_steps (job_id, number, at, state, attempt, worker, reason)
         SELECT id, (SELECT COALESCE(MAX(number) + 1, 0) FROM job_steps WHERE job_id = $1), $2, state, attempt, worker, $3 FROM jobs WHERE id = $1",
    );
    query.bind(id).bind(now).bind(what).execute(&mut ***whole).await.map_err(failed).map(drop)
}

/// Holds a tenant's jobs until the whole is committed. It comes first in whatever changes them: it is what the others who do
/// wait for.
pub(super) async fn hold(whole: &mut Whole, tenant: &TenantId) -> Result<()> {
    let query = sqlx::query(
        "INSERT INTO job_turns (tenant_id, served, next_due) VALUES ($1, 0, NULL)
         ON CONFLICT (tenant_id) DO UPDATE SET served = job_turns.served",
    );
    let unknown = Refusal::unknown("tenant", tenant.as_str());
    match query.bind(tenant.as_str()).execute(&mut ***whole).await {
        Err(sqlx::Error::Database(said)) if said.is_foreign_key_violation() => Err(unknown.into()),
        done => done.map_err(failed).map(drop),
    }
}

/// Finds when a tenant's next job is due.
pub(super) async fn next_due(whole: &mut Whole, tenant: &TenantId) -> Result<()> {
    let query = sqlx::query(
        "UPDATE job_turns SET next_due =
             (SELECT MIN(due_at) FROM jobs WHERE tenant_id = $1 AND state IN ('queued', 'waiting', 'failed'))
         WHERE tenant_id = $1",
    );
    query.bind(tenant.as_str()).execute(&mut ***whole).await.map_err(failed).map(drop)
}

pub(super) fn job(row: &AnyRow) -> Result<Job> {
    Ok(Job {
        id: text(row, "id")?,
        tenant: text(row, "tenant_id")?,
        kind: text(row, "kind")?,
        subject: text(row, "subject")?,
        run: text(row, "run_id")?,
        input: json(row, "input")?,
        state: JobState::of(&text(row, "state")?)?,
        reason: text(row, "reason")?,
        priority: number(row, "priority")?,
        due_at: number(row, "due_at")?,
        again: number(row, "again")? == 1,
        attempt: number(row, "attempt")?,
        most_attempts: number(row, "most_attempts")?,
        worker: maybe_text(row, "worker")?,
        progress: maybe_text(row, "progress")?.map(|text| serde_json::from_str(&text)).transpose()?,
        created_by: text(row, "created_by")?,
        created_at: number(row, "created_at")?,
        changed_at: number(row, "changed_at")?,
        epoch: number(row, "epoch")?,
        beat: number(row, "beat")?,
    })
}

impl Job {
    /// Whether a person asked for it, alone or besides others.
    pub fn is_asked(&self) -> bool {
        self.priority >= ASKED
    }

    /// Tells a tenant's onlookers what became of a job.
    pub(super) fn tell(&self, whole: &mut Whole, what: &str, at: i64, more: Value) -> Result<()> {
        let mut detail =
            object!({ "kind": self.kind, "subject": self.subject, "run": self.run, "attempt": self.attempt });
        if let (Value::Object(all), Value::Object(more)) = (&mut detail, more) {
            all.extend(more);
        }
        let news = News {
            at,
            kind: format!("job.{what}"),
            subject: self.id.clone(),
            user: None,
            permission: Some(Permission::JobsRead),
            of_all: false,
            // It waits for a person.
            notifies: self.state == JobState::Dead,
            detail,
        };
        whole.tell(&self.tenant_id()?, news);
        Ok(())
    }
}

fn step(row: &AnyRow) -> Result<Step> {
    Ok(Step {
        at: number(row, "at")?,
        state: JobState::of(&text(row, "state")?)?,
        attempt: number(row, "attempt")?,
        worker: maybe_text(row, "worker")?,
        reason: text(row, "reason")?,
    })
}
