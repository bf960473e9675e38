//! The queue: who is at which job. Workers are told from one another by an epoch that counts up: one that was given up can
//! change nothing any more.

use super::alert_rule::after_job;
use super::database::{Kind, Run as _, Whole, failed, maybe_text, number, text};
use super::job::{carry_runs, enqueue, has_noted, hold, job, next_due, note, note_of};
use super::report_due::{carry_asked, due_since, note_due};
use super::{BY_SCHEDULE, Control, Job, JobState, Progress, REPORT, Trigger};
use crate::{Error, Result};
use pulse_engine::TenantId;
use std::time::Duration;

/// How often a worker looks before it rests: another may have taken what it saw.
const LOOKS: usize = 4;
/// What workers wait for one another by, on PostgreSQL, while kinds have limits.
const KINDS: i64 = 7_021_955_001;
/// The first wait after a failure; each further one is twice as long, up to the longest.
const FIRST_WAIT: i64 = 5 * 1_000_000;
const LONGEST_WAIT: i64 = 15 * 60 * 1_000_000;

/// How much may be done at once, over all workers.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Jobs of one tenant.
    pub tenant: i64,
    /// Jobs of a kind; kinds that are not named have no limit.
    pub kinds: Vec<(String, i64)>,
    /// The kinds that this worker knows.
    pub known: Vec<String>,
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It is done, and these follow, in the same run.
    Done(Vec<Trigger>),
    /// It failed, and may succeed another time.
    Failed(String),
    /// It failed, and will each time.
    Hopeless(String),
    /// Somebody else lets it go on after so long.
    Wait(Duration, String),
    /// It was stopped as a person wished, or since its worker ends: the try does not count.
    Stopped,
}

impl Outcome {
    /// Its word, as it is told.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Outcome::Done(_) => "done",
            Outcome::Failed(_) => "failed",
            Outcome::Hopeless(_) => "hopeless",
            Outcome::Wait(..) => "waits",
            Outcome::Stopped => "stopped",
        }
    }
}

/// What a worker hears when it tells that it is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Go on.
    GoOn,
    /// Stop: a person wishes so.
    Stop,
    /// The job is somebody else's.
    Lost,
}

/// A job that runs, and its worker's last sign of life.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pulse {
    /// The job.
    pub job: String,
    epoch: i64,
    beat: i64,
}

