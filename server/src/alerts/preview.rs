//! What a rule would have told of, had it been there: by the figures as they are known now, and by the risks and forecasts of each day.

use super::machine::{AlertState, replay};
use super::measure::Measure;
use super::rule::{Condition, Rule};
use super::track::{Track, together};
use super::{Seen, Verdict, frozen};
use crate::Result;
use crate::control::Refusal;
use chrono::{Days, NaiveDate};
use pulse_engine::metrics::Asking;
use pulse_engine::{Clock, Settings, Tenant};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// How far back a preview looks: a quarter.
const LOOKS_BACK: u64 = 13 * 7;

/// What a rule would have told of.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Preview {
    /// The first day of what was looked at.
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
/// [`Refusal::Invalid`] when it is no rule about a metric, risks or forecasts: what else stood earlier is not known any more.
pub async fn preview(tenant: &Tenant, rule: &Rule, settings: &Settings, clock: Clock) -> Result<Preview> {
    let now = clock.now();
    let (from, until) = (settings.day(now) - Days::new(LOOKS_BACK), settings.day(now) + Days::new(1));
    let session = Arc::new(tenant.session().await?);
    let tracks = match &rule.condition {
        Condition::Metric(of) => {
            let asking = Asking::new(session, settings.clone(), clock);
            let measure = Measure { asking: &asking, modelled_at: i64::MAX, of, clear_at: rule.clear.at };
            measure.within(from, until).await?
        }
        Condition::Risk(of) => frozen::risks(&session, of, from).await?,
        Condition::Forecast(of) => frozen::forecasts(&session, of, rule.clear.at, from).await?,
        Condition::Calibration(_) | Condition::Job(_) | Condition::Connection(_) | Condition::Sql(_) => {
            let reason = "is about what is only known as it is now: metrics, risks and forecasts can be previewed";
            return Err(Refusal::invalid("condition", reason).into());
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
