//! What a rule would have told of, had it been there: by the figures as they are known now, by the risks and forecasts of each day, by
//! what became of jobs and schedules, and by the tables as they were.

use super::machine::{AlertState, replay};
use super::measure::Measure;
use super::rule::{Condition, Rule};
use super::statement::askable;
use super::track::{Track, together};
use super::{Seen, Verdict, frozen, past};
use crate::Result;
use crate::control::Control;
use chrono::{Days, NaiveDate, NaiveTime};
use pulse_engine::metrics::Asking;
use pulse_engine::{Clock, Settings, Tenant, calendar};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// How far back a preview looks: a quarter.
const LOOKS_BACK: u64 = 13 * 7;
/// The same of jobs, and of pauses of schedules, which are forgotten 90 days after they were over.
const JOBS_BACK: u64 = 89;

/// What a rule would have told of.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Preview {
    /// The first day of what was looked at: 13 weeks ago, or the first of which it is kept what was.
    #[schema(value_type = String, format = Date)]
    pub from: NaiveDate,
    /// The day after the last.
    #[schema(value_type = String, format = Date)]
    pub until: NaiveDate,
    /// How often it would have fired.
    pub fired: usize,
    /// Each time, in the order of time.
    pub episodes: Vec<Episode>,
}

/// A time that a rule would have told of.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Episode {
    /// What it is about; empty where there is but one thing.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// Since when the condition held, in microseconds since 1970.
    pub since: i64,
    /// When it would have fired; `null`: it did not hold for long enough.
    pub fired_at: Option<i64>,
    /// When it would have been over; `null`: it holds still.
    pub cleared_at: Option<i64>,
    /// The value with which it began.
    pub value: Option<f64>,
}

/// What a rule would have told of in the last quarter, as its asker sees the figures.
///
/// # Errors
/// [`crate::control::Refusal::Invalid`] when it is a rule about rows, and nobody can tell how the tables were; it says why.
pub async fn preview(
    control: &Control,
    whole: &Tenant,
    rule: &Rule,
    settings: &Settings,
    clock: Clock,
) -> Result<Preview> {
    let now = clock.now();
    // As the rule will see it.
    let tenant = &whole.naming_nobody();
    let today = settings.day(now);
    let (from, until) = (today - Days::new(LOOKS_BACK), today + Days::new(1));
    let begins = |day: NaiveDate| calendar::instant(settings.time_zone, day.and_time(NaiveTime::MIN));
    // The newest first.
    let days = (0..=LOOKS_BACK).map(|back| today - Days::new(back)).filter_map(|day| Some((day, begins(day)?)));
    let of_jobs = today - Days::new(JOBS_BACK);
    let since = begins(of_jobs).unwrap_or(now);
    let (from, tracks) = match &rule.condition {
        Condition::Metric(of) => {
            let asking = Asking::new(Arc::new(tenant.session().await?), settings.clone(), clock);
            let clear_at = rule.clear.at;
            let measure = Measure { asking: &asking, modelled_at: i64::MAX, of, clear_at, since: None };
            (from, measure.within(from, until).await?)
        }
        Condition::Risk(of) => (from, frozen::risks(&tenant.session().await?, of, from).await?),
        Condition::Forecast(of) => (from, frozen::forecasts(&tenant.session().await?, of, rule.clear.at, from).await?),
        Condition::Calibration(of) => {
            let mut days: Vec<(NaiveDate, i64)> = days.collect();
            days.reverse();
            (from, frozen::calibrations(&tenant.session().await?, of, &days).await?)
        }
        Condition::Job(of) => {
            let (begun, tracks) = past::jobs(control, tenant.id(), of, since).await?;
            (begun.map_or(of_jobs, |begun| settings.day(begun).max(of_jobs)), tracks)
        }
        Condition::Connection(of) => (of_jobs, past::connections(control, tenant.id(), of, (since, now)).await?),
        Condition::Sql(of) => {
            askable(whole, of).await?;
            past::rows(tenant, of, days, now).await?
        }
    };
    let tracks = if rule.together {
        vec![together(&tracks, Seen { at: now, value: None, verdict: Verdict::Unknown })]
    } else {
        tracks
    };
    let mut episodes: Vec<Episode> = tracks.iter().flat_map(|track| episodes(track, rule, now)).collect();
    episodes.sort_by(|a, b| (a.since, &a.key).cmp(&(b.since, &b.key)));
    let fired = episodes.iter().filter(|episode| episode.fired_at.is_some()).count();
    Ok(Preview { from, until, fired, episodes })
}

/// Each time that something began, up to an instant.
fn episodes(track: &Track, rule: &Rule, until: i64) -> Vec<Episode> {
    let mut all: Vec<Episode> = Vec::new();
    let value = |at: i64| track.seen.iter().rfind(|seen| seen.at <= at).and_then(|seen| seen.value);
    let mut open = false;
    replay(track.seen.iter().map(|seen| (seen.at, seen.verdict)), rule.hold(), until, |at, standing| {
        if !open {
            let (key, name) = (track.key.clone(), track.name.clone());
            all.push(Episode { key, name, since: standing.since, fired_at: None, cleared_at: None, value: value(at) });
        }
        open = standing.state != AlertState::Cleared;
        if let Some(episode) = all.last_mut() {
            episode.fired_at = standing.fired_at;
            episode.cleared_at = (!open).then_some(at);
        }
    });
    all
}