impl Control {
    /// Gives a worker the next job: of the tenant whose last turn is longest ago, the one of the highest priority that is due
    /// longest. `None` when there is nothing to do.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim(&self, worker: &str, limits: &Limits) -> Result<Option<Job>> {
        // Most looks find nothing: they need not stand in anybody's way.
        let query =
            sqlx::query("SELECT COUNT(*) AS n FROM (SELECT 1 FROM job_turns WHERE next_due <= $1 LIMIT 1) AS due");
        let due = query.bind(self.now()).fetch_one(self.database.pool()).await.map_err(failed)?;
        if number(&due, "n")? == 0 {
            return Ok(None);
        }
        let mut whole = self.database.begin().await?;
        let busy = self.busy_kinds(&mut whole, limits).await?;
        let known = listed(limits.known.iter());
        for _ in 0..LOOKS {
            let Some(tenant) = self.turn(&mut whole, limits.tenant, (&known, &busy)).await? else { break };
            // Asked once more now that the tenant is held: what was seen before may be history. The `+` keeps SQLite from taking
            // the index by time, and then putting all that is due in order to take the first.
            let query = sqlx::query(
                "SELECT * FROM jobs WHERE tenant_id = $1 AND state IN ('queued', 'waiting', 'failed') AND +due_at <= $2
                 AND $3 LIKE '%,' || kind || ',%' AND $4 NOT LIKE '%,' || kind || ',%'
                 AND NOT EXISTS (SELECT 1 FROM job_holds h WHERE h.tenant_id = $1 AND h.kind IN ('', jobs.kind))
                 AND EXISTS (SELECT 1 FROM tenants t WHERE t.id = $1
                     AND (t.state = 'active' OR (t.state = 'erasing' AND jobs.kind = 'erase')))
                 AND (SELECT COUNT(*) FROM jobs r WHERE r.tenant_id = $1 AND r.state = 'running') < $5
                 ORDER BY priority DESC, due_at, created_at, id LIMIT 1",
            );
            let query = query.bind(tenant.as_str()).bind(self.now()).bind(&known).bind(&busy).bind(limits.tenant);
            let Some(row) = query.fetch_optional(&mut **whole).await.map_err(failed)? else { continue };
            let id = text(&row, "id")?;
            let query = sqlx::query(concat!(
                "UPDATE jobs SET state = 'running', reason = 'claimed', worker = $1, epoch = epoch + 1, beat = 0,
                     attempt = attempt + 1, wish = '', again = CASE WHEN ",
                has_noted!(),
                " THEN again ELSE 0 END, next_input = NULL, progress = NULL, changed_at = $2
                 WHERE id = $3 RETURNING *",
            ));
            let query = query.bind(worker).bind(self.now()).bind(&id);
            let claimed = job(&query.fetch_one(&mut **whole).await.map_err(failed)?)?;
            note_of(&mut whole, &claimed).await?;
            next_due(&mut whole, &tenant).await?;
            whole.commit().await.map_err(failed)?;
            return Ok(Some(claimed));
        }
        Ok(None)
    }

    /// The tenant whose turn it is; it has had it then.
    async fn turn(&self, whole: &mut Whole, most: i64, (known, busy): (&str, &str)) -> Result<Option<TenantId>> {
        macro_rules! whose {
            ($lock:literal) => {
                concat!(
                    "SELECT t.tenant_id FROM job_turns t WHERE t.next_due <= $1
                     AND NOT EXISTS (SELECT 1 FROM job_holds h WHERE h.tenant_id = t.tenant_id AND h.kind = '')
                     AND EXISTS (SELECT 1 FROM jobs j JOIN tenants x ON x.id = j.tenant_id WHERE j.tenant_id = t.tenant_id
                         AND (x.state = 'active' OR (x.state = 'erasing' AND j.kind = 'erase'))
                         AND j.state IN ('queued', 'waiting', 'failed') AND j.due_at <= $1
                         AND $3 LIKE '%,' || j.kind || ',%' AND $4 NOT LIKE '%,' || j.kind || ',%'
                         AND NOT EXISTS (SELECT 1 FROM job_holds k WHERE k.tenant_id = t.tenant_id AND k.kind = j.kind))
                     AND (SELECT COUNT(*) FROM jobs r WHERE r.tenant_id = t.tenant_id AND r.state = 'running') < $2
                     ORDER BY t.served, t.tenant_id LIMIT 1 ",
                    $lock
                )
            };
        }
        let query = match self.database.kind() {
            Kind::Postgres => sqlx::query(whose!("FOR UPDATE OF t SKIP LOCKED")),
            Kind::Sqlite => sqlx::query(whose!("")),
        };
        let query = query.bind(self.now()).bind(most).bind(known).bind(busy);
        let row = query.fetch_optional(&mut ***whole).await.map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let tenant = TenantId::new(&text(&row, "tenant_id")?)?;
        // Turns are numbered, not timed: clocks of workers may be apart.
        let query = sqlx::query(
            "UPDATE job_turns SET served = (SELECT COALESCE(MAX(served), 0) + 1 FROM job_turns) WHERE tenant_id = $1",
        );
        query.bind(tenant.as_str()).execute(&mut ***whole).await.map_err(failed)?;
        Ok(Some(tenant))
    }

    /// The kinds of which as many run as may, and those that are on hold everywhere, as a list.
    async fn busy_kinds(&self, whole: &mut Whole, limits: &Limits) -> Result<String> {
        if !limits.kinds.is_empty() && self.database.kind() == Kind::Postgres {
            // Those that count at once would all count too few.
            let query = sqlx::query("SELECT 1 AS n FROM (SELECT pg_advisory_xact_lock($1)) AS held").bind(KINDS);
            query.fetch_one(&mut ***whole).await.map_err(failed)?;
        }
        let held = sqlx::query("SELECT kind FROM job_holds WHERE tenant_id = ''").fetch_all(&mut ***whole).await;
        let mut busy = held.map_err(failed)?.iter().map(|row| text(row, "kind")).collect::<Result<Vec<_>>>()?;
        if limits.kinds.is_empty() {
            return Ok(listed(busy.iter()));
        }
        let running = sqlx::query("SELECT kind, COUNT(*) AS n FROM jobs WHERE state = 'running' GROUP BY kind");
        for row in running.fetch_all(&mut ***whole).await.map_err(failed)? {
            let (kind, n) = (text(&row, "kind")?, number(&row, "n")?);
            if limits.kinds.iter().any(|(limited, most)| *limited == kind && n >= *most) {
                busy.push(kind);
            }
        }
        Ok(listed(busy.iter()))
    }

    /// The trace that a job carries, of whoever asked for it first.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn trace_of(&self, job: &Job) -> Result<Option<String>> {
        let query = sqlx::query("SELECT trace FROM job_traces WHERE job_id = $1").bind(&job.id);
        let row = query.fetch_optional(self.database.pool()).await.map_err(failed)?;
        row.map(|row| text(&row, "trace")).transpose()
    }

    /// Tells that a job's worker is alive, and how far it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn beat(&self, job: &Job, progress: Option<&Progress>) -> Result<Told> {
        let query = sqlx::query(
            "UPDATE jobs SET beat = beat + 1, progress = COALESCE($1, progress)
             WHERE id = $2 AND epoch = $3 AND state = 'running' RETURNING wish",
        );
        let written = progress.map(serde_json::to_string).transpose()?;
        let query = query.bind(written).bind(&job.id).bind(job.epoch);
        let mut whole = self.database.begin().await?;
        let row = query.fetch_optional(&mut **whole).await.map_err(failed)?;
        if let (Some(_), Some(progress)) = (&row, progress) {
            job.tell(&mut whole, "progress", self.now(), serde_json::json!({ "progress": progress }))?;
        }
        whole.commit().await.map_err(failed)?;
        Ok(match row {
            None => Told::Lost,
            Some(row) if text(&row, "wish")?.is_empty() => Told::GoOn,
            Some(_) => Told::Stop,
        })
    }

    /// Notes what came of a try, and asks for what follows; `false` when the job was somebody else's by then.
    ///
    /// # Errors
    /// When the database fails: nothing is noted then.
    pub async fn finish(&self, job: &Job, outcome: &Outcome) -> Result<bool> {
        let (now, tenant) = (self.now(), TenantId::new(&job.tenant)?);
        let mut whole = self.database.begin().await?;
        hold(&mut whole, &tenant).await?;
        let query = sqlx::query("SELECT * FROM jobs WHERE id = $1 AND epoch = $2 AND state = 'running'");
        let row = query.bind(&job.id).bind(job.epoch).fetch_optional(&mut **whole).await.map_err(failed)?;
        let Some(row) = row else { return Ok(false) };
        let wish = text(&row, "wish")?;
        let last = job.attempt >= job.most_attempts;
        let (mut state, mut reason, due) = match outcome {
            Outcome::Done(_) => (JobState::Succeeded, "done".to_owned(), 0),
            Outcome::Failed(why) if !last => (JobState::Failed, why.clone(), now + jittered(wait_after(job.attempt))?),
            Outcome::Failed(why) | Outcome::Hopeless(why) => (JobState::Dead, why.clone(), 0),
            Outcome::Wait(wait, why) => {
                let wait = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
                (JobState::Waiting, why.clone(), now.saturating_add(wait))
            }
            Outcome::Stopped => (JobState::Queued, "its worker ended".to_owned(), 0),
        };
        // What would go on does not, when a person wishes otherwise.
        let wished = match wish.as_str() {
            "cancel" => Some(JobState::Cancelled),
            "pause" => Some(JobState::Paused),
            _ => None,
        };
        if let Some(wished) = wished.filter(|_| !state.is_over()) {
            (state, reason) = (wished, format!("as was wished; {reason}"));
        }
        // What was no try of its own does not count as one.
        let uncounted = matches!(outcome, Outcome::Wait(..) | Outcome::Stopped);
        let query = sqlx::query(
            "UPDATE jobs SET state = $1, reason = $2, due_at = $3, attempt = attempt - $4, wish = '', changed_at = $5
             WHERE id = $6 RETURNING *",
        );
        let query = query.bind(state.name()).bind(short(&reason)).bind(due).bind(i64::from(uncounted)).bind(now);
        let after = super::job::job(&query.bind(&job.id).fetch_one(&mut **whole).await.map_err(failed)?)?;
        note_of(&mut whole, &after).await?;
        after_job(&mut whole, &tenant, job, state, now).await?;
        if let Outcome::Done(next) = outcome {
            for trigger in next {
                ask_next(&mut whole, &tenant, job, trigger, now).await?;
            }
        }
        if after.again {
            self.once_more(&mut whole, &tenant, &job.id).await?;
        }
        next_due(&mut whole, &tenant).await?;
        whole.commit().await.map_err(failed)?;
        Ok(true)
    }

    /// Asks for what follows a job that is not over yet, in the same runs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn follow(&self, job: &Job, next: &Trigger) -> Result<()> {
        let mut whole = self.database.begin().await?;
        ask_next(&mut whole, &job.tenant_id()?, job, next, self.now()).await?;
        whole.commit().await.map_err(failed)
    }

    /// Sees to what was asked for while a job ran. One that is over is done once more, by a job of its own; one that goes on
    /// is given what it was asked for with, unless it has noted what it makes.
    pub(super) async fn once_more(&self, whole: &mut Whole, tenant: &TenantId, id: &str) -> Result<()> {
        let query = sqlx::query("SELECT * FROM jobs WHERE id = $1 AND again = 1").bind(id);
        let Some(row) = query.fetch_optional(&mut ***whole).await.map_err(failed)? else { return Ok(()) };
        let (before, input) = (job(&row)?, maybe_text(&row, "next_input")?.unwrap_or_else(|| "null".to_owned()));
        if !before.state.is_over() {
            let noted = sqlx::query(concat!("SELECT COUNT(*) AS n FROM jobs WHERE id = $1 AND ", has_noted!()));
            if number(&noted.bind(id).fetch_one(&mut ***whole).await.map_err(failed)?, "n")? > 0 {
                return Ok(());
            }
        }
        let query = sqlx::query(
            "UPDATE jobs SET again = 0, next_input = NULL,
                 input = CASE WHEN $1 = 'null' OR state IN ('succeeded', 'dead', 'cancelled') THEN input ELSE $1 END
             WHERE id = $2",
        );
        query.bind(&input).bind(id).execute(&mut ***whole).await.map_err(failed)?;
        if !before.state.is_over() {
            // It goes on, and they with it.
            let query = sqlx::query("UPDATE job_runs SET late = 0 WHERE job_id = $1 AND late = 1").bind(id);
            query.execute(&mut ***whole).await.map_err(failed)?;
            return Ok(());
        }
        let now = self.now();
        // Its reports are of when its schedule was due, where that asked for it since it was begun.
        let due = if before.kind == REPORT { due_since(whole, id).await? } else { None };
        let by = if due.is_some() { BY_SCHEDULE.to_owned() } else { format!("{} {id}", before.kind) };
        let trigger = Trigger {
            kind: before.kind,
            subject: before.subject,
            input: serde_json::from_str(&input)?,
            priority: before.priority,
            due_at: 0,
            most_attempts: before.most_attempts,
        };
        let next = enqueue(whole, tenant, &trigger, None, &by, now).await?;
        if let Some(due) = due {
            note_due(whole, &next, due, now).await?;
            carry_asked(whole, id, &next, now).await?;
        }
        // Those that came in time for it are served by what is done already.
        carry_runs(whole, id, &next, true).await
    }

    /// The jobs that run, with their workers' last signs of life.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pulses(&self) -> Result<Vec<Pulse>> {
        let query = sqlx::query("SELECT id, epoch, beat FROM jobs WHERE state = 'running'");
        let rows = query.fetch_all(self.database.pool()).await.map_err(failed)?;
        let pulse = |row| Ok(Pulse { job: text(row, "id")?, epoch: number(row, "epoch")?, beat: number(row, "beat")? });
        rows.iter().map(pulse).collect()
    }

    /// Gives a job up whose worker has shown no sign of life since `pulse`: it is begun again, or is dead after its last try.
    /// `false` when the worker was alive after all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn give_up(&self, pulse: &Pulse) -> Result<bool> {
        let query = sqlx::query("SELECT tenant_id FROM jobs WHERE id = $1").bind(&pulse.job);
        let row = query.fetch_optional(self.database.pool()).await.map_err(failed)?;
        let Some(row) = row else { return Ok(false) };
        let (now, tenant) = (self.now(), TenantId::new(&text(&row, "tenant_id")?)?);
        let mut whole = self.database.begin().await?;
        hold(&mut whole, &tenant).await?;
        let query = sqlx::query(
            "UPDATE jobs SET state = CASE WHEN wish = 'cancel' THEN 'cancelled' WHEN wish = 'pause' THEN 'paused'
                     WHEN attempt >= most_attempts THEN 'dead' ELSE 'queued' END,
                 reason = 'its worker showed no sign of life', lost = epoch, epoch = epoch + 1, due_at = 0, wish = '', changed_at = $1
             WHERE id = $2 AND epoch = $3 AND beat = $4 AND state = 'running'",
        );
        let query = query.bind(now).bind(&pulse.job).bind(pulse.epoch).bind(pulse.beat);
        let given = query.execute(&mut **whole).await.map_err(failed)?.rows_affected() == 1;
        if given {
            note(&mut whole, &pulse.job).await?;
            let query = sqlx::query("SELECT * FROM jobs WHERE id = $1").bind(&pulse.job);
            let given_up = job(&query.fetch_one(&mut **whole).await.map_err(failed)?)?;
            after_job(&mut whole, &tenant, &given_up, given_up.state, now).await?;
            self.once_more(&mut whole, &tenant, &pulse.job).await?;
            next_due(&mut whole, &tenant).await?;
        }
        // Where there was nothing to give up, too: the tenant's jobs are held until it ends, and whoever looks for work passes over them.
        whole.commit().await.map_err(failed)?;
        Ok(given)
    }

    /// Those who were at a job of that tenant, were given up, and may still write: each by the job that they were at, and its epoch.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lost_writers(&self, tenant: &TenantId) -> Result<Vec<(String, i64)>> {
        let query = sqlx::query("SELECT id, lost FROM jobs WHERE tenant_id = $1 AND lost > 0 ORDER BY id");
        let query = query.bind(tenant.as_str());
        let rows = query.fetch_all(self.database.pool()).await.map_err(failed)?;
        rows.iter().map(|row| Ok((text(row, "id")?, number(row, "lost")?))).collect()
    }

    /// Notes that one of them is shut out of every table.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn writer_is_out(&self, job: &str, epoch: i64) -> Result<()> {
        let query = sqlx::query("UPDATE jobs SET lost = 0 WHERE id = $1 AND lost = $2").bind(job).bind(epoch);
        query.run(&self.database).await.map_err(failed).map(drop)
    }
}

