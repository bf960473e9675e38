//! What a rule about jobs or connections sees of all of them, which the control database knows: nothing of it is in the lake.

use super::connection::Judged;
use super::look::address;
use super::machine::Verdict;
use super::rule::{JobCondition, JobTest, ReadCondition};
use super::track::{Seen, Track};
use crate::Result;
use crate::control::{Control, Cursor, Job, JobState};
use chrono::DateTime;
use pulse_engine::TenantId;
use std::collections::BTreeMap;

/// What a rule about jobs sees now: of each kind and subject the last one that says something.
pub(super) async fn jobs(control: &Control, id: &TenantId, of: &JobCondition, now: i64) -> Result<Vec<Track>> {
    let jobs = match of.is {
        JobTest::Dead => control.dead_jobs(id).await?,
        JobTest::Failing(_) => {
            // Before the dead ones: one that dies in between is among both, where else it would be among neither, and so be over.
            let to_do = control.jobs_to_do(id).await?;
            // What is under way since counts in the place of what died.
            [control.dead_jobs(id).await?, to_do].concat()
        }
        JobTest::LateSeconds(_) => control.jobs_to_do(id).await?,
        JobTest::Paused => return schedules(control, id, of, now).await,
    };
    let track = |job: Job| {
        let name = format!("{} {}", job.kind, job.subject).trim_end().to_owned();
        let (verdict, at, told, next_at) = judged(of.is, &job, now)?;
        let key = format!("{}/{}", job.kind, job.subject);
        let seen = vec![Seen { at, value: None, verdict }];
        let sentence = format!("The job `{name}` {told}");
        // With the jobs that it was among: what it was asked for by, and what waits for it.
        let evidence = address("/api/v1/jobs", &[("run", &job.run)]);
        Some((key.clone(), Track { seen, sentence, evidence, next_at, ..Track::of(key, name) }))
    };
    // The last one of a kind and subject.
    let last: BTreeMap<String, Track> =
        jobs.into_iter().filter(|job| of.is_about(&job.kind)).filter_map(track).collect();
    Ok(last.into_values().collect())
}

/// What a job says, since when, in words, and when it says something else though nothing happens; `None`: nothing.
fn judged(is: JobTest, job: &Job, now: i64) -> Option<(Verdict, i64, String, Option<i64>)> {
    let fires = |at: i64, told: String| Some((Verdict::Fires, at, told, None));
    match (is, job.state) {
        (JobTest::Dead | JobTest::Failing(_), JobState::Dead) => {
            fires(job.changed_at, format!("is dead{}", why_of(job)))
        }
        (JobTest::Failing(tries), state) if tries_failed(state, job.attempt) >= i64::from(tries) => {
            // Else its reason is that it is tried again.
            let why = if state == JobState::Failed { why_of(job) } else { ".".to_owned() };
            fires(job.changed_at, format!("has failed {} times{why}", tries_failed(state, job.attempt)))
        }
        (JobTest::LateSeconds(late), JobState::Queued | JobState::Waiting | JobState::Failed) => {
            let due = job.due_at.max(job.changed_at);
            let late_at = due.saturating_add(i64::from(late) * 1_000_000);
            let told = DateTime::from_timestamp_micros(due).unwrap_or_default().format("%Y-%m-%d %H:%M UTC");
            let told = format!("is due since {told}, and not begun.");
            if late_at <= now {
                return fires(late_at, told);
            }
            Some((Verdict::Clear, now, told, Some(late_at)))
        }
        _ => None,
    }
}

/// How many tries of a job failed that was begun so often: the one that is under way has not.
pub(super) fn tries_failed(state: JobState, attempt: i64) -> i64 {
    attempt - i64::from(state == JobState::Running)
}

/// Why a job failed, behind what is told of it, where whoever an alert is told to may know that.
fn why_of(job: &Job) -> String {
    if job.state.keeps_why(&job.kind) { ".".to_owned() } else { format!(": {}", job.reason) }
}

/// The schedules that are paused.
async fn schedules(control: &Control, id: &TenantId, of: &JobCondition, now: i64) -> Result<Vec<Track>> {
    // Those that are under way.
    let pauses = control.schedule_pauses(id, now).await?;
    let open = pauses.all.iter().filter(|pause| pause.ended_at.is_none());
    let since: BTreeMap<(&str, &str), i64> =
        open.map(|pause| ((pause.kind.as_str(), pause.subject.as_str()), pause.paused_at)).collect();
    let all = control.schedules(id).await?.into_iter();
    let paused = all.filter(|schedule| schedule.paused && of.is_about(&schedule.kind)).map(|schedule| {
        let name = format!("{} {}", schedule.kind, schedule.subject).trim_end().to_owned();
        let key = format!("{}/{}", schedule.kind, schedule.subject);
        let known = since.get(&(schedule.kind.as_str(), schedule.subject.as_str())).copied();
        let at = known.unwrap_or(now).min(now);
        let day = DateTime::from_timestamp_micros(at).unwrap_or_default().format("%Y-%m-%d %H:%M UTC");
        let earlier = if at <= pauses.begun_at { ", or longer" } else { "" };
        let sentence =
            format!("The schedule of `{name}` is paused since {day}{earlier}: nothing asks for it by itself.");
        let seen = vec![Seen { at, value: None, verdict: Verdict::Fires }];
        Track { seen, sentence, evidence: "/api/v1/schedules".to_owned(), ..Track::of(key, name) }
    });
    Ok(paused.collect())
}

/// What a rule about connections sees now.
pub(super) async fn connections(control: &Control, id: &TenantId, of: &ReadCondition, now: i64) -> Result<Vec<Track>> {
    let lasts = control.last_landings(id).await?;
    let (mut tracks, mut cursor) = (Vec::new(), Cursor::new(None, None)?);
    loop {
        let page = control.connections(id, &cursor).await?;
        for connection in page.items.into_iter().filter(|one| of.names.is_empty() || of.names.contains(&one.name)) {
            let last = lasts.get(&connection.name).copied().unwrap_or_default();
            let found = of.judges((connection.name.as_str(), connection.created_at), last, now);
            let Judged { verdict, at, sentence, next_at } = found;
            let name = connection.name;
            let evidence = format!("/api/v1/connections/{name}/health");
            let seen = vec![Seen { at, value: None, verdict }];
            tracks.push(Track { seen, sentence, evidence, next_at, ..Track::of(name.clone(), name) });
        }
        let Some(next) = page.next else { return Ok(tracks) };
        cursor = Cursor::new(Some(&next), None)?;
    }
}
