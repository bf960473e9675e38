//! Who is told what became of reports: of those that could not be made or handed over, and of whom they did not go to.

use super::database::{Whole, failed};
use super::delivery::{is_at_work, person, post};
use super::event::{News, REMEMBERED};
use super::job::hold;
use super::queue::short;
use super::report::report;
use super::{Control, Job, JobState, ReportState};
use crate::auth::Permission;
use crate::delivery::{Channel, Parcel, one_line};
use crate::{Result, secret};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::json;
use std::collections::BTreeSet;

impl Control {
    /// Tells whoever a job's reports belong to why there are none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tell_no_reports(&self, job: &Job, of: (&str, &str), why: &str) -> Result<()> {
        let mut whole = self.database.begin().await?;
        hold(&mut whole, &job.tenant_id()?).await?;
        if is_at_work(&mut whole, job).await? {
            not_made(&mut whole, job, of, &short(why), self.now()).await?;
        }
        whole.commit().await.map_err(failed)
    }

    /// Tells whoever a job's reports belong to who gets none, and why, a line each; once for the same lines.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tell_left_out(
        &self,
        job: &Job,
        (title, asked_by): (&str, &str),
        left: &BTreeSet<String>,
    ) -> Result<()> {
        let lines = left.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
        let told = Told {
            key: format!("report left out {} {}", job.id, secret::sum(&lines).get(..16).unwrap_or_default()),
            subject: format!("“{}” did not go to everybody", one_line(title, 150)),
            text: format!("{lines}\nTake them off the report, or let them see what it is about."),
            asked_by,
        };
        let mut whole = self.database.begin().await?;
        hold(&mut whole, &job.tenant_id()?).await?;
        if is_at_work(&mut whole, job).await? {
            tell(&mut whole, job, told, self.now()).await?;
        }
        whole.commit().await.map_err(failed)
    }
}

/// Takes the reports of a job along where it went without them: what is not made when it is over will not be, and what could not be
/// made is to be made when a person lets it go on.
pub(super) fn follow<'a>(whole: &'a mut Whole, job: &'a Job) -> BoxFuture<'a, Result<()>> {
    // Boxed, since to tell somebody asks for a job of its own, which is noted.
    let follows = async move {
        match job.state {
            JobState::Cancelled => give_up(whole, job, None, &job.reason, job.changed_at).await,
            JobState::Dead => {
                give_up(whole, job, None, &job.reason, job.changed_at).await?;
                not_handed_over(whole, job).await
            }
            JobState::Queued => {
                let query = sqlx::query(
                    "UPDATE reports SET state = 'making', reason = $1
                     WHERE tenant_id = $2 AND (job_id = $3 OR id = $4) AND state = 'failed'",
                );
                let query = query.bind(&job.reason).bind(&job.tenant).bind(&job.id).bind(&job.subject);
                query.execute(&mut ***whole).await.map_err(failed).map(drop)
            }
            _ => Ok(()),
        }
    };
    follows.boxed()
}

/// Gives up one report of a job that is not made, or all of them, and tells whoever they belong to, once for a try of the job. One that is
/// made again is still of the job that made it first, and the subject of the one that makes it now.
pub(super) async fn give_up(whole: &mut Whole, job: &Job, id: Option<&str>, why: &str, now: i64) -> Result<()> {
    let (tenant, why) = (&job.tenant_id()?, short(why));
    let query = sqlx::query(
        "UPDATE reports SET state = 'failed', reason = $1
         WHERE tenant_id = $2 AND (job_id = $3 OR id = $5) AND state = 'making' AND ($4 = '' OR id = $4) RETURNING *",
    );
    let query = query.bind(&why).bind(tenant.as_str()).bind(&job.id).bind(id.unwrap_or_default()).bind(&job.subject);
    let rows = query.fetch_all(&mut ***whole).await.map_err(failed)?;
    let Some(lost) = rows.first().map(report).transpose()? else { return Ok(()) };
    not_made(whole, job, (&lost.title, &lost.asked_by), &why, now).await
}

/// Tells whoever the reports of a dead job belong to that they were made, and could not be handed over: were one not made, that is what
/// was told.
async fn not_handed_over(whole: &mut Whole, job: &Job) -> Result<()> {
    let query = sqlx::query("SELECT * FROM reports WHERE tenant_id = $1 AND job_id = $2 AND state <> 'refused'");
    let rows = query.bind(&job.tenant).bind(&job.id).fetch_all(&mut ***whole).await.map_err(failed)?;
    let all = rows.iter().map(report).collect::<Result<Vec<_>>>()?;
    let Some(first) = all.first().filter(|_| all.iter().all(|report| report.state == ReportState::Ready)) else {
        return Ok(());
    };
    // Whoever lets it go on by then has nothing handed over.
    let is_too_old = job.changed_at.saturating_sub(job.created_at) > REMEMBERED;
    let next = if is_too_old {
        "Ask for the report again: its job hands nothing over any more."
    } else {
        "Once that is put right, let its job go on."
    };
    let told = Told {
        key: format!("report not handed over {} {}", job.id, job.epoch()),
        subject: format!("“{}” was made, and could not be handed over", one_line(&first.title, 150)),
        text: format!("{}\n{next}", job.reason),
        asked_by: &first.asked_by,
    };
    tell(whole, job, told, job.changed_at).await
}

async fn not_made(whole: &mut Whole, job: &Job, (title, asked_by): (&str, &str), why: &str, now: i64) -> Result<()> {
    let told = Told {
        key: format!("report failed {} {}", job.id, job.epoch()),
        subject: format!("“{}” could not be made", one_line(title, 150)),
        text: format!("{why}\nOnce that is put right, ask for the report again, or let its job go on."),
        asked_by,
    };
    tell(whole, job, told, now).await
}

/// What is told to whoever asked for a report, a user's or token's key.
struct Told<'a> {
    key: String,
    subject: String,
    text: String,
    asked_by: &'a str,
}

/// Tells a person what became of a report of theirs, or of a token of theirs; where they may not come in any more, those who could set it
/// anew.
async fn tell(whole: &mut Whole, job: &Job, Told { key, subject, text, asked_by }: Told<'_>, now: i64) -> Result<()> {
    let tenant = &job.tenant_id()?;
    let Some(owner) = person(whole, tenant, asked_by).await? else {
        let news = News {
            at: now,
            kind: "report.stopped".to_owned(),
            subject: job.subject.clone(),
            user: None,
            permission: Some(Permission::ReportsManage),
            // As the definitions of the tenant's own are: why may name what not everybody sees.
            of_all: true,
            notifies: true,
            detail: json!({ "report": job.subject, "subject": subject, "reason": text }),
        };
        whole.tell(tenant, news);
        return Ok(());
    };
    let parcel = Parcel { key, subject, text, ..Parcel::default() };
    post(whole, tenant, &parcel, &[Channel::Notification(owner)], (asked_by, now, 0), Some(job)).await.map(drop)
}