/// Asks for what follows a job, in the same runs; what is due later is a run of its own, for which nobody waits.
async fn ask_next(whole: &mut Whole, tenant: &TenantId, job: &Job, next: &Trigger, now: i64) -> Result<()> {
    let by = format!("{} {}", job.kind, job.id);
    if next.due_at > now {
        return enqueue(whole, tenant, next, None, &by, now).await.map(drop);
    }
    // What a person waits for, they wait for to its end.
    let trigger = Trigger { priority: next.priority.max(job.priority), ..next.clone() };
    let id = enqueue(whole, tenant, &trigger, Some(&job.run), &by, now).await?;
    carry_runs(whole, &job.id, &id, false).await
}

/// Names between commas, for a statement to look into.
fn listed<'a>(names: impl Iterator<Item = &'a String>) -> String {
    names.fold(",".to_owned(), |list, name| list + name + ",")
}

/// How long the next try waits after one that failed, but for the jitter.
fn wait_after(attempt: i64) -> i64 {
    (FIRST_WAIT << (attempt - 1).clamp(0, 20)).min(LONGEST_WAIT)
}

/// The longest that the next try may have waited for after one that failed.
pub(super) fn longest_after(attempt: i64) -> i64 {
    wait_after(attempt) / 4 * 5
}

/// Between three quarters and five quarters of a wait, so that what failed together is not tried together.
fn jittered(wait: i64) -> Result<i64> {
    let share = i64::from(u16::from_le_bytes(crate::secret::random::<2>()?));
    Ok(wait * 3 / 4 + wait / 2 * share / i64::from(u16::MAX))
}

/// A reason of a length that can be kept and read.
pub(super) fn short(reason: &str) -> String {
    // PostgreSQL keeps no NUL in a text.
    reason.chars().filter(|c| *c != '\0').take(2000).collect()
}

impl Job {
    /// What tells this try from every other of the job: it counts up.
    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    /// Whose it is.
    ///
    /// # Errors
    /// When the database holds what is no tenant.
    pub fn tenant_id(&self) -> Result<TenantId> {
        TenantId::new(&self.tenant).map_err(Error::from)
    }
}
